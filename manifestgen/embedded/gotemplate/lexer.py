"""The actions of a Go template: their positions, what they trim, and which blocks they open and close.

Only the grammar of Go's `text/template` (package text/template/parse, lex.go) is known here, not the meaning of the
text between the actions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from manifestgen.model.location import Location

_MAX_DEPTH = 500
_SPACES = frozenset(" \t\r\n")


class Delimiters(Record):
    """The delimiters of actions."""

    left: str
    right: str


BRACES = Delimiters("{{", "}}")
BRACKETS = Delimiters("[[", "]]")
"""Istio's before 1.2."""


class TemplateSyntaxError(ManifestgenError):
    """A text is not a Go template: an action is not closed, or a block is unbalanced.

    Attributes:
        template: the name of the template.
        line: line within the template, from 1.
    """

    def __init__(self, template: str, line: int, what: str, where: Location, found: str = "") -> None:
        super().__init__(
            f"template {template}, line {line}: {what}",
            where=where,
            found=found,
            next_step="export the template again from the cluster or chart it came from: Istio cannot read it either",
        )
        self.template = template
        self.line = line


class Branch:
    """A branch of a block: the part of a template that one condition governs.

    Two pieces of text are rendered under the same conditions if and only if their frames are the same object.

    Attributes:
        parent: the branch around this one; None for the template itself.
        block: number of the block, the same for all its branches.
        keyword: `if`, `range`, `with` or `block`; `define` for a template's own definition.
        condition: the text after the keyword, or after `else if`; empty for a plain `else`.
        branch: 0 for the first branch, 1 for the one after the first `else`, and so on.
    """

    __slots__ = ("block", "branch", "condition", "depth", "keyword", "parent")

    def __init__(self, parent: Branch | None, block: int, keyword: str, condition: str, branch: int) -> None:
        self.parent = parent
        self.block = block
        self.keyword = keyword
        self.condition = condition
        self.branch = branch
        self.depth: int = parent.depth + 1 if parent else 0

    def encloses(self, other: Branch) -> bool:
        """Whether `other` is this branch or is nested in it."""
        frame: Branch | None = other
        while frame is not None and frame.depth > self.depth:
            frame = frame.parent
        return frame is self


class Action(Record):
    """One action with its delimiters.

    Attributes:
        start, end: offsets of its first character and of the one after its last.
        trims_before, trims_after: whether white space around it is dropped (`{{-`, `-}}`).
        keyword: `if`, `range`, `with`, `block`, `define`, `else`, `end`; `silent` for a comment or an assignment;
            empty for one that prints something.
        frame: for an opening keyword or `else` the branch that begins; for `end` the branch that continues
            afterwards; otherwise the branch that contains it.
    """

    start: int
    end: int
    trims_before: bool
    trims_after: bool
    keyword: str
    frame: Branch


_OPENING = frozenset({"if", "range", "with", "block", "define"})
_WITH_ELSE = frozenset({"if", "range", "with"})
_KEYWORD = re.compile(r"(if|range|with|block|define|else|end)\b", re.ASCII)
_SILENT = re.compile(r"/\*|(?:break|continue)\b|\$\w*(?:\s*,\s*\$\w*)?\s*:?=(?!=)")
_ELSE_CONDITION = re.compile(r"\s*(if|with)\b")
_STRING = {
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'(?:[^'\\\n]|\\.)*'"),
    "`": re.compile(r"`[^`]*`"),
}


def detect(text: str) -> Delimiters:
    """The delimiters that a template uses: those with more block keywords between them; braces if neither has any."""

    def uses(delimiters: Delimiters) -> int:
        left = re.escape(delimiters.left)
        return len(re.findall(rf"{left}-?\s*(?:if|else|end|range|with|define|annotation|\.)\b", text))

    return BRACKETS if uses(BRACKETS) > uses(BRACES) else BRACES


class TemplateSource(Record):
    """A template, with what messages need to name a place in it.

    Attributes:
        text: the template.
        name: its name, such as `sidecar`.
        where: the location of its first line; without a line if the template's lines are not lines of the file.
    """

    text: str
    name: str
    where: Location

    def line(self, offset: int) -> int:
        """The line number of an offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def location(self, line: int) -> Location:
        """The location of a line of the template in its file; only the file if its lines are not lines of the file."""
        if not self.where.line:
            return self.where
        return self.where._replace(line=self.where.line + line - 1, column=0)

    def error(self, offset: int, what: str) -> TemplateSyntaxError:
        """The error about the action at an offset."""
        line = self.line(offset)
        return TemplateSyntaxError(
            self.name, line, what, self.location(line), self.text[offset : offset + 70].split("\n")[0]
        )


def actions(source: TemplateSource, delimiters: Delimiters) -> tuple[list[Action], Branch]:
    """Every action of a template in order, and the top-level branch.

    Raises:
        TemplateSyntaxError: an action or a block that is not closed, or an `else` or `end` without one.
    """
    text = source.text
    left, right = delimiters
    special = re.compile(rf"""["'`]|{re.escape(right)}""")
    root = frame = Branch(None, 0, "", "", 0)
    found: list[Action] = []
    opened: list[tuple[int, Branch]] = []
    complete: set[int] = set()
    position = text.find(left)
    while position != -1:
        end, body, before, after = _action(text, position, left, right, special)
        if end < 0:
            raise source.error(position, f"an action that starts with {left} is not closed")
        keyword, rest = _keyword(body)
        if keyword in _OPENING:
            if keyword == "define" and opened:
                raise source.error(position, "define stands inside a block")
            if len(opened) >= _MAX_DEPTH:
                raise source.error(position, f"blocks are nested more than {_MAX_DEPTH} deep")
            opened.append((position, frame))
            frame = Branch(frame, len(found) + 1, keyword, rest.strip(), 0)
        elif keyword == "else":
            if frame.keyword not in _WITH_ELSE or frame.block in complete:
                raise source.error(position, "else belongs to no if, range or with")
            conditional = _ELSE_CONDITION.match(rest)
            if not conditional:
                complete.add(frame.block)
            condition = rest[conditional.end() :].strip() if conditional else ""
            frame = Branch(frame.parent, frame.block, frame.keyword, condition, frame.branch + 1)
        elif keyword == "end":
            if not opened:
                raise source.error(position, "end closes nothing")
            frame = opened.pop()[1]
        found.append(
            Action(start=position, end=end, trims_before=before, trims_after=after, keyword=keyword, frame=frame)
        )
        position = text.find(left, end)
    if opened:
        raise source.error(opened[-1][0], f"{frame.keyword} has no end")
    return found, root


def _action(text: str, start: int, left: str, right: str, special: re.Pattern[str]) -> tuple[int, str, bool, bool]:
    """End, body and trim markers of the action at `start`; the end is -1 if it is not closed."""
    at = start + len(left)
    before = text.startswith("-", at) and text[at + 1 : at + 2] in _SPACES
    if before:
        at += 2
    if text.startswith("/*", at):
        at = text.find("*/", at + 2) + 2
        after = at > 1 and text[at : at + 1] in _SPACES and text.startswith("-" + right, at + 1)
        closed = at > 1 and (after or text.startswith(right, at))
        return (at + 2 * after + len(right) if closed else -1), "/*", before, after
    cursor = at
    while match := special.search(text, cursor):
        if match.group() == right:
            stop = match.start()
            after = stop - 2 >= at and text[stop - 1] == "-" and text[stop - 2] in _SPACES
            return match.end(), text[at : stop - after], before, after
        string = _STRING[match.group()].match(text, match.start())
        if not string:
            break
        cursor = string.end()
    return -1, "", False, False


def _keyword(body: str) -> tuple[str, str]:
    """The keyword of an action, and the text after it."""
    body = body.strip()
    match = _KEYWORD.match(body)
    if match:
        return match.group(), body[match.end() :]
    return ("silent" if _SILENT.match(body) else ""), ""
