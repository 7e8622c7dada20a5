"""A cache on disk of renders of shipped profiles, for later processes with the same arguments.

Composing a bundle takes five times as long as starting the process; the same arguments give the same files as long as
code and shipped data are the same. So the files are kept beside the other caches in `profiles/__pycache__`, with
the size and times of every file that they depend on. As with those caches, nothing depends on it: if it cannot be
read or written, the bundle is rendered.

This is imported before everything else, so it imports almost nothing.
"""

from __future__ import annotations

import marshal
import os
import sys

from manifestgen.catalog.cache_file import hashed, load, made, save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.api.bundle import Bundle
    from manifestgen.emit.directory import Written

OUTPUT = "@output@"
"""Stands for the output directory in `Remembered.steps`; it needs no quotes in a shell."""

_FORMAT = b"manifestgen renders 1\n"
_MOST = 64
"""Renders on disk at the most; when there are so many, they are removed."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_ROOMS = ("model", "yamlio", "patch", "embedded", "catalog", "compose", "injector", "emit", "api", "cli", "profiles")
"""What a render depends on, beside the modules of the package itself."""
_ENDINGS = (".py", ".yaml", ".json")
_TELLING = frozenset({"bool", "cidr", "duration", "enum", "image", "int", "ip", "name", "names", "path", "quantity"})
"""The types of parameters whose values may be kept; a string or a mapping may hold what nobody wants on disk."""


class Remembered:
    """The result of a render.

    Attributes:
        files: content and permission bits by path, the inventory first.
        size: the number of resources, in words.
        warnings: as lines for a terminal.
        steps: the remaining steps, as lines for a terminal in which `OUTPUT` stands for the output directory.
    """

    __slots__ = ("files", "size", "steps", "warnings")

    def __init__(
        self, files: dict[str, tuple[bytes, int]], size: str, warnings: Sequence[str], steps: Sequence[str]
    ) -> None:
        self.files = files
        self.size = size
        self.warnings = warnings
        self.steps = steps

    def is_written(self, directory: str) -> bool:
        """Whether an output directory is up to date already."""
        from manifestgen.emit.unchanged import is_written

        return is_written(directory, self.files)

    def write(self, directory: str, *, force: bool) -> Written:
        """Write an output directory, like `Bundle.write`."""
        from manifestgen.emit.directory import (
            File,
            write_directory,
        )  # imported lazily: many calls have nothing to write
        from manifestgen.emit.inventory import INVENTORY

        files = {path: File(text.decode(), mode) for path, (text, mode) in self.files.items() if path != INVENTORY}
        return write_directory(directory, files, force=force)


def stamp() -> bytes:
    """A stamp that changes with the code and the shipped data."""
    told: list[tuple[str, int, int, int]] = []
    for entry in os.scandir(_PACKAGE):
        if entry.name.endswith(_ENDINGS):
            _tell(entry, told)
    for room in _ROOMS:
        _tell_all(os.path.join(_PACKAGE, room), told)
    told.sort()
    return hashed(marshal.dumps(told))


def _tell_all(folder: str, told: list[tuple[str, int, int, int]]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_ENDINGS):
                _tell(entry, told)
            elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                _tell_all(entry.path, told)


def _tell(entry: os.DirEntry[str], told: list[tuple[str, int, int, int]]) -> None:
    status = entry.stat()
    told.append((entry.path, status.st_size, status.st_mtime_ns, status.st_ctime_ns))


def recall(words: Sequence[str], stamped: bytes) -> Remembered | None:
    """The cached result for the arguments of a render; None if there is none.

    Args:
        words: the arguments, without the output directory.
        stamped: the current `stamp`.
    """
    payload = load(_file(words), _FORMAT)
    if payload is None:
        return None
    key, at, *found = marshal.loads(payload)
    return Remembered(*found) if key == list(words) and at == stamped else None


def _file(words: Sequence[str]) -> str:
    named = hashed("\0".join(words).encode(errors="surrogateescape")).hex()
    return os.path.join(_PACKAGE, "profiles", "__pycache__", f"renders.{sys.implementation.cache_tag}", named)


def remember(words: Sequence[str], stamped: bytes, bundle: Bundle, given: Mapping[str, object]) -> None:
    """Cache the result of a render, if it depends on nothing else and contains nothing private.

    Args:
        words: see `recall`.
        stamped: the `stamp` before the render began.
        bundle: the result.
        given: the parsed options.
    """
    file = _file(words)
    folder = os.path.dirname(file)
    if not _depends_on_words_alone(given) or not made(folder):
        return
    from manifestgen.emit.directory import inventory_of
    from manifestgen.emit.inventory import INVENTORY
    from manifestgen.errors import counted, visible

    layout = given["layout"]
    written = bundle.files(layout if isinstance(layout, str) else None)
    files = {path: (one.text.encode(), one.mode) for path, one in written.items()}
    warnings = [visible(f"warning: {finding}", keep="\n") for finding in dict.fromkeys(bundle.warnings)]
    steps = bundle.remaining_steps(OUTPUT, layout if isinstance(layout, str) else None)
    found = ({INVENTORY: (inventory_of(written), 0o644), **files}, counted(len(bundle), "resource"), warnings, steps)
    payload = marshal.dumps((list(words), stamped, *found))
    try:
        if len(os.listdir(folder)) >= _MOST:
            for name in os.listdir(folder):
                os.remove(os.path.join(folder, name))
    except OSError:
        return
    save(file, _FORMAT, payload)


def _depends_on_words_alone(given: Mapping[str, object]) -> bool:
    """Whether a render uses no user's file and no value that could be secret."""
    from manifestgen.catalog.loading import profile_chain, shipped_profiles
    from manifestgen.catalog.parameter_index import ParameterIndex

    profiles, settings = given["profile"], given["set"]
    if not isinstance(profiles, tuple) or len(profiles) != 1 or profiles[0] not in shipped_profiles():
        return False
    if any(given[option] for option in ("all", "check", "values", "overlay", "pin", "injector")):
        return False
    declared = ParameterIndex(profile_chain(profiles[0]))
    names = [word.partition("=")[0] for word in settings] if isinstance(settings, tuple) else []
    return all(declared[name].type in _TELLING and not declared[name].secret for name in names)
