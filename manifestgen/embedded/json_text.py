"""JSON in a string: read strictly (RFC 8259) except for placeholders, and edited so that the rest keeps its bytes.

A placeholder is an unquoted value that an installer fills in later, such as Calico's
`__CNI_MTU__`. It reads as its own text. It stays unquoted when it is copied or moved, and a string in a new value
that is the same word is written unquoted too, if the text never quotes it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.embedded import batch, flow
from manifestgen.embedded.text_edits import (
    Item,
    MalformedText,
    NotRepresentable,
    TextEdit,
    ValueSpan,
    apply_and_verify,
    indentation,
    keep_spelling,
    position,
    replaced,
    spliced,
)
from manifestgen.embedded.traits import Traits
from manifestgen.yamlio.scalars import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from manifestgen.embedded.text_edits import Ancestor
    from manifestgen.patch.rfc6902 import Operation


_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = r'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"'
_KEY = re.compile(rf"({_STRING})[ \t\r\n]*:[ \t\r\n]*")
_AFTER = re.compile(r"[ \t\r\n]*(?:([}\]])|,[ \t\r\n]*)")
_SCALAR = re.compile(
    rf"""(?P<string>{_STRING})
      | (?P<number>(?P<integer>-?(?:0|[1-9][0-9]*))(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![\w.+-])
      | (?P<word>true|false|null)(?!\w)
      | (?P<placeholder>__[A-Za-z0-9](?:\w*[A-Za-z0-9])?__(?!\w) | \$\{{\w+\}})
    """,
    re.VERBOSE | re.ASCII,
)
_WORDS = {"true": True, "false": False, "null": None}
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
_LONGEST_NUMBER = 400
_LOOSE_WORD = re.compile(r"[^\s,:{}\[\]\"]{1,40}")
_ESCAPES = {
    **{number: f"\\u{number:04x}" for number in range(0x20)},
    **{ord(raw): f"\\{letter}" for raw, letter in zip('"\\\b\f\n\r\t', '"\\bfnrt', strict=True)},
}


def parse(text: str) -> Any:
    """The plain value of a JSON text; the value of a placeholder is its own text.

    Raises:
        MalformedText: it is not JSON, has a duplicate key, or is nested too deeply.
    """
    return scan(text).value


def apply(text: str, step: Operation) -> str:
    """Apply one operation to a JSON text; everything else keeps its bytes.

    Raises:
        MalformedText: the text is not JSON.
        OperationFailed: the operation cannot be applied to the document.
        NotRepresentable: JSON cannot hold the value, such as NaN.
    """
    return apply_and_verify("JSON", text, step, scan, _rewrite)


def apply_all(text: str, steps: Sequence[Operation]) -> str:
    """Apply operations to a JSON text in order; everything else keeps its bytes.

    Raises:
        ManifestgenError: as by :func:`apply`.
    """
    return batch.apply_all(batch.TextForm(scan, _put, _removal, apply), text, steps)


def _rewrite(text: str, root: ValueSpan, step: Operation) -> str:
    traits = Traits(text, root)
    if step.op == "remove":
        return spliced(text, _removal(traits, root.boxes(step.path)))
    source = root.at(step.source) if step.op in {"copy", "move"} else None
    outer = indentation(text, source.start) if source else ""
    spelled = text[source.start : source.end] if source else ""
    if source:
        step = step._replace(value=source.value)
    if step.op == "move":
        text = spliced(text, _removal(traits, root.boxes(step.source)))
        root = scan(text)
        traits = Traits(text, root)
    return spliced(text, _put(traits, root.boxes(step.path, step.before or ""), step, spelled, outer))


def _put(
    traits: Traits, boxes: Sequence[Ancestor], step: Operation, spelled: str = "", outer: str = ""
) -> list[TextEdit]:
    """Write a value at a place; a value from the document keeps its text, reindented."""
    text, root, value, insert = traits.text, traits.root, step.value, step.op != "replace"
    how = flow.manner(traits, boxes, traits.once(_scalar_writer), _string)
    old = replaced(boxes, insert=insert) if boxes else root
    if not spelled and old and old.style == '"' and isinstance(value, str):
        spelled = keep_spelling(text[old.start : old.end], old.value, value, _string) or ""

    def write(indent: str, expand: bool) -> str:
        return flow.moved(spelled, outer, indent) if spelled else how.write(value, indent, expand)

    if not boxes:
        return [TextEdit(root.start, root.end, write("", "\n" in text[root.start : root.end]))]
    return [flow.put(traits, step.path, boxes, flow.NewValue(value, write), how, insert=insert)]


def _removal(traits: Traits, boxes: Sequence[Ancestor]) -> list[TextEdit]:
    box, number, _ = boxes[-1]
    return flow.removal(traits.text, box, number)


def _scalar_writer(_: str, root: ValueSpan) -> Callable[[Any], str]:
    """A function that writes scalars: words that the document never quotes are not quoted."""
    strings = list(_strings(root))
    bare = {node.value for node in strings if not node.style} - {node.value for node in strings if node.style}

    def write(value: Any) -> str:
        if isinstance(value, str):
            return value if value in bare else _string(value)
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if value - value != 0:
            raise NotRepresentable("JSON", f"{value!r} is not a finite number")
        return repr(value)

    return write


def _strings(node: ValueSpan) -> Iterator[ValueSpan]:
    if isinstance(node.value, str):
        yield node
    for item in node.items:
        yield from _strings(item.node)


def _string(value: str) -> str:
    if _HALF_CHARACTER.search(value):
        raise NotRepresentable("JSON", "it holds half of a surrogate pair")
    return f'"{value.translate(_ESCAPES)}"'


@lru_cache(maxsize=4)  # the result of one operation is the input of the next
def scan(text: str) -> ValueSpan:
    """The values of a JSON text with their spans.

    Raises:
        MalformedText: it is not JSON, has a duplicate key, or is nested too deeply.
    """
    at = _skip(text, 0)
    if at == len(text):
        raise _malformed(text, at, "there is nothing in it")
    root = _value(text, at, 1)
    end = _skip(text, root.end)
    if end < len(text):
        raise _malformed(text, end, "there is more text after the document")
    return root


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> ValueSpan:
    if text.startswith(("{", "["), at):
        if depth > DEEPEST:
            raise _malformed(text, at, f"nested deeper than {DEEPEST} levels")
        return _object(text, at, depth) if text[at] == "{" else _array(text, at, depth)
    found = _SCALAR.match(text, at)
    if not found:
        raise _malformed(text, at, _why_no_value(text, at))
    raw, end, kind = found[0], found.end(), found.lastgroup
    if kind == "string":
        return ValueSpan(kind="scalar", style='"', start=at, end=end, value=_unescaped(text, at, raw))
    if kind == "word":
        return ValueSpan(kind="scalar", style="", start=at, end=end, value=_WORDS[raw])
    if kind == "placeholder":
        return ValueSpan(kind="scalar", style="", start=at, end=end, value=raw)
    return ValueSpan(kind="scalar", style="", start=at, end=end, value=_number(text, at, raw, found["integer"]))


def _object(text: str, start: int, depth: int) -> ValueSpan:
    items: list[Item] = []
    value: dict[str, Any] = {}
    at = _skip(text, start + 1)
    if text.startswith("}", at):
        return ValueSpan(kind="map", style="flow", start=start, end=at + 1, value=value)
    while True:
        found = _KEY.match(text, at)
        if not found:
            raise _malformed(text, at, _why_no_key(text, at))
        key = _unescaped(text, at, found[1])
        if key in value:
            raise _malformed(text, at, f"the key {key!r} occurs twice")
        node = _value(text, found.end(), depth + 1)
        items.append(Item(start=at, key=key, key_end=found.end(1), node=node))
        value[key] = node.value
        at, last = _after(text, node.end, "}")
        if last:
            return ValueSpan(kind="map", style="flow", start=start, end=at, value=value, items=tuple(items))


def _array(text: str, start: int, depth: int) -> ValueSpan:
    items: list[Item] = []
    at = _skip(text, start + 1)
    if text.startswith("]", at):
        return ValueSpan(kind="list", style="flow", start=start, end=at + 1, value=[])
    while True:
        node = _value(text, at, depth + 1)
        items.append(Item(start=at, key=None, key_end=at, node=node))
        at, last = _after(text, node.end, "]")
        if last:
            return ValueSpan(
                kind="list",
                style="flow",
                start=start,
                end=at,
                value=[item.node.value for item in items],
                items=tuple(items),
            )


def _after(text: str, end: int, closing: str) -> tuple[int, bool]:
    """The offset after an item: where the next one starts or the collection ends."""
    found = _AFTER.match(text, end)
    if not found or (found[1] and found[1] != closing):
        raise _malformed(text, _skip(text, end), f"a comma or {closing} is expected")
    if not found[1] and text.startswith(closing, found.end()):
        raise _malformed(text, found.end(), f"a comma stands before {closing}")
    return found.end(), found[1] is not None


def _unescaped(text: str, at: int, raw: str) -> str:
    if "\\" not in raw:
        return raw[1:-1]
    import json  # escapes are rare

    try:
        value = str(json.loads(raw))
    except json.JSONDecodeError as error:
        raise _malformed(text, at + error.pos, "not an escape that JSON knows") from None
    if _HALF_CHARACTER.search(value):
        raise _malformed(text, at, "half of a surrogate pair is not a character")
    return value


def _number(text: str, at: int, raw: str, integer: str) -> int | float:
    if len(raw) > _LONGEST_NUMBER:
        raise _malformed(text, at, f"a number of {len(raw)} characters")
    if raw == integer:
        return int(raw)
    value = float(raw)
    if value - value:
        raise _malformed(text, at, "a number beyond the range of a float")
    return value


def _why_no_value(text: str, at: int) -> str:
    if at == len(text):
        return "the text ends where a value is expected"
    if text[at] == '"':
        return _why_no_string(text, at)
    word = _LOOSE_WORD.match(text, at)
    return f"{word[0] if word else text[at]} is not a JSON value"


def _why_no_key(text: str, at: int) -> str:
    found = _SCALAR.match(text, at)
    if found and found["string"]:
        return "a colon is expected after the key"
    return _why_no_string(text, at) if text.startswith('"', at) else "a key in double quotes is expected"


def _why_no_string(text: str, at: int) -> str:
    rest = text[at + 1 :].split("\n", maxsplit=1)[0]
    return "a control character stands in a string" if '"' in rest else "a string is not closed on its line"


def _malformed(text: str, at: int, why: str) -> MalformedText:
    line, column = position(text, at)
    found = text[at : at + 40].split("\n", maxsplit=1)[0]
    return MalformedText("JSON", line, column, why, found=found)
