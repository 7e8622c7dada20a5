"""YAML in a string: read as strictly as a file, and edited so that comments, styles and the rest keep their bytes.

The spans of the values come from the parser's events; collections in brackets are edited by ``flow``, indented ones
by ``yaml_block``. New content follows its siblings' indentation, dashes and quotes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.embedded import batch, flow, yaml_block
from manifestgen.embedded.text_edits import (
    CannotEdit,
    Item,
    MalformedText,
    NotRepresentable,
    ValueSpan,
    apply_and_verify,
    indentation,
    keep_spelling,
    line_end,
    line_start,
    next_line,
    replaced,
    spliced,
)
from manifestgen.embedded.traits import Traits
from manifestgen.errors import Failures, ManifestgenError
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.yamlio import reader, writer
from manifestgen.yamlio.errors import Unwritable
from manifestgen.yamlio.ruamel_events import RuamelParser, load_parser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from manifestgen.embedded.text_edits import Ancestor, TextEdit
    from manifestgen.patch.rfc6902 import Operation

_BYTE_ORDER_MARK = "\ufeff"
_BLANK_LINES = re.compile(r"(?:\r?\n *)+\Z")
_COLON = re.compile(r" *:")
_NOT_PLAIN_IN_BRACKETS = re.compile(r"[,:?\[\]{}]")


class _Strategy(Record):
    """How a value is written: by its own text if it has one; multi-line strings in quotes."""

    source: bool
    quote: bool


_MEANS = (
    _Strategy(source=True, quote=False),
    _Strategy(source=False, quote=False),
    _Strategy(source=False, quote=True),
)


class _New(Record):
    """A value to write, its text if it is in the document already, and whether strings are quoted."""

    value: Any
    source: yaml_block.YamlFragment | None
    quote: bool


def parse(text: str) -> Any:
    """The plain value of a YAML text that holds one document.

    Raises:
        MalformedText: the text would be refused in a file too, or does not hold exactly one document.
    """
    try:
        documents = reader.read(text)
    except ManifestgenError as error:
        raise _malformed(error) from None
    if len(documents) != 1:
        raise MalformedText("YAML", 1, 1, "one document is expected", found=f"{len(documents)} documents")
    return documents[0]


def apply(text: str, step: Operation) -> str:
    """Apply one operation to a YAML text; everything else keeps its bytes.

    Raises:
        MalformedText: the text is not the YAML of one document.
        OperationFailed: the operation cannot be applied to the document.
        CannotEdit: the edit would change something else.
        NotRepresentable: Kubernetes' YAML cannot hold the value, such as an integer beyond 64 bits.
    """
    if text.startswith(_BYTE_ORDER_MARK):  # the parser does not count the byte order mark
        return _BYTE_ORDER_MARK + apply(text[1:], step)
    for means in _MEANS[:-1]:
        try:
            return _edited(text, step, means)
        except CannotEdit:  # it reads as something else here; another style may work
            continue
    return _edited(text, step, _MEANS[-1])


def _edited(text: str, step: Operation, means: _Strategy) -> str:
    try:
        return apply_and_verify("YAML", text, step, scan, lambda text, root, step: _rewrite(text, root, step, means))
    except Unwritable as error:
        raise NotRepresentable("YAML", error.what.partition(": ")[2], error.next_step) from None


def _malformed(error: ManifestgenError) -> MalformedText:
    """The first error of the reader, with its position in the string."""
    first = error.errors[0] if isinstance(error, Failures) else error
    line, column = (first.where.line, first.where.column) if isinstance(first.where, Location) else (1, 1)
    return MalformedText("YAML", line, column, first.what, found=first.found, next_step=first.next_step)


def apply_all(text: str, steps: Sequence[Operation]) -> str:
    """Apply operations to a YAML text in order; everything else keeps its bytes.

    Raises:
        ManifestgenError: as by :func:`apply`.
    """
    if text.startswith(_BYTE_ORDER_MARK):
        return _BYTE_ORDER_MARK + apply_all(text[1:], steps)
    return batch.apply_all(batch.TextForm(scan, _put, _removal, apply), text, steps)


def _rewrite(text: str, root: ValueSpan, step: Operation, means: _Strategy) -> str:
    traits = Traits(text, root)
    if step.op == "remove":
        return spliced(text, _removal(traits, root.boxes(step.path)))
    source = None
    if step.op in {"copy", "move"}:
        node = root.at(step.source)
        step = step._replace(value=node.value)
        source = yaml_block.piece_of(text, node) if means.source and step.source else None
    if step.op == "move":
        text = spliced(text, _removal(traits, root.boxes(step.source)))
        root = scan(text)
        traits = Traits(text, root)
    boxes = root.boxes(step.path, step.before or "")
    return spliced(text, _put(traits, boxes, step, _New(step.value, source, means.quote)))


def _removal(traits: Traits, boxes: Sequence[Ancestor]) -> list[TextEdit]:
    text, root = traits.text, traits.root
    box, number, _ = boxes[-1]
    if box.style != "block":
        return flow.removal(text, box, number)
    if len(box.items) == 1:
        empty = yaml_block.YamlFragment("{}" if box.kind == "map" else "[]")
        return yaml_block.replacement(text, root, boxes[:-1], empty, yaml_block.Layout())
    return [yaml_block.removal(text, box, number)]


def _put(traits: Traits, boxes: Sequence[Ancestor], step: Operation, new: _New | None = None) -> list[TextEdit]:
    """Write a value at a place; by default the operation's, in the shortest form."""
    new = new or _New(step.value, None, False)
    text, root, insert = traits.text, traits.root, step.op != "replace"
    old = replaced(boxes, insert=insert) if boxes else root
    how = _manner(traits, boxes)
    if boxes and boxes[-1].node.style != "block" and not _opens(text, boxes):
        inline = new.source.head if new.source and not new.source.body else old and _requoted(text, old, new.value)
        one = flow.NewValue(new.value, lambda indent, expand: inline or how.write(new.value, indent, expand))
        return [flow.put(traits, step.path, boxes, one, how, insert=insert)]
    layout = yaml_block.layout(traits, boxes)._replace(quote=new.quote)
    if old:
        expand = "\n" in text[old.start : old.end]
        head = _requoted(text, old, new.value) or _in_brackets(text, old, new.value, how, expand=expand)
        piece = new.source or (yaml_block.YamlFragment(head) if head else layout.piece(new.value, old))
        return yaml_block.replacement(text, root, boxes, piece, layout)
    box, number, _ = boxes[-1]
    like = _model(traits, box, number, new.value)
    head = like and _in_brackets(text, like, new.value, how)
    piece = new.source or (yaml_block.YamlFragment(head) if head else layout.piece(new.value, like))
    lines = layout.item(piece) if box.kind == "list" else layout.member(step.path[-1], piece)
    if box.style == "block":
        return [yaml_block.insertion(text, box, number, lines)]
    # among indented collections, brackets that are no longer empty
    return yaml_block.replacement(text, root, boxes[:-1], yaml_block.YamlFragment("", tuple(lines), box.kind), layout)


def _requoted(text: str, old: ValueSpan, value: Any) -> str | None:
    """A string in the same quotes, with the same characters escaped, as the one it replaces."""
    if not isinstance(value, str) or old.style not in {"'", '"'} or (old.style == "'" and "\n" in value):
        return None
    plainly = yaml_block.in_quotes(value, old.style)
    if old.style == "'":
        return plainly
    return (
        keep_spelling(text[old.start : old.end], old.value, value, lambda one: yaml_block.in_quotes(one, '"'))
        or plainly
    )


def _opens(text: str, boxes: Sequence[Ancestor]) -> bool:
    """Whether empty brackets are in a place where an indented collection is possible."""
    box = boxes[-1].node
    outside = boxes[-2].node.style if len(boxes) > 1 else "block"
    return not box.items and outside == "block" and not text[box.start + 1 : box.end - 1].strip()


def _model(traits: Traits, box: ValueSpan, number: int, value: Any) -> ValueSpan | None:
    """The nearest sibling of the same kind, as the model for a new value; a scalar only in a list."""
    if not isinstance(value, (dict, list)):
        found = traits.child(box, number, _if_scalar) if box.kind == "list" else None
    else:
        found = traits.child(box, number, _if_full_map if isinstance(value, dict) else _if_full_list)
    return found if isinstance(found, ValueSpan) else None


def _if_scalar(_: str, node: ValueSpan) -> ValueSpan | None:
    return node if node.kind == "scalar" else None


def _if_full_map(_: str, node: ValueSpan) -> ValueSpan | None:
    return node if node.kind == "map" and node.items else None


def _if_full_list(_: str, node: ValueSpan) -> ValueSpan | None:
    return node if node.kind == "list" and node.items else None


def _in_brackets(text: str, like: ValueSpan, value: Any, how: flow.FlowStyle, *, expand: bool = False) -> str | None:
    """A collection in brackets, if its model is one."""
    if not value or not like.items or like.style != "flow":
        return None
    if not isinstance(value, dict if like.kind == "map" else list):
        return None
    return how.write(value, indentation(text, like.start), expand)


def _manner(traits: Traits, boxes: Sequence[Ancestor]) -> flow.FlowStyle:
    mark = traits.near(boxes, _mark_of) or ""

    def word(value: Any) -> str:
        if not isinstance(value, str):
            return yaml_block.scalar(value)
        plain = not mark and not _NOT_PLAIN_IN_BRACKETS.search(value) and not writer.style(value)
        return value if plain else yaml_block.in_quotes(value, mark)

    return flow.manner(traits, boxes, word, word)


def _mark_of(text: str, node: ValueSpan) -> str | None:
    """The quoting style of the first key or string of a collection in brackets."""
    for item in node.items if node.style == "flow" else ():
        if item.key is not None:
            return text[item.start] if text[item.start] in "'\"" else ""
        if isinstance(item.node.value, str):
            return item.node.style
    return None


@lru_cache(maxsize=4)  # the result of one operation is the input of the next
def scan(text: str) -> ValueSpan:
    """The values of a YAML text with their spans.

    Raises:
        MalformedText: as by :func:`parse`.
    """
    value = parse(text)
    yaml = load_parser()
    try:
        return _spans(text, value, yaml)
    except yaml.Error:
        # The C parser does not accept what `parse` has read with the pure one, such as `nginx:1.25` inside `{}`.
        return _spans(text, value, load_parser(pure=True))


def _spans(text: str, value: Any, yaml: RuamelParser) -> ValueSpan:
    get = yaml.events_of(text)
    while type(get()) is not yaml.DocumentStartEvent:
        pass
    return _node(text, get, get(), value)


def _node(text: str, get: Callable[[], Any], event: Any, value: Any) -> ValueSpan:
    """The node that starts with an event; `value` is its parsed value."""
    start, end = event.start_mark.index, event.end_mark.index
    if not hasattr(event, "flow_style"):
        style = event.style or ""
        return ValueSpan(
            kind="scalar",
            style=style,
            start=start,
            end=_text_end(text, start, end) if style in {"|", ">"} else end,
            value=value,
        )
    block = not event.flow_style
    style = "block" if block else "flow" if text[start] in "{[" else "pair"
    items: list[Item] = []
    is_map = isinstance(value, dict)
    while hasattr(event := get(), "anchor"):
        if is_map:
            at, key_end = event.start_mark.index, event.end_mark.index
            node = _node(text, get, get(), value[event.value])
            colon = _COLON.match(text, key_end)
            after = colon.end() if colon else key_end
            items.append(
                Item(
                    start=at,
                    key=event.value,
                    key_end=key_end,
                    node=node._replace(start=after, end=after) if _empty(node) else node,
                )
            )
        else:
            at = event.start_mark.index
            node = _node(text, get, event, value[len(items)])
            dash = _dash(text, items[-1].node.end if items else start, start) if block else at
            node = node._replace(start=dash + 1, end=dash + 1) if block and _empty(node) else node
            items.append(Item(start=dash, key=None, key_end=dash, node=node))
    end = items[-1].node.end if block else event.end_mark.index
    return ValueSpan(
        kind="map" if is_map else "list", style=style, start=start, end=end, value=value, items=tuple(items)
    )


def _empty(node: ValueSpan) -> bool:
    """Whether the value is empty; the parsers differ on its position."""
    return node.start == node.end


def _dash(text: str, after: int, first: int) -> int:
    """The dash of a list item: the first one after the previous item that is in the column of the first dash."""
    if after == first:
        return first
    pad = " " * (first - line_start(text, first))
    at = next_line(text, after)
    while not text.startswith(f"{pad}-", at):
        at = next_line(text, at)
    return at + len(pad)


def _text_end(text: str, start: int, end: int) -> int:
    """The end of a block scalar: blank lines after it belong to it only if it keeps them (`|+`)."""
    lines = text[start:end]
    if "+" not in lines[: line_end(lines, 0)].split("#")[0]:
        return start + len(_BLANK_LINES.sub("", lines))
    return start + len(lines.removesuffix("\n").removesuffix("\r"))
