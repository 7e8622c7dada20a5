"""A string scalar of YAML or JSON whose lines are edited in place, so that the rest stays.

A template can be in a string within a string: splices of the inner text become splices of the outer one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.embedded.line_edits import LineEdit, from_the_end, splice
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEADER = re.compile(r"[|>][-+]?([1-9]?)[-+]?[ \t]*(?:#[^\n]*)?\r?\n")
_FIRST_LINE = re.compile(r"(?: *\r?\n)*( *)[^ \r\n]")
_QUOTED_KEY = re.compile(r"""(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*')[ \t]*:[ \t\r\n]*""")
_KEY_END = re.compile(r":[ \t\r\n]+")
_PIECE = re.compile(
    r"""[^\\ \t\r\n]+|(?P<fold>[ \t]*\r?\n[ \t\r\n]*)|[ \t]+
                        |\\r\\n|\\\r?\n|\\(?P<code>x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|\\.|\r""",
    re.VERBOSE,
)
_FORMS = {"'": re.compile(r"'[^']*(?:''[^']*)*'"), '"': re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)}
_UNWRITABLE = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Scalar(Record):
    """A string scalar at its place in a text.

    Attributes:
        value: the string.
        form: its style: `|`, `>`, `"` or `'`.
        line: index of the line of the text with its first line, from 0.
        indent: the indentation of its lines; empty unless the form is `|`.
        span: offsets in the text of its first character and of the one after its last.
    """

    value: str
    form: str
    line: int
    indent: str
    span: tuple[int, int]

    @property
    def rewritten(self) -> bool:
        """Whether an edit rewrites the string in double quotes, because its style cannot hold another line."""
        return self.form in {">", "'"}

    def edit(self, text: str, splices: Sequence[LineEdit]) -> list[LineEdit]:
        """The splices of the surrounding text that carry out splices of the string.

        Args:
            text: what the string was found in.
            splices: of `value`.
        """
        if self.form == "|":
            return [
                LineEdit(
                    self.line + first,
                    self.line + last,
                    tuple(self.indent + new if new else "" for new in lines),
                )
                for first, last, lines in splices
            ]
        if not splices:
            return []
        start, end = self.span
        written = text[start:end]
        edited = _in_quotes(written, self.value, splices) if self.form == '"' else None
        before = text[:start].rpartition("\n")[2]
        after = text[end:].partition("\n")[0]
        new = before + (edited or quoted(splice(self.value, splices))) + after
        last = self.line + written.count("\n") + 1
        return [LineEdit(self.line, last, tuple(line.removesuffix("\r") for line in new.split("\n")))]


def scalar_at(text: str, line: int, column: int, value: str) -> Scalar | None:
    """The string that is the value of a key; None if its style cannot be edited.

    Args:
        text: YAML, or JSON.
        line: the line of the key, from 1.
        column: the column of the key, from 1.
        value: the string as a parser reads it.
    """
    offset = len(text) - len(text.split("\n", line - 1)[-1])
    key = _QUOTED_KEY.match(text, offset + column - 1) or _KEY_END.search(text, offset + column - 1)
    if not key:
        return None
    start = key.end()
    number = text.count("\n", 0, start)
    if text.startswith(("|", ">"), start):
        return _block(text, start, number, column - 1, value)
    form = text[start : start + 1]
    match = _FORMS[form].match(text, start) if form in _FORMS else None
    return Scalar(value=value, form=form, line=number, indent="", span=match.span()) if match else None


def _block(text: str, start: int, number: int, column: int, value: str) -> Scalar | None:
    """The block scalar whose `|` or `>` is at `start`, below a key in a column, from 0."""
    header = _HEADER.match(text, start)
    if not header:
        return None
    first = header.end()
    shown = _FIRST_LINE.match(text, first)
    width = column + int(header.group(1)) if header.group(1) else len(shown.group(1)) if shown else 0
    if width <= column:
        return None
    after = re.compile(rf"^ {{0,{width - 1}}}[^ \r\n]", re.MULTILINE).search(text, first)
    held = text[first : after.start() if after else len(text)]
    content = re.sub(rf"^ {{0,{width}}}|\r$", "", held, flags=re.MULTILINE)
    if text[start] == ">":
        return Scalar(value=value, form=">", line=number, indent="", span=(start, first + len(held.rstrip(" \r\n"))))
    if content.rstrip("\n") != value.rstrip("\n"):
        return None
    return Scalar(value=value, form="|", line=number + 1, indent=" " * width, span=(first, first + len(held)))


def _in_quotes(written: str, value: str, splices: Iterable[LineEdit]) -> str | None:
    """A string in double quotes with lines spliced between its escapes; None if a line does not end with an escape."""
    body = written[1:-1]
    ends = _line_ends(body)
    closed = value.endswith("\n")
    count = len(ends) + (not closed)
    usual = "\\r\\n" if value[: value.find("\n") + 1].endswith("\r\n") else "\\n"
    points = [(0, 0), *ends, (len(body), len(body))]
    for first, last, lines in from_the_end(splices):
        before, after = points[first], points[last]
        if before is None or after is None:
            return None
        new = [_escaped(line) for line in lines]
        if last < count or closed:
            body = body[: before[1]] + "".join(line + usual for line in new) + body[after[1] :]
        elif first == count or not first:
            body = body[: before[1]] + usual.join(["", *new] if first else new)
        else:
            body = body[: before[0]] + "".join(usual + line for line in new)
    return f'"{body}"'


def _line_ends(body: str) -> list[tuple[int, int] | None]:
    """The offsets of the escape at each line end of a string in double quotes; None for a plain line break."""
    ends: list[tuple[int, int] | None] = []
    for piece in _PIECE.finditer(body):
        kind, found = piece.lastgroup, piece.group()
        if kind == "fold":
            ends.extend([None] * (found.count("\n") - 1))
        elif found in {"\\n", "\\r\\n"} or (kind == "code" and int(found[2:], 16) == ord("\n")):
            ends.append(piece.span())
    return ends


def quoted(value: str) -> str:
    """A string as a scalar in double quotes, on one line."""
    return f'"{_escaped(value)}"'


def _escaped(value: str) -> str:
    return _UNWRITABLE.sub(lambda found: _SHORT.get(found.group()) or f"\\u{ord(found.group()):04x}", value)
