"""What in-place editing of all formats has in common: spans, splices, and verification of the result."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError
from manifestgen.model.pointer import to_text
from manifestgen.model.record import Record
from manifestgen.patch import rfc6902

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.rfc6902 import Operation

_BLANKS = re.compile(r"[ \t]*")
_SPELLED = re.compile(
    r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u.{4}|\\x..|\\U.{8}|\\.|[^\\\r\n]",
)


class MalformedText(ManifestgenError):
    """A string does not hold a document of the format that a patch names.

    `where` is the location of the operation; the position within the string is part of the message.

    Attributes:
        format: the format, such as `JSON`.
        line, column: where in the string, from 1.
    """

    def __init__(self, form: str, line: int, column: int, why: str, *, found: str = "", next_step: str = "") -> None:
        super().__init__(
            f"line {line}, column {column} of the {form} text: {why}",
            found=found,
            next_step=next_step or f"correct the string, or patch it as a string if it is not meant to be {form}",
        )
        self.format = form
        self.line = line
        self.column = column


class CannotEdit(ManifestgenError):
    """An operation can be applied to the document, but not to its text without changing something else.

    Attributes:
        format: the format, such as `YAML`.
        pointer: where in the document.
    """

    def __init__(self, form: str, step: Operation) -> None:
        self.format = form
        self.pointer = to_text(step.path)
        super().__init__(
            f"{self.pointer or 'the whole document'}: this {form} text cannot be edited here without changing more",
            next_step="replace a larger part, such as the member around it, or the whole string",
        )


class NotRepresentable(ManifestgenError):
    """A value that an operation writes cannot be written in the format.

    Attributes:
        format: the format, such as `JSON`.
    """

    def __init__(self, form: str, why: str, next_step: str = "write a string instead") -> None:
        super().__init__(f"the value cannot be written as {form}: {why}", next_step=next_step)
        self.format = form


class Item(Record):
    """A member of a mapping or an item of a list.

    Attributes:
        start: index of the key, the value, or the dash before it.
        key: the key; None in a list.
        key_end: index after the key; `start` in a list.
        node: the value.
    """

    start: int
    key: str | None
    key_end: int
    node: ValueSpan


class ValueSpan(Record):
    """A value and its span in the text.

    Attributes:
        kind: `map`, `list` or `scalar`.
        style: `flow` for a collection in brackets, `block` for an indented one, `pair` for a mapping without
            braces in a flow list; for a scalar the character it is quoted with or the block indicator, else empty.
        start, end: indexes into the text.
        value: the value.
        items: members or items, in order.
    """

    kind: str
    style: str
    start: int
    end: int
    value: Any
    items: tuple[Item, ...] = ()

    def at(self, path: Tokens) -> ValueSpan:
        """The node at a path, which must exist."""
        node = self
        for token in path:
            node = node.items[node.number(token)].node
        return node

    def boxes(self, path: Tokens, before: str = "") -> list[Ancestor]:
        """The collections around the place at a path, each with the number of the item there.

        Args:
            path: the path.
            before: for a member to be added, the member that it goes before.
        """
        boxes = []
        node = self
        for depth, token in enumerate(path, 1):
            boxes.append(Ancestor(node, node.number(token)))
            if depth < len(path):
                node = node.items[boxes[-1].number].node
        if before:
            boxes[-1] = Ancestor(node, node.number(before), is_new=True)
        return boxes

    def number(self, token: str) -> int:
        """The number of an item; the number of items for `-` and for a missing key."""
        if self.kind == "list":
            return len(self.items) if token == "-" else int(token)
        return next((number for number, item in enumerate(self.items) if item.key == token), len(self.items))


class Ancestor(Record):
    """A collection, and the number of one of its items; the number of items for a new one.

    Attributes:
        node: the collection.
        number: the item's.
        is_new: the item will be inserted, and the one with its number moves up.
    """

    node: ValueSpan
    number: int
    is_new: bool = False


def replaced(boxes: Sequence[Ancestor], *, insert: bool) -> ValueSpan | None:
    """The value that a new one replaces; None if it is an addition.

    Args:
        boxes: the collections around the place, at least one.
        insert: whether an existing list item moves up.
    """
    box, number, is_new = boxes[-1]
    if is_new or number == len(box.items) or (insert and box.kind == "list"):
        return None
    return box.items[number].node


class TextEdit(Record):
    """A span of a text and its replacement."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[TextEdit]) -> str:
    """A text with spans replaced, which must not overlap; insertions at one place keep their order."""
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(splices, key=lambda edit: (edit.start, edit.end)):
        parts += (text[at:start], new)
        at = end
    return "".join([*parts, text[at:]])


def apply_and_verify(
    form: str,
    text: str,
    step: Operation,
    scan: Callable[[str], ValueSpan],
    rewrite: Callable[[str, ValueSpan, Operation], str],
) -> str:
    """Apply one operation to a text and verify it: the new text must read as the result that RFC 6902 gives.

    Args:
        form: the name of the format in messages.
        text: a document.
        step: a plain operation.
        scan: parses a text; returns the root node.
        rewrite: does the edit; it can rely on the operation being applicable and changing the document.

    Raises:
        OperationFailed: the operation cannot be applied to the document.
        CannotEdit: the edit would change something else.
    """
    root = scan(text)
    after = rfc6902.apply(root.value, step)
    if exactly(root.value, after):
        return text
    try:
        new = rewrite(text, root, step)
        proven = exactly(scan(new).value, after)
    except MalformedText:
        proven = False
    if not proven:
        raise CannotEdit(form, step)
    return new


def exactly(left: Any, right: Any) -> bool:
    """Whether two values are identical, including the order of keys and the difference between 1 and 1.0."""
    return repr(left) == repr(right)


def line_start(text: str, at: int) -> int:
    """Index of the first character of a line."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Index of the line break that ends a line, or of the end of the text."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def next_line(text: str, at: int) -> int:
    """Index of the first character of the next line, or of the end of the text."""
    return text.find("\n", at) + 1 or len(text)


def indentation(text: str, at: int) -> str:
    """The indentation of the line of a character."""
    start = line_start(text, at)
    found = _BLANKS.match(text, start, max(start, at))
    return found[0] if found else ""


@lru_cache(maxsize=4)  # cached, because many edits of one text need it
def line_feed(text: str) -> str:
    """The line ending of a text."""
    return "\r\n" if "\r\n" in text else "\n"


def position(text: str, at: int) -> tuple[int, int]:
    """Line and column of a character, from 1."""
    return text.count("\n", 0, at) + 1, at - line_start(text, at) + 1


def keep_spelling(raw: str, old: str, new: str, spell: Callable[[str], str]) -> str | None:
    """Change a string in double quotes: the common start and end of both values keep their spelling.

    Args:
        raw: the string as written, with quotes.
        old: its value.
        new: the value to write.
        spell: writes a value, with quotes.

    Returns:
        The new spelling; None if characters and spellings do not correspond one to one.
    """
    spelled = _SPELLED.findall(raw[1:-1])
    if len(spelled) != len(old) or "".join(spelled) != raw[1:-1]:
        return None
    start, end = _common(old, new)
    was = old[start : len(old) - end]
    if "".join(spelled[start : len(old) - end]) == spell(was)[1:-1]:
        middle = spell(new[start : len(new) - end])[1:-1]
        return f'"{"".join(spelled[:start])}{middle}{"".join(spelled[len(old) - end :])}"'
    return f'"{"".join(_respelled(spelled, old, new, spell))}"'


def _common(old: str, new: str) -> tuple[int, int]:
    """The lengths of the common prefix and the common suffix of two texts."""
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    end = next((at for at in range(shorter - start) if old[-1 - at] != new[-1 - at]), shorter - start)
    return start, end


def _respelled(spelled: Sequence[str], old: str, new: str, spell: Callable[[str], str]) -> Iterator[str]:
    """A changed text whose unchanged lines keep their spelling."""
    from manifestgen.embedded.line_matching import opcodes  # imported lazily: few texts have special spellings

    lines, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    for tag, i, i_end, j, j_end in opcodes(lines, after):
        if tag == "equal":
            yield from spelled[starts[i] : starts[i_end]]
            continue
        for number, (was, now) in enumerate(zip_longest(lines[i:i_end], after[j:j_end], fillvalue="")):
            start, end = _common(was, now)
            own = spelled[starts[i + number] : starts[i + number] + len(was)] if was else ()
            yield from own[:start]
            yield spell(now[start : len(now) - end])[1:-1]
            yield from own[len(was) - end :]
