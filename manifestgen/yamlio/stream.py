"""What kubectl does to a text before parsing it, and where that makes it read other values than kustomize does.

kubectl splits a text at lines that start with `---`, ends each line with a line feed, and hands the pieces to
the parser one by one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.yamlio.errors import BadSeparator, BrokenLineEnd, UnendedBlock
from manifestgen.yamlio.files import location_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.model.location import Location
    from manifestgen.yamlio.errors import YamlError

_SEPARATOR = re.compile(r"---[ \t]*(?:(?<=[ \t])#.*)?(?:[\r\n]|\Z)")
_STRIPPED = re.compile(r"[|>][1-9]?-")
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


def has_escaped_slash(written: str) -> bool:
    r"""Whether a double-quoted string as it is written has the escape `\/`."""
    return bool(_ESCAPED_SLASH.search(written))


def refused_lines(text: str, file: str) -> Iterator[YamlError]:
    """The lines of a text that kubectl refuses or reads differently, whatever they contain."""
    index = text.find("\r\r\n")
    if index >= 0:
        yield BrokenLineEnd(location_of(text, index, file))
    for start in _dashed_lines(text):
        if not _SEPARATOR.match(text, start):
            yield BadSeparator(location_of(text, start, file))


def _dashed_lines(text: str) -> Iterator[int]:
    """The offsets of the lines that start with `---`."""
    if text.startswith("---"):
        yield 0
    index = text.find("\n---")
    while index >= 0:
        yield index + 1
        index = text.find("\n---", index + 1)


def is_folded_otherwise(text: str) -> bool:
    """Whether kustomize, which rewrites folded blocks, changes the value of this one."""
    return "\n " in text or "\n\t" in text or text.endswith("\n\n")


def unended_block(text: str, event: Any, where: Location) -> YamlError | None:
    """Why the last scalar of a text is refused: kubectl adds a final newline, kustomize does not.

    Args:
        text: the text.
        event: of the scalar.
        where: where that starts.
    """
    start, end = event.start_mark.index, event.end_mark.index
    if event.style not in {"|", ">"} or text[end:].strip(" ") or text.endswith(("\n", "\r")):
        return None
    if _STRIPPED.match(text, start):
        return None
    keeps = "+" in text[start : start + 3]
    return UnendedBlock(where) if keeps or (event.value and not event.value.endswith("\n")) else None
