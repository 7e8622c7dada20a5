"""List items by field: the pointer segments `[name=calico-node]`, `[a=1,b=2]`, `[=value]` and `[name]`.

They take the place of an index in RFC 6901 and have a meaning only in a list: in a mapping the same text
is an ordinary member name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_BARE = frozenset(",]=' ")


class SegmentSyntaxError(ManifestgenError):
    """A segment that starts with `[` in a list does not name an item.

    Attributes:
        segment: the text.
    """

    def __init__(self, segment: str, why: str) -> None:
        super().__init__(
            f"{segment!r} names no list item: {why}",
            next_step="write [field=value], several as [a=1,b=2], a scalar as [=value]; "
            'put a value that holds a comma in ", and write / as ~1',
        )
        self.segment = segment


class Match(Record):
    """A segment that names one item of a list by its fields.

    Attributes:
        text: the segment as written.
        pairs: field and value; an empty field means the item itself. A quoted value matches a
            string only, an unquoted one any scalar that is written like that.
    """

    text: str
    pairs: tuple[tuple[str, str, bool], ...]

    def holds(self, item: Any) -> bool:
        """Whether a list item has all the fields with the given values."""
        for field, value, quoted in self.pairs:
            if field and not (isinstance(item, dict) and field in item):
                return False
            if not _reads_as(item[field] if field else item, value, quoted):
                return False
        return True

    def new_item(self) -> dict[str, Any] | None:
        """A new item as the segment describes it, for making missing parents; None for a scalar item."""
        if any(not field for field, _, _ in self.pairs):
            return None
        return {field: value for field, value, _ in self.pairs}


class ByKey(Record):
    """The segment `[name]`: the list as a map keyed by that field."""

    key: str


def parse(token: str) -> Match | ByKey | None:
    """A token as an extended segment; None for an ordinary token.

    Args:
        token: an unescaped reference token.

    Raises:
        SegmentSyntaxError: it starts with `[` and is not well formed.
    """
    if not token.startswith("["):
        return None
    if not token.endswith("]"):
        raise SegmentSyntaxError(token, "] is missing")
    inner = token[1:-1]
    if "=" not in inner:
        if not inner or not inner.replace("-", "").replace("_", "").isalnum():
            raise SegmentSyntaxError(token, "there is no = in it")
        return ByKey(inner)
    return Match(token, tuple(_pair(part, token) for part in _split(inner, token)))


def _split(inner: str, token: str) -> list[str]:
    """The parts of a text between commas outside quotes."""
    parts = [""]
    quoted = False
    for character in inner:
        quoted ^= character == '"'
        if character == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    if quoted:
        raise SegmentSyntaxError(token, "a quote is not closed")
    return parts


def _pair(part: str, token: str) -> tuple[str, str, bool]:
    field, equals, value = part.partition("=")
    if not equals:
        raise SegmentSyntaxError(token, f"{part!r} has no =")
    if len(value) > 1 and value[0] == value[-1] == '"':
        return field.strip(), value[1:-1], True
    return field.strip(), value, False


def _reads_as(value: Any, text: str, quoted: bool) -> bool:
    if isinstance(value, str):
        return value == text
    if quoted or isinstance(value, (dict, list)):
        return False
    return written(value) == text


def written(value: Any) -> str:
    """A scalar as written in a segment: `true`, `null`, `80`, or the string itself."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def name(pairs: Mapping[str, Any]) -> str:
    """The segment that names an item by its fields, such as `[name=calico-node]`; empty if it cannot be written.

    Args:
        pairs: field and scalar; an empty field for the item itself.
    """
    parts = []
    for field, value in pairs.items():
        text = written(value)
        if '"' in text or isinstance(value, (dict, list)):
            return ""
        quoted = not text or bool(_NOT_BARE & set(text)) or (isinstance(value, str) and text != text.strip())
        parts.append(f'{field}="{text}"' if quoted else f"{field}={text}")
    return f"[{','.join(parts)}]" if parts else ""
