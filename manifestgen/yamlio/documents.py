"""The documents of a stream as parts of its text, so that each can be parsed and located on its own.

Two versions of a manifest usually have most documents in common, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from typing import Any

    Known = dict[str, Any]
    """Documents by their text."""


_AFTER_DASHES = frozenset({"", " ", "\t", "\n"})


class Part(Record):
    """A non-empty document as a part of a text.

    Attributes:
        start, end: the offsets of its first character, a line `---` included, and of the next part.
        line: how many lines come before it.
    """

    start: int
    end: int
    line: int


def parts(text: str) -> tuple[Part, ...]:
    """The non-empty documents of a stream, in order; empty if they are separated by more than `---` lines."""
    if "\r" in text or "\n..." in text or "\n%" in text or text.startswith(("%", "...")):
        return ()
    found: list[Part] = []
    start = line = 0
    while start < len(text):
        after = text.find("\n---", start)
        end = len(text) if after < 0 else after + 1
        if after >= 0 and text[end + 3 : end + 4] not in _AFTER_DASHES:
            return ()
        if not _is_empty(text, start, end):
            found.append(Part(start, end, line))
        line += text.count("\n", start, end)
        start = end
    return tuple(found)


def _is_empty(text: str, start: int, end: int) -> bool:
    """Whether a part has only comments and its `---` line."""
    while start < end:
        after = text.find("\n", start, end)
        after = end if after < 0 else after
        content = text[start:after].partition("#")[0].strip()
        if content and content != "---":
            return False
        start = after + 1
    return True
