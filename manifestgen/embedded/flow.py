"""Collections in brackets, of JSON and of YAML's flow style: inserting and removing in the layout of the siblings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.embedded.text_edits import TextEdit, indentation, line_feed, replaced
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from manifestgen.embedded.text_edits import Ancestor, Item, ValueSpan
    from manifestgen.embedded.traits import Traits

_COMMENT = re.compile(r"[ \t]#[^\n]*")
_BLANK_LINES = re.compile(r"\n[ \t\r]*(?=\n)")


class FlowStyle(Record):
    """The style of a document, as far as its present text shows it.

    Attributes:
        comma: the text between two items on one line.
        colon: the text between a key and its value.
        pad: the text inside the braces of a one-line mapping.
        step: the extra indentation of a line relative to its parent.
        feed: the line ending.
        scalar, key: functions that write a scalar and a key.
    """

    comma: str
    colon: str
    pad: str
    step: str
    feed: str
    scalar: Callable[[Any], str]
    key: Callable[[str], str]

    def write(self, value: Any, indent: str, expand: bool) -> str:
        """A value as text.

        Args:
            value: a plain value.
            indent: the indentation of the line that it starts on.
            expand: whether each item goes on its own line.
        """
        if not isinstance(value, (dict, list)):
            return self.scalar(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if not value:
            return opening + closing
        deeper = indent + self.step if expand else indent
        if isinstance(value, dict):
            items = [f"{self.key(key)}{self.colon}{self.write(one, deeper, expand)}" for key, one in value.items()]
        else:
            items = [self.write(one, deeper, expand) for one in value]
        if expand:
            lines = f",{self.feed}{deeper}".join(items)
            return f"{opening}{self.feed}{deeper}{lines}{self.feed}{indent}{closing}"
        pad = self.pad if isinstance(value, dict) else ""
        return f"{opening}{pad}{self.comma.join(items)}{pad}{closing}"


def manner(
    traits: Traits, boxes: Sequence[Ancestor], scalar: Callable[[Any], str], key: Callable[[str], str]
) -> FlowStyle:
    """The style of a document: each trait comes from the example nearest to a place, else from the first one."""
    colon = traits.near(boxes, _colon_of) or ": "
    return FlowStyle(
        comma=traits.near(boxes, _comma_of) or (", " if colon.endswith(" ") else ","),
        colon=colon,
        pad=traits.near(boxes, _pad_of) or "",
        step=traits.near(boxes, _step_of) or "  ",
        feed=traits.once(_feed),
        scalar=scalar,
        key=key,
    )


def _feed(text: str, _: ValueSpan) -> str:
    return line_feed(text)


def _is_example(node: ValueSpan) -> bool:
    return node.style == "flow" and bool(node.items)


def _step_of(text: str, node: ValueSpan) -> str | None:
    if not _is_example(node) or "\n" not in text[node.start + 1 : node.items[0].start]:
        return None
    outer, inner = indentation(text, node.start), indentation(text, node.items[0].start)
    return inner[len(outer) :] if inner.startswith(outer) and inner != outer else None


def _pad_of(text: str, node: ValueSpan) -> str | None:
    if not _is_example(node) or node.kind != "map":
        return None
    lead = text[node.start + 1 : node.items[0].start]
    return None if lead.strip(" \t") else lead


def _colon_of(text: str, node: ValueSpan) -> str | None:
    return _colon(text, node.items[0]) if _is_example(node) and node.kind == "map" else None


def _comma_of(text: str, node: ValueSpan) -> str | None:
    if not _is_example(node) or len(node.items) < 2:
        return None
    between = text[node.items[0].node.end : node.items[1].start]
    return between if between.strip(" \t") == "," else None


def _colon(text: str, item: Item) -> str | None:
    """The text between a key and its value; None if it should not be imitated."""
    between = text[item.key_end : item.node.start]
    return between if item.node.end > item.node.start and between.strip(" \t") == ":" else None


class NewValue(Record):
    """A value to be written.

    Attributes:
        value: the plain value.
        write: makes its text from the indentation of its line and whether each item goes on its own line.
    """

    value: Any
    write: Callable[[str, bool], str]


def put(
    traits: Traits, path: Sequence[str], boxes: Sequence[Ancestor], new: NewValue, how: FlowStyle, *, insert: bool
) -> TextEdit:
    """Write a value at a place.

    Args:
        traits: the document.
        path: the path.
        boxes: the collections around it.
        new: the value.
        how: the document's style.
        insert: whether an existing list item moves up; else it is replaced.
    """
    box, number, _ = boxes[-1]
    text, expand = traits.text, _expands(traits, boxes, new.value)
    old = replaced(boxes, insert=insert)
    if old:
        return TextEdit(old.start, old.end, new.write(indentation(text, old.start), expand))
    start = ""
    if box.kind == "map":
        colon = _colon(text, box.items[-1]) if box.items else None
        start = how.key(path[-1]) + (colon or how.colon)
    if not box.items:
        return _first(text, box, lambda indent: start + new.write(indent, expand), how, expand)
    neighbour = box.items[max(number - 1, 0)]
    gap = _gap(text, box, number, how)
    indent = indentation(gap, len(gap)) if "\n" in gap else indentation(text, neighbour.start)
    item = start + new.write(indent, expand)
    if number:
        return TextEdit(neighbour.node.end, neighbour.node.end, gap + item)
    return TextEdit(neighbour.start, neighbour.start, item + gap)


def _expands(traits: Traits, boxes: Sequence[Ancestor], value: Any) -> bool:
    """Whether a new collection has each item on its own line, like what it replaces or its nearest neighbour."""
    text, alike = traits.text, _expanded_map if isinstance(value, dict) else _expanded_list
    for box, at, _ in reversed(boxes):
        shown = traits.child(box, at, alike)
        if shown is not None:
            return bool(shown)
        if box.style != "flow":
            break
        lead = text[box.start : box.items[0].start if box.items else box.end]
        if box.items or "\n" in lead:
            return "\n" in lead
    return False


def _expanded_map(text: str, node: ValueSpan) -> bool | None:
    return "\n" in text[node.start : node.end] if _is_example(node) and node.kind == "map" else None


def _expanded_list(text: str, node: ValueSpan) -> bool | None:
    return "\n" in text[node.start : node.end] if _is_example(node) and node.kind == "list" else None


def _first(text: str, box: ValueSpan, item: Callable[[str], str], how: FlowStyle, expand: bool) -> TextEdit:
    inner = text[box.start + 1 : box.end - 1]
    outer = indentation(text, box.start)
    if inner.strip():  # a comment
        return TextEdit(box.end - 1, box.end - 1, item(outer))
    if expand or "\n" in inner:
        deeper = outer + how.step
        return TextEdit(box.start + 1, box.end - 1, f"{how.feed}{deeper}{item(deeper)}{how.feed}{outer}")
    pad = how.pad if box.kind == "map" else ""
    return TextEdit(box.start + 1, box.end - 1, f"{pad}{item(outer)}{pad}")


def _gap(text: str, box: ValueSpan, number: int, how: FlowStyle) -> str:
    """The text between the items around a place: a comma, and blanks or a line break; comments are left out."""
    items = box.items
    if len(items) == 1:
        lead = text[box.start + 1 : items[0].start]
        gap = "," + _COMMENT.sub("", lead) if "\n" in lead else how.comma
    else:
        left = min(max(number - 1, 0), len(items) - 2)
        gap = _COMMENT.sub("", text[items[left].node.end : items[left + 1].start])
    return _BLANK_LINES.sub("", gap)


def removal(text: str, box: ValueSpan, number: int) -> list[TextEdit]:
    """Remove an item of a collection, with one comma; a comment beside the item before it stays."""
    items = box.items
    item = items[number]
    if len(items) == 1:
        inner = text[box.start + 1 : item.start] + text[item.node.end : box.end - 1]
        if not inner.strip(" \t\r\n,"):
            return [TextEdit(box.start + 1, box.end - 1, "")]
        comma = text.find(",", item.node.end, box.end - 1)
        trailing = text[item.node.end : comma].strip() == "" if comma > 0 else False
        return [TextEdit(item.start, comma + 1 if trailing else item.node.end, "")]
    if not number:
        return [TextEdit(item.start, items[1].start, "")]
    before = items[number - 1].node.end
    gap = text[before : item.start]
    if "#" not in gap:
        return [TextEdit(before, item.node.end, "")]
    comma = before + _COMMENT.sub(lambda found: "#" * len(found[0]), gap).index(",")
    return [TextEdit(comma, comma + 1, ""), TextEdit(item.start, item.node.end, "")]


def moved(text: str, outer: str, indent: str) -> str:
    """A value's text for another place: later lines are indented by `indent` instead of `outer`."""
    return text.replace(f"\n{outer}", f"\n{indent}") if outer != indent else text
