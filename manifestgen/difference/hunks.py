"""Line differences of two texts, in hunks; for Go templates each hunk has its path in the template."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from manifestgen.embedded.line_matching import grouped
from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.embedded.gotemplate.outline import Node

_CONTEXT = 2
SAME, LEFT, RIGHT = " ", "-", "+"


class HunkLine(Record):
    """A line of a hunk.

    Attributes:
        sign: ` ` on both sides, `-` on the left, `+` on the right.
        number: the line number on the left and on the right side; 0 if it is not there.
        text: the line, without its line end.
    """

    sign: str
    number: tuple[int, int]
    text: str


class Hunk(Record):
    """Lines that differ, with some context.

    Attributes:
        path: of the first line that differs in a template: its keys and items; empty elsewhere.
        lines: in order.
    """

    path: str
    lines: tuple[HunkLine, ...]

    @property
    def title(self) -> str:
        """`line 12`, with the path in a template."""
        numbers = next((line.number for line in self.lines if line.sign != SAME), (0, 0))
        return f"line {numbers[0] or numbers[1]}" + (f", {self.path}" if self.path else "")


def has_lines(left: object, right: object) -> bool:
    """Whether two values are texts that should be compared line by line."""
    return isinstance(left, str) and isinstance(right, str) and "\n" in left + right


def hunks(left: str, right: str) -> list[Hunk]:
    """Where two texts differ."""
    lefts, rights = split(left), split(right)
    places = _TemplatePlaces(left), _TemplatePlaces(right)
    found = []
    for group in grouped(lefts, rights, _CONTEXT):
        lines = tuple(line for opcode in group for line in _lines(opcode, lefts, rights))
        number = next(line.number for line in lines if line.sign != SAME)
        found.append(Hunk(places[0].at(number[0]) if number[0] else places[1].at(number[1]), lines))
    return found


def split(text: str) -> list[str]:
    r"""The lines of a text; a last line without a line end is marked as by `diff`; line ends stay."""
    lines = text.split("\n")
    if lines[-1]:
        return [*lines[:-1], f"{lines[-1]} \\ no newline at the end"]
    return lines[:-1]


def _lines(opcode: tuple[str, int, int, int, int], lefts: Sequence[str], rights: Sequence[str]) -> Iterator[HunkLine]:
    tag, left, left_end, right, right_end = opcode
    if tag == "equal":
        for i, j in zip(range(left, left_end), range(right, right_end), strict=True):
            yield HunkLine(SAME, (i + 1, j + 1), lefts[i])
        return
    for i in range(left, left_end):
        yield HunkLine(LEFT, (i + 1, 0), lefts[i])
    for j in range(right, right_end):
        yield HunkLine(RIGHT, (0, j + 1), rights[j])


class _TemplatePlaces:
    """Where the lines of a Go template are: the keys and named items around each.

    Args:
        text: any text.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: dict[int, list[int]] = {}

    def at(self, number: int) -> str:
        """The path of a line, by its number from 1; empty if the text is not a template."""
        if not self._nodes:
            return ""
        start, end = self._starts[number - 1], self._starts[number] - 1
        nodes, path = self._nodes, ""
        while nodes:
            if id(nodes) not in self._ends:
                self._ends[id(nodes)] = [node.end for node in nodes]
            at = bisect_right(self._ends[id(nodes)], start)
            if at == len(nodes) or nodes[at].start > end or (path and nodes[at].start >= start):
                return path
            inner = nodes[at]
            if inner.kind == "key":
                path += f"/{inner.name or '…'}"
            elif inner.kind == "item":
                names = [key.value for key in inner.keys("name")]
                path += f"/[name={names[0]}]" if names else "/-"
            nodes = inner.children
        return path

    @cached_property
    def _nodes(self) -> list[Node]:
        if "{{" not in self._text and "[[" not in self._text:
            return []
        from manifestgen.embedded.gotemplate.editor import TemplateEditor  # imported lazily: few texts are templates

        try:
            return TemplateEditor(self._text).documents
        except ManifestgenError:
            return []

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self._text.split("\n"))]
