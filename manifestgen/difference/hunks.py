"""Line differences of two texts, in hunks; for Go templates each hunk has its path in the template."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    found = []
    for group in SequenceMatcher(None, lefts, rights).get_grouped_opcodes(_CONTEXT):
        lines = tuple(line for opcode in group for line in _lines(opcode, lefts, rights))
        first = next(line for line in lines if line.sign != SAME)
        path = _place(left, first.number[0]) if first.number[0] else _place(right, first.number[1])
        found.append(Hunk(path, lines))
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


def _place(text: str, number: int) -> str:
    """The path of a line in a Go template: the keys and named items around it; empty if the text is not a template."""
    if "{{" not in text and "[[" not in text:
        return ""
    from manifestgen.embedded.gotemplate.editor import TemplateEditor  # imported lazily: few texts are templates

    try:
        nodes = TemplateEditor(text).documents
    except ManifestgenError:
        return ""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: number - 1])
    end = start + len(lines[number - 1])
    path = ""
    while True:
        inner = next((node for node in nodes if node.start <= end and node.end > start), None)
        if inner is None or (path and inner.start >= start):
            return path
        if inner.kind == "key":
            path += f"/{inner.name or '…'}"
        elif inner.kind == "item":
            names = [key.value for key in inner.keys("name")]
            path += f"/[name={names[0]}]" if names else "/-"
        nodes = inner.children
