"""The YAML that a Go template prints, as an outline: keys and list items with their place in the template.

All branches of all blocks are taken, in order, and white space is trimmed like in `text/template`, so that
the indentation here is the one that is printed. The output of an action is unknown and stays opaque.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.embedded.gotemplate.lexer import Action, Branch, TemplateSource

PRINTED = "\0"
"""Stands for what an action prints."""
_UNKNOWN = -1
_DEEPEST = 200
_WHITE = " \t\r"
_KEY_END = re.compile(r":(?=[ \t]|$)")
_BLANK_LINES = re.compile(r"(?:[ \t\r]*\n)+")
_DASH = re.compile(r"-(?:[ \t]+|$)")
_QUOTED = re.compile(r"""(?P<scalar>"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*')[ \t]*(?::(?=[ \t]|$)|(?:#|$))""")
_NO_KEY = frozenset("\"'[]{}#&*!|>%@`,")
_COMMENT = re.compile(r"(?:^|[ \t])#")
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]{0,2}")


class PrintedLine:
    """A printed line that has more than white space.

    Attributes:
        start, end: offsets in the template of its first character and of the one after its last; there can be
            several lines of the template in between.
        indent: columns before it; -1 if that depends on the branch taken.
        tabbed: whether there is a tab in those columns.
        frame: the branch that contains its first character.
        content: its text, with a NUL character for the output of an action.
    """

    __slots__ = ("_parts", "end", "frame", "indent", "start", "tabbed")

    def __init__(self, start: int, indent: str | None, frame: Branch) -> None:
        self.start = start
        self.end = start
        self.indent = _UNKNOWN if indent is None else len(indent)
        self.tabbed = indent is not None and "\t" in indent
        self.frame = frame
        self._parts: list[str] = []

    def add(self, text: str, end: int) -> None:
        """Continue the line with text that ends at an offset."""
        self._parts.append(text)
        self.end = end

    @property
    def content(self) -> str:
        """The text, without white space at its end."""
        return "".join(self._parts).rstrip(_WHITE)


class _At(Record):
    """The state of printing: the unfinished line, or the white space before it.

    Attributes:
        lines: the unfinished lines: none, one, or after a block one per branch.
        indent: the white space so far; None if the branches differ.
    """

    lines: tuple[PrintedLine, ...] = ()
    indent: str | None = ""


_NEW_LINE = _At()


def printed_lines(text: str, actions: Sequence[Action], root: Branch) -> list[PrintedLine]:
    """The lines that a template prints, in template order, without those in a `define`."""
    printer = _Printer()
    position = 0
    frame = root
    after = False
    for action in actions:
        printer.text(text, _trimmed(text, position, action.start, after, action.trims_before), frame)
        printer.action(action, frame)
        frame, position, after = action.frame, action.end, action.trims_after
    printer.text(text, _trimmed(text, position, len(text), after), frame)
    return printer.lines


def _trimmed(text: str, start: int, end: int, at_start: bool, at_end: bool = False) -> tuple[int, int]:
    """The text between two actions after trimming."""
    while at_start and start < end and text[start] in " \t\r\n":
        start += 1
    while at_end and end > start and text[end - 1] in " \t\r\n":
        end -= 1
    return start, end


class _Printer:
    """Prints a template with all branches taken, each from the state before its block."""

    def __init__(self) -> None:
        self.lines: list[PrintedLine] = []
        self._at = _NEW_LINE
        self._blocks: list[tuple[_At, list[_At], bool]] = []
        self._defining = 0

    def text(self, text: str, span: tuple[int, int], frame: Branch) -> None:
        start, end = span
        while start < end:
            blank = _BLANK_LINES.match(text, start, end)
            if blank:
                self._at = _NEW_LINE
                start = blank.end()
            stop = text.find("\n", start, end)
            self._segment(text, start, stop if stop >= 0 else end, frame)
            if stop < 0:
                break
            self._at = _NEW_LINE
            start = stop + 1

    def _segment(self, text: str, start: int, end: int, frame: Branch) -> None:
        if self._at.lines:
            self._print(text[start:end], start, end, frame)
            return
        first = start
        while first < end and text[first] in _WHITE:
            first += 1
        if first > start and self._at.indent is not None:
            self._at = _At((), self._at.indent + text[start:first])
        if first < end:
            self._print(text[first:end], first, end, frame)

    def _print(self, content: str, start: int, end: int, frame: Branch) -> None:
        if not self._at.lines:
            line = PrintedLine(start, self._at.indent, frame)
            self._at = _At((line,))
            if not self._defining:
                self.lines.append(line)
        elif len(self._at.lines) > 1 and content.strip(_WHITE):
            for line in self._at.lines:
                line.add(PRINTED, start)
        for line in self._at.lines:
            line.add(content, end if content.strip(_WHITE) else line.end)

    def action(self, action: Action, frame: Branch) -> None:
        keyword = action.keyword
        if not keyword:
            self._print(PRINTED, action.start, action.end, frame)
        elif keyword == "else":
            before, ends, _ = self._blocks[-1]
            ends.append(self._at)
            self._blocks[-1] = (before, ends, not action.frame.condition)
            self._at = before
        elif keyword == "end":
            before, ends, complete = self._blocks.pop()
            if frame.keyword == "define":
                self._defining -= 1
                self._at = before
            else:
                self._at = _either([*ends, self._at] if complete else [*ends, self._at, before])
        elif keyword != "silent":
            self._blocks.append((self._at, [], keyword == "block"))
            if keyword == "define":
                self._defining += 1
                self._at = _NEW_LINE


def _either(ends: list[_At]) -> _At:
    """The state after a block, merged from the states after its branches."""
    first = ends[0]
    if all(end == first for end in ends):
        return first
    lines = tuple({id(line): line for end in ends for line in end.lines}.values())
    return _At(lines, None)


class Node:
    """A key or a list item of the outline.

    Attributes:
        kind: `key`, `item`, or `document` for what has no parent.
        name: the key, unquoted; empty if an action prints it.
        value: the text after the key or the dash on its line, as written, without a comment.
        indent: its column, from 0.
        start, end: offsets of its first character and of the one after its last.
        frame: the branch that contains it.
        line: the printed line it begins on.
        parent, children: the outline.
    """

    __slots__ = ("_keys", "children", "end", "frame", "indent", "kind", "line", "name", "parent", "start", "value")

    def __init__(
        self, kind: str, line: PrintedLine, indent: int, parent: Node | None, key: tuple[str, str] = ("", "")
    ) -> None:
        self.kind = kind
        self.name, self.value = key
        self.indent = indent
        self.line = line
        self.start = line.start
        self.end = line.end
        self.frame = line.frame
        self.parent = parent
        self.children: list[Node] = []
        self._keys: dict[str, list[Node]] | None = None
        if parent:
            parent.children.append(self)

    def keys(self, name: str) -> list[Node]:
        """The child keys of that name; not before the outline is complete."""
        if self._keys is None:
            self._keys = {}
            for child in self.children:
                if child.kind == "key":
                    self._keys.setdefault(child.name, []).append(child)
        return self._keys.get(name, [])


def outline(source: TemplateSource, lines: Sequence[PrintedLine], root: Branch) -> list[Node]:
    """The documents formed by printed lines, each with its keys and items.

    Raises:
        TemplateSyntaxError: a key or an item is indented with a tab.
    """
    documents: list[Node] = []
    stack: list[Node] = []
    for line in lines:
        content = line.content
        separator = content == "---" and not line.indent
        if separator or not stack:
            while stack:
                _close(stack)
            documents.append(
                Node(kind="document", line=PrintedLine(line.start, "", root), indent=_UNKNOWN, parent=None)
            )
            stack.append(documents[-1])
        top = stack[-1]
        in_scalar = _BLOCK_SCALAR.fullmatch(top.value) and (line.indent > top.indent or line.indent == _UNKNOWN)
        if content[0] == "#" and not in_scalar:
            continue
        if not separator and not in_scalar and line.indent != _UNKNOWN:
            _grow(source, stack, line, content)
            if line.tabbed and stack[-1].line is line:
                raise source.error(line.start, "a tab indents it, which YAML does not allow")
        holder = _holder(stack, line) if content[0] == PRINTED and not in_scalar else stack[-1]
        holder.end = max(holder.end, line.end)
    while stack:
        _close(stack)
    return documents


def _holder(stack: Sequence[Node], line: PrintedLine) -> Node:
    """The node that the output of an action on its own line belongs to.

    Its indentation is unknown. It is taken as the value of a key that has none yet; otherwise it
    belongs to the node at the action's indentation.
    """
    top = stack[-1]
    if line.indent == _UNKNOWN or line is top.line or not (top.value or top.children):
        return top
    return next(node for node in reversed(stack) if node.indent < line.indent)


def _grow(source: TemplateSource, stack: list[Node], line: PrintedLine, content: str) -> None:
    """Add the items and the key that a line begins; other text belongs to the node before it."""
    indent = line.indent
    start = 0
    while (dash := _DASH.match(content, start)) and len(stack) <= _DEEPEST:
        while stack[-1].indent > indent or (stack[-1].indent == indent and stack[-1].kind == "item"):
            _close(stack)
        stack.append(Node(kind="item", line=line, indent=indent, parent=stack[-1]))
        indent += dash.end() - start
        start = dash.end()
    content = content[start:]
    key = _key(content)
    if key:
        while stack[-1].indent >= indent:
            _close(stack)
        stack.append(Node(kind="key", line=line, indent=indent, parent=stack[-1], key=key))
    elif start:
        stack[-1].value = content
    if len(stack) > _DEEPEST:
        raise source.error(line.start, f"lists and mappings are nested more than {_DEEPEST} deep")


def _close(stack: list[Node]) -> None:
    """Leave the innermost node; its parent ends no earlier than it does."""
    node = stack.pop()
    if stack:
        stack[-1].end = max(stack[-1].end, node.end)


def _key(content: str) -> tuple[str, str] | None:
    """Name and value of a key; None if the text does not begin one."""
    quoted = _QUOTED.match(content)
    end = quoted.end("scalar") if quoted and quoted.group().endswith(":") else -1
    if not quoted and content and content[0] not in _NO_KEY:
        colon = _KEY_END.search(content)
        end = colon.start() if colon else -1
    if end < 0 or " #" in content[:end]:
        return None
    name = content[:end].rstrip()
    value = content[content.index(":", end) + 1 :].strip(_WHITE)
    return ("" if PRINTED in name else plain(name)), _without_comment(value)


def _without_comment(value: str) -> str:
    if "#" not in value:
        return value
    quoted = _QUOTED.match(value)
    if quoted:
        return quoted.group("scalar")
    comment = _COMMENT.search(value)
    return value[: comment.start()].rstrip(_WHITE) if comment else value


def plain(scalar: str) -> str:
    """A scalar without its quotes."""
    if len(scalar) > 1 and scalar[0] == scalar[-1] and scalar[0] in "'\"":
        return scalar[1:-1]
    return scalar
