"""What can go wrong, as values: one small class for each cause, its fields, and one layout of messages.

Every message has the same parts, in the same order, each on its own line and left out when empty::

    WHERE: WHAT FAILED
      found: what was there instead
      nearest: the closest names that exist
      next: one thing to do about it

A stage gathers its failures with :class:`ErrorCollector` and raises them together, sorted, as :class:`Failures`.
"""

from __future__ import annotations

# Those of collections.abc, which would import collections. Annotations of public classes can be evaluated.
from _collections_abc import Iterable, Iterator, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

Where = tuple[str, int, int]
"""A Location (manifestgen.model.location), which is a tuple; that room is above this file."""

USER = 2
"""Exit status of a mistake in the user's input or arguments."""

FAULT = 3
"""Exit status of a fault of manifestgen itself."""

_LONGEST_VALUE = 80


class ManifestgenError(Exception):
    """Base of every error that manifestgen raises on purpose.

    Subclasses state their cause and keep the fields it is made of as attributes. Errors can be pickled and copied.

    Args:
        what: what failed, one line.
        where: a :class:`~manifestgen.model.location.Location`; None where nothing can be pointed at.
        found: what was found instead of what was expected.
        candidates: the nearest names that would have worked.
        next_step: one thing the user can do now.
    """

    exit_status = USER

    def __init__(
        self,
        what: str,
        *,
        where: Where | None = None,
        found: str = "",
        candidates: Sequence[str] = (),
        next_step: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.found = found
        self.candidates = tuple(candidates)
        self.next_step = next_step

    def __str__(self) -> str:
        """The whole message, its parts in order."""
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.found:
            lines.append(f"  found: {self.found}")
        if self.candidates:
            lines.append(f"  nearest: {', '.join(self.candidates)}")
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join(map(visible, lines))

    def placed(self, where: Where) -> ManifestgenError:
        """The error itself, or where it has no place a copy that has one: for errors of functions that know none."""
        if self.where:
            return self
        import copy  # imported only when a render fails

        found = copy.copy(self)
        found.where = where
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)

    def sort_key(self) -> tuple[str, int, int, str]:
        """Order within one report: by file, line and column, then by text."""
        file, line, column = self.where or ("", 0, 0)
        return (file, line, column, str(self))


def _restored(kind: type[ManifestgenError], arguments: tuple[Any, ...], fields: dict[str, Any]) -> ManifestgenError:
    """An error as it was, without calling its constructor, which takes other arguments than it keeps."""
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(fields)
    return error


class Failures(ManifestgenError):
    """All failures of one stage, in order of file, line and column.

    Args:
        errors: the failures, at least one; duplicates are reported once.
    """

    def __init__(self, errors: Iterable[ManifestgenError]) -> None:
        flat: list[ManifestgenError] = []
        for error in errors:
            flat.extend(error if isinstance(error, Failures) else [error])
        unique = {str(error): error for error in sorted(flat, key=ManifestgenError.sort_key)}
        self.errors: tuple[ManifestgenError, ...] = tuple(unique.values())
        super().__init__(f"{len(self.errors)} failures")

    def __iter__(self) -> Iterator[ManifestgenError]:
        """The failures, in order."""
        return iter(self.errors)

    def __str__(self) -> str:
        """Every failure's message, one after the other."""
        return "\n".join(str(error) for error in self.errors)


class ErrorCollector:
    """Collects the failures of a stage, to raise them together.

    Each ``with errors:`` block may fail without stopping the next; :meth:`raise_all` ends the stage::

        errors = ErrorCollector()
        for item in items:
            with errors:
                check(item)
        errors.raise_all()
    """

    def __init__(self) -> None:
        self._errors: list[ManifestgenError] = []

    def add(self, error: ManifestgenError) -> None:
        """Keep a failure and go on."""
        self._errors.append(error)

    def __bool__(self) -> bool:
        return bool(self._errors)

    def __enter__(self) -> ErrorCollector:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, ManifestgenError):
            self._errors.append(error)
            return True
        return False

    def raise_all(self) -> None:
        """Raise the failures: none, the only one itself, or all as :class:`Failures`."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise Failures(self._errors)


def nearest(name: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The known names closest to a mistyped one, best first.

    Args:
        name: what the user wrote.
        known: what exists.
        count: how many to give at the most.
    """
    import difflib  # imported only when a render fails

    by_fold = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    close = difflib.get_close_matches(name.casefold(), by_fold, n=count, cutoff=0.5)
    return tuple(by_fold[fold] for fold in close)


def as_message(value: object) -> str:
    """A value as messages show it: one line of JSON, cut when long.

    Callers withhold values of Secrets themselves: this function cannot know.
    """
    import json  # imported only when a render fails

    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # only a caller of the Python API has such
        text = f"a {type(value).__name__} that JSON cannot hold"
    text = visible(text)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def counted(count: int, noun: str) -> str:
    """A number with its noun: `1 object`, `2 objects`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_UNSEEN = r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]"
"""Characters that a terminal obeys or does not show, and those that change the direction of a line."""

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str, *, keep: str = "") -> str:
    """A text with its control characters as JSON escapes them, so that none of them reaches a terminal.

    A JSON document stays the same document.

    Args:
        text: what is to be shown.
        keep: characters that stay as they are, such as the line ends of a whole report.
    """
    import re  # loaded by then, but not by a process that only asks for the version

    def escape(match: re.Match[str]) -> str:
        character = match.group()
        return character if character in keep else _SHORT.get(character) or f"\\u{ord(character):04x}"

    return re.sub(_UNSEEN, escape, text)
