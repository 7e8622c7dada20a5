"""A render that was asked for before, answered from what it came to (`api.remembered`).

Whatever is not plain (a file of the user's, a standard stream that is closed, an error) is left to the whole program.
This is imported before everything else, so it imports almost nothing.
"""

from __future__ import annotations

import os

from manifestgen.api.remembered import OUTPUT, recall, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Written = tuple[bool, tuple[str, ...], tuple[tuple[str, str], ...]]
    """Whether anything changed, the files that were removed, and those that were renumbered."""

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./-_"
"""What a shell takes for nothing else, as shlex has it."""


class Call:
    """A call of `render` that writes a directory.

    Attributes:
        words: what follows `render`, the output directory left out.
        output: the directory.
        quiet, force: whether the options are given.
        stamped: what the code and the shipped data were when the call began.
    """

    __slots__ = ("force", "output", "quiet", "stamped", "words")

    def __init__(self, words: Sequence[str], output: str, *, quiet: bool, force: bool) -> None:
        self.words = words
        self.output = output
        self.quiet = quiet
        self.force = force
        self.stamped = stamp()

    def answer(self) -> bool:
        """Do what was done the last time; False where it is not known, or is refused."""
        found = recall(self.words, self.stamped)
        if found is None:
            return False
        if found.is_written(self.output):
            unchanged = [] if self.quiet else [f"{self.output}: {found.size}, unchanged"]
            self._tell([*found.warnings, *unchanged])
            return True
        from manifestgen.errors import ManifestgenError

        try:
            written = found.write(self.output, force=self.force)
        except ManifestgenError:
            return False  # the full program reports it
        self._tell([*found.warnings, *told(self.output, written, found.size, quiet=self.quiet)])
        if written and not self.quiet:
            self._tell(self._placed(found.steps))
        return True

    def _placed(self, steps: Sequence[str]) -> list[str]:
        """The remaining steps for this directory."""
        return [_placed(line, os.path.normpath(self.output)) for line in steps]

    @staticmethod
    def _tell(lines: Sequence[str]) -> None:
        try:
            os.write(2, "".join(f"{line}\n" for line in lines).encode())
        except OSError:
            return  # as `streams` has it: the exit status says what matters


def read_call(words: Sequence[str]) -> Call | None:
    """What follows `render`, if it writes a directory and everything about it is plain."""
    rest: list[str] = []
    output = ""
    given = iter(words)
    for word in given:
        if word in {"-o", "--output"}:
            output = next(given, "")
            rest.append("-o")
        elif word.startswith("--output="):
            output = word.removeprefix("--output=")
            rest.append("-o")
        else:
            rest.append(word)
    if not output or output.startswith("-") or not output.isprintable():
        return None
    try:
        for stream in range(3):
            os.fstat(stream)
        return Call(rest, output, quiet="--quiet" in rest, force="--force" in rest)
    except OSError:
        return None


def _placed(line: str, here: str) -> str:
    """A line with the output directory in it, as a word of a shell wherever it stands."""
    first, *others = line.split(OUTPUT)
    for other in others:
        rest = other.lstrip(_PLAIN)
        below = other[: len(other) - len(rest)]
        path = os.path.normpath(here + below) if here != "." else below.lstrip("/") or "."
        first += (path if not path.strip(_PLAIN) else "'" + path.replace("'", "'\"'\"'") + "'") + rest
    return first


def told(target: str, written: Written, size: str, *, quiet: bool) -> list[str]:
    """What has become of an output directory, as lines for a terminal.

    Args:
        target: the directory.
        written: what was changed.
        size: how many resources it has, in words.
        quiet: only what was removed.
    """
    changed, removed, moved = written
    lines = [f"removed {os.path.join(target, path)}" for path in removed]
    if not quiet:
        lines += [f"renamed {os.path.join(target, path)} to {os.path.basename(now)}" for path, now in moved]
        lines.append(f"{target}: {size}{'' if changed else ', unchanged'}")
    return lines
