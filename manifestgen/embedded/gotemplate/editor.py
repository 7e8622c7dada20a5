"""Structural editing of YAML in a Go template: whole lines are inserted or removed, everything else stays.

A place is named by a path as patches name it (`/spec/containers/[name=istio-proxy]/volumeMounts`), not by the
text around it. Inserted lines are rendered under the same conditions as the list they join, and neither swallow
nor are swallowed by a trim marker. An edit that cannot meet this is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from manifestgen.embedded.gotemplate.lexer import Branch, Delimiters
from manifestgen.embedded.gotemplate.lookup import PlaceNotFound, TemplateLookup
from manifestgen.embedded.gotemplate.outline import Node
from manifestgen.embedded.line_edits import LineEdit, splice
from manifestgen.model.location import Location
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NOT_WHITE = re.compile(r"[^ \t\r\n]")

LAST = "last"
FIRST = "first"
AFTER = "after"
BEFORE = "before"


class Insertion(Record):
    """Lines to insert, and where.

    Attributes:
        path: the list or mapping, or for `after` and `before` the item or key; a JSON pointer with `[field=value]`
            segments.
        lines: items of the list or keys of the mapping, without indentation and line ends.
        positions: `last` in a list, `first` in a list or mapping, `after` an item or `before` a key; several in order
            of preference, for templates in which a trim marker forbids one of them.
    """

    path: str
    lines: tuple[str, ...]
    positions: tuple[str, ...] = (LAST,)


class TemplateEditor(TemplateLookup):
    """A parsed template: its outline, and the places where lines can be inserted.

    Args:
        text: the template.
        name: its name in messages, such as `sidecar`.
        where: the location of its first line in its file.
        delimiters: what opens and closes an action; detected if not given.

    Raises:
        TemplateSyntaxError: it is not a Go template.
    """

    def __init__(
        self,
        text: str,
        *,
        name: str = "template",
        where: Location | None = None,
        delimiters: Delimiters | None = None,
    ) -> None:
        super().__init__(text, name=name, where=where, delimiters=delimiters)
        lines = self._printed_lines
        self._action_starts = [action.start for action in self._actions]
        self._printed = [line.start for line in lines]
        self._lines = [line for line in lines if line.content[0] != "#"]
        self._content = [line.start for line in self._lines]
        self._printed_until = list(accumulate((line.end for line in lines), max))

    def lines(self, node: Node, path: str) -> tuple[str, ...]:
        """The lines of a key or item, without the indentation of the first.

        Raises:
            PlaceNotFound: it shares a line or a block with other content.
        """
        first, last = self._extent(node, path)
        lines = self._source.text[first:last].splitlines()
        return tuple(line[node.indent :] if line[: node.indent].isspace() else line for line in lines)

    def insert(self, edits: Iterable[Insertion]) -> list[LineEdit]:
        """The splices that carry out insertions; insertions at the same line keep the order of the edits.

        Raises:
            PlaceNotFound: an edit has no place, or none where lines are safe.
        """
        at: dict[int, tuple[str, ...]] = {}
        for edit in edits:
            index, indent = self._place(edit)
            at[index] = (*at.get(index, ()), *(" " * indent + line if line else "" for line in edit.lines))
        return [LineEdit(index, index, lines) for index, lines in sorted(at.items())]

    def remove(self, paths: Iterable[str]) -> list[LineEdit]:
        """The splices that remove keys and items, each with all its lines.

        Raises:
            PlaceNotFound: a path leads nowhere, or to something that shares a line or a block with other content.
        """
        return sorted(LineEdit(*self.span(self.find(path), path)) for path in paths)

    def span(self, node: Node, path: str) -> tuple[int, int]:
        """Index of the first line of a key or item, from 0, and of the first line after it.

        Raises:
            PlaceNotFound: it shares a line or a block with other content.
        """
        first, last = self._extent(node, path)
        return self._index(first), self._index(last)

    def _extent(self, node: Node, path: str) -> tuple[int, int]:
        """The first and last offset of the lines of a key or item."""
        text = self._source.text
        first, last = text.rfind("\n", 0, node.start) + 1, self._next_line(node.end)
        alone = not (text[first : node.start] + text[node.end : last]).strip()
        if not alone or any(self._frame_at(location) is not node.frame for location in (first, last)):
            raise self._not_found(path, node.start, "it shares a line or a block of the template with something else")
        return first, last

    def _next_line(self, offset: int) -> int:
        """The start of the first line at or after an offset; the end of the text counts as one."""
        text = self._source.text
        if not offset or text[offset - 1] == "\n":
            return offset
        end = text.find("\n", offset)
        return end + 1 if end >= 0 else len(text)

    def _index(self, location: int) -> int:
        """The index of the line that starts at an offset, from 0."""
        text = self._source.text
        return text.count("\n", 0, location) + (location == len(text) and bool(text) and text[-1] != "\n")

    def _place(self, edit: Insertion) -> tuple[int, int]:
        """The line before which an edit's lines go, and their indentation: the first of its choices that is safe."""
        node = self.find(edit.path)
        refusals: list[PlaceNotFound] = []
        for position in edit.positions:
            try:
                if position == BEFORE:
                    return self._before(node, edit.path)
                return self._after(node, edit.path) if position == AFTER else self._inside(node, position, edit.path)
            except PlaceNotFound as error:
                refusals.append(error)
        raise refusals[0]

    def _after(self, item: Node, path: str) -> tuple[int, int]:
        if item.kind != "item":
            raise self._not_found(path, item.start, "it is not an item of a list")
        return self._boundary(item.end, item.frame, item.indent, path), item.indent

    def _before(self, key: Node, path: str) -> tuple[int, int]:
        location = self._source.text.rfind("\n", 0, key.start) + 1
        number = bisect_left(self._action_starts, location) - 1
        alone = not self._source.text[location : key.start].strip() and self._frame_at(location) is key.frame
        if not alone or self._runs_across(location) or self._swallowed(number, location):
            raise self._not_found(path, key.start, "it shares a line with something else")
        return self._index(location), key.indent

    def _inside(self, key: Node, position: str, path: str) -> tuple[int, int]:
        if key.value:
            raise self._not_found(path, key.start, f"its value stands on its own line: {key.value}")
        if position == LAST and any(child.kind != "item" for child in key.children):
            raise self._not_found(path, key.start, "it is not a list")
        if not key.children and key.end > key.line.end:
            raise self._not_found(path, key.start, "it holds no item or key that shows how it is indented")
        if not all(key.frame.encloses(child.frame) for child in key.children):
            raise self._not_found(path, key.start, "it is under a condition that its items are not under")
        indent = key.children[0].indent if key.children else key.indent
        return self._boundary(key.line.end if position == FIRST else key.end, key.frame, indent, path), indent

    def _boundary(self, offset: int, frame: Branch, indent: int, path: str) -> int:
        """The first line after an offset before which an item can stand, in a branch and a column.

        Nothing may be printed in between; no action or printed line may span the place, no `-}}` before
        it may swallow the indentation of what is put there, and nothing that follows may become part of it.
        """
        start = offset
        following = bisect_left(self._content, offset)
        limit = self._content[following] if following < len(self._content) else len(self._source.text)
        free = not self._would_join(following, frame, indent)
        while free and (location := self._next_line(offset)) <= limit:
            number = bisect_left(self._action_starts, location) - 1
            before = self._actions[number] if number >= 0 else None
            if before and before.end > location:
                offset = before.end
                continue
            if (
                self._frame_at(location) is frame
                and not self._runs_across(location)
                and not self._swallowed(number, location)
            ):
                return self._index(location)
            if number + 1 >= len(self._actions):
                break
            offset = self._actions[number + 1].end
        raise self._not_found(path, start, "no line near it can take an insertion: trim markers or blocks forbid it")

    def _would_join(self, following: int, frame: Branch, indent: int) -> bool:
        """Whether a line that can be printed next would become part of an item in a branch and a column.

        In each branch before a line that is always printed, the first line of the branch can be the next one.
        """
        entered: Branch | None = None
        for line in islice(self._lines, following, None):
            if entered and entered.encloses(line.frame):
                continue
            if not 0 <= line.indent <= indent:
                return True
            if line.frame.encloses(frame):
                return False
            entered = line.frame
        return False

    def _frame_at(self, location: int) -> Branch:
        """The branch at an offset outside actions."""
        number = bisect_left(self._action_starts, location) - 1
        return self._actions[number].frame if number >= 0 else self._root

    def _runs_across(self, location: int) -> bool:
        number = bisect_left(self._printed, location) - 1
        return number >= 0 and self._printed_until[number] > location

    def _swallowed(self, number: int, location: int) -> bool:
        """Whether a trim marker of the action before drops the white space at a place."""
        if number < 0 or not self._actions[number].trims_after:
            return False
        after = _NOT_WHITE.search(self._source.text, self._actions[number].end)
        return not after or after.start() >= location


def insert(
    template: str, edits: Sequence[Insertion], delimiters: Delimiters | None = None, name: str = "template"
) -> str:
    """Insert lines into a template at places in its structure; every other byte stays.

    Args:
        template: the text; with LF or CRLF line ends, with or without one at its end.
        edits: what to insert.
        delimiters: what opens and closes an action; detected if not given.
        name: the template's name in messages.

    Raises:
        TemplateSyntaxError: it is not a Go template.
        PlaceNotFound: an edit has no safe place in it.
    """
    return splice(template, TemplateEditor(template, name=name, delimiters=delimiters).insert(edits))


def remove(template: str, paths: Sequence[str], delimiters: Delimiters | None = None, name: str = "template") -> str:
    """Remove keys and items from a template; every other byte stays.

    Raises:
        TemplateSyntaxError: it is not a Go template.
        PlaceNotFound: a path leads nowhere, or to something that shares a line or a block with other content.
    """
    return splice(template, TemplateEditor(template, name=name, delimiters=delimiters).remove(paths))
