"""Indented collections of YAML: rendering values into lines, and inserting, replacing and removing whole lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.embedded.text_edits import TextEdit, line_end, line_feed, line_start, next_line
from manifestgen.model.record import Record
from manifestgen.yamlio import writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.embedded.text_edits import Ancestor, Item, ValueSpan
    from manifestgen.embedded.traits import Traits

_HEADER = re.compile(r"[|>][-+0-9]*")
_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"})


class YamlFragment(Record):
    """A value as written after a colon or a dash.

    Attributes:
        head: the text on the line of the colon or dash.
        body: the lines below, without their common indentation.
        kind: what the lines are: a `map`, a `list`, or a block of `text`.
    """

    head: str
    body: tuple[str, ...] = ()
    kind: str = ""


class Layout(Record):
    """The indentation style of a document.

    Attributes:
        step: the members of a mapping, and the lines of a text, beyond the key above them.
        hang: the dashes of a list beyond the key above them.
        dash: what follows a dash, beyond the dash.
        quote: write texts of several lines in quotes.
    """

    step: int = 2
    hang: int = 0
    dash: int = 2
    quote: bool = False

    def piece(self, value: Any, like: ValueSpan | None = None) -> YamlFragment:
        """A value as lines; a string in the style of the scalar that it replaces or follows, if possible."""
        if isinstance(value, dict) and value:
            members = [self.member(key, self.piece(one)) for key, one in value.items()]
            return YamlFragment("", tuple(line for lines in members for line in lines), "map")
        if isinstance(value, list) and value:
            items = [self.item(self.piece(one)) for one in value]
            return YamlFragment("", tuple(line for lines in items for line in lines), "list")
        if isinstance(value, str) and like and like.kind == "scalar":
            if like.style == '"' or (like.style == "'" and "\n" not in value):
                return YamlFragment(in_quotes(value, like.style))
            if like.style in {"|", ">"} and "\n" not in value and writer.style(f"{value}\n") == "|":
                return YamlFragment("|-", (value,), "text")
        if self.quote and isinstance(value, str) and "\n" in value:
            return YamlFragment(in_quotes(value, '"'))
        head, *body = scalar(value).split("\n")
        return YamlFragment(head, tuple(line[2:] for line in body), "text" if body else "")

    def member(self, key: str, piece: YamlFragment) -> list[str]:
        """The lines of a mapping's member."""
        *above, lead = writer.write_document({key: None})[: -len(" null\n")].split("\n")
        below = _indented(piece.body, self.hang if piece.kind == "list" else self.step)
        return [*above, f"{lead} {piece.head}" if piece.head else lead, *below]

    def item(self, piece: YamlFragment) -> list[str]:
        """The lines of a list's item."""
        first, *below = piece.body if not piece.head else ("", *piece.body)
        return ["-".ljust(self.dash) + (piece.head or first), *_indented(below, self.dash)]


def scalar(value: Any) -> str:
    """A scalar or an empty collection as YAML; a text of several lines as a block indented by two."""
    return writer.write_document(value)[:-1]


def in_quotes(text: str, mark: str) -> str:
    """A string in quotes: single quotes if preferred and if it needs no escape."""
    double = scalar(text) if writer.style(text) == '"' else f'"{text.translate(_ESCAPES)}"'
    if mark == "'" and "\\" not in double.replace("\\\\", "").replace('\\"', ""):
        return "'" + text.replace("'", "''") + "'"
    return double


def _indented(lines: Iterable[str], columns: int) -> list[str]:
    return [" " * columns + line if line else "" for line in lines]


def _column(text: str, at: int) -> int:
    return at - line_start(text, at)


def layout(traits: Traits, boxes: Sequence[Ancestor]) -> Layout:
    """The indentation style of a document, from the nearest example to a place, then from the top."""
    step, hang, dash = (traits.above(boxes, trait) for trait in (_step_of, _hang_of, _dash_of))
    return Layout(2 if step is None else step, hang or 0, dash or 2)


def _step_of(text: str, node: ValueSpan) -> int | None:
    return next((beyond for item, beyond in _beyond(text, node, "map") if item.node.kind == "map"), None)


def _hang_of(text: str, node: ValueSpan) -> int | None:
    return next((beyond for item, beyond in _beyond(text, node, "map") if item.node.kind != "map"), None)


def _dash_of(text: str, node: ValueSpan) -> int | None:
    return next((beyond for _, beyond in _beyond(text, node, "list") if beyond > 0), None)


def _beyond(text: str, node: ValueSpan, kind: str) -> Iterator[tuple[Item, int]]:
    """The items that show an indentation: indented collections of a mapping, any item of a list."""
    for item in node.items if node.style == "block" and node.kind == kind else ():
        if item.node.style == "block" if kind == "map" else item.node.end > item.node.start:
            yield item, _column(text, item.node.start) - _column(text, item.start)


def piece_of(text: str, node: ValueSpan) -> YamlFragment | None:
    """A value's own text as a piece; None if its form depends on its place."""
    if node.style == "block":
        start, column = _with_comments(text, node.start), _column(text, node.start)
        lines = _lines(" " * _column(text, start) + text[start : line_end(text, node.end)])
        return YamlFragment("", tuple(_dedented(line, column) for line in lines), node.kind)
    first, *below = _lines(text[node.start : node.end])
    if node.style in {"|", ">"}:
        header = _HEADER.match(first)
        if header and header[0] in {"|", "|-", "|+", ">", ">-", ">+"}:
            return YamlFragment(header[0], tuple(_dedented(line, _pad(below)) for line in below), "text")
        return None
    return YamlFragment(first) if first and not below else None


def _with_comments(text: str, start: int) -> int:
    """The start of the comments between an indented collection and its key."""
    at = line = line_start(text, start)
    if text[line:start].strip(" "):
        return start
    while line:
        line = line_start(text, line - 1)
        words = text[line : line_end(text, line)].strip(" ")
        if words.startswith("#"):
            at = line
        elif words:
            break
    return at


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dedented(line: str, pad: int) -> str:
    return line[min(_blanks(line), pad) :]


def _pad(lines: Iterable[str]) -> int:
    """The indentation of the lines of a block scalar."""
    return next((_blanks(line) for line in lines if line.strip(" ")), 0)


def insertion(text: str, box: ValueSpan, number: int, lines: Sequence[str]) -> TextEdit:
    """Insert the lines of a new item into an indented collection; comments above the following item stay with it."""
    column, feed = _column(text, box.start), line_feed(text)
    pad = " " * column
    if number:
        at = line_end(text, box.items[number - 1].node.end)
        return TextEdit(at, at, "".join(feed + line for line in _indented(lines, column)))
    at = box.start
    if text[line_start(text, at) : at] != pad:  # it starts on the line of the enclosing list's dash
        return TextEdit(at, at, feed.join([lines[0], *_indented(lines[1:], column), pad]))
    at = line_start(text, at)
    while at and text.startswith(f"{pad}#", line_start(text, at - 1)):
        at = line_start(text, at - 1)
    return TextEdit(at, at, "".join(line + feed for line in _indented(lines, column)))


def removal(text: str, box: ValueSpan, number: int) -> TextEdit:
    """Remove the lines of an item from an indented collection that has others; comments above it stay."""
    item = box.items[number]
    start, end = line_start(text, item.start), next_line(text, item.node.end)
    if text[start : item.start].strip(" "):  # it starts on the line of the enclosing list's dash
        while text[end] in " \r\n":
            end += 1
        return TextEdit(item.start, end, "")
    if end == line_end(text, item.node.end):  # the text ends without a line break
        return TextEdit(_break_before(text, start), end, "")
    if start and _is_blank(text, start - 1):
        if _is_blank(text, end):
            end = next_line(text, end)
        while (
            end == len(text)
            and _is_blank(text, start - 1)
            and start - 1 > line_end(text, box.items[number - 1].node.end)
        ):
            start = line_start(text, start - 1)
    return TextEdit(start, end, "")


def _is_blank(text: str, at: int) -> bool:
    return at < len(text) and not text[line_start(text, at) : line_end(text, at)].strip(" ")


def _break_before(text: str, start: int) -> int:
    """Index of the line break before a line."""
    return line_end(text, line_start(text, start - 1))


class _BlockValue(Record):
    """The place of a value.

    Attributes:
        after: index after the colon or dash before it.
        lead: the text between that and a value on the same line.
        opens: the column in which a collection can start on the same line; None after a colon.
        map, list, text: the column of the lines of each kind below.
    """

    after: int
    lead: str
    opens: int | None
    map: int
    list: int
    text: int


def _spot(text: str, old: ValueSpan, boxes: Sequence[Ancestor], how: Layout) -> _BlockValue:
    if not boxes:
        column = _column(text, old.start)
        if not text[old.start - column : old.start].strip(" "):
            return _BlockValue(after=old.start, lead="", opens=column, map=column, list=column, text=column + how.step)
        after = old.start - column + len("---")
        return _BlockValue(after=after, lead=text[after : old.start], opens=None, map=0, list=0, text=how.step)
    box, number, _ = boxes[-1]
    item = box.items[number]
    column = _column(text, item.start)
    if box.kind == "list":
        after, lead, opens = item.start + 1, " " * (how.dash - 1), column + how.dash
        spot = _BlockValue(after=after, lead=lead, opens=opens, map=opens, list=opens, text=opens)
    else:
        after = text.find(":", item.key_end) + 1 or old.start
        spot = _BlockValue(
            after=after, lead=" ", opens=None, map=column + how.step, list=column + how.hang, text=column + how.step
        )
    lead = text[after : old.start]
    if old.end > old.start > after and "\n" not in lead:
        spot = spot._replace(lead=lead, opens=None if spot.opens is None else _column(text, old.start))
    if old.style == "block":
        column = _column(text, old.start)
        return spot._replace(map=column) if old.kind == "map" else spot._replace(list=column)
    if old.style in {"|", ">"}:
        return spot._replace(text=_pad(_lines(text[old.start : old.end])[1:]) or spot.text)
    return spot


def replacement(
    text: str, root: ValueSpan, boxes: Sequence[Ancestor], piece: YamlFragment, how: Layout
) -> list[TextEdit]:
    """Replace a value or the whole document: the text on the line of its colon or dash, and the lines below.

    Args:
        text: the document.
        root: its value.
        boxes: the collections around the place; none for the whole document.
        piece: the new text.
        how: the layout to follow.
    """
    old = boxes[-1].node.items[boxes[-1].number].node if boxes else root
    spot, feed = _spot(text, old, boxes, how), line_feed(text)
    same_line = "\n" not in text[spot.after : old.start]
    last = line_end(text, old.end)
    start, end, below = spot.after, old.end, TextEdit(last, last, "")
    if old.style == "block" and same_line:
        end = last
    elif not same_line and (piece.body or old.style == "block"):
        end = start
        below = TextEdit(
            _break_before(text, line_start(text, old.start)), last if old.style == "block" else old.end, ""
        )
    elif old.style in {"|", ">"}:
        header, line = _HEADER.match(text, old.start), line_end(text, old.start)
        end = header.end() if header else line
        below = TextEdit(line, max(line, old.end), "")
    if not same_line and end > start:
        start = old.start
    lead = spot.lead if start == spot.after else ""
    if not piece.head and same_line and spot.opens is not None and not text[end : line_end(text, end)].strip():
        lines = [piece.body[0], *_indented(piece.body[1:], spot.opens)]
        return [TextEdit(start, end, lead + feed.join(lines)), below]
    column = {"map": spot.map, "list": spot.list, "text": spot.text}.get(piece.kind, 0)
    body = "".join(feed + line for line in _indented(piece.body, column))
    return [TextEdit(start, end, lead + piece.head if piece.head else ""), below._replace(text=body)]
