"""Replacing lines of a text; every other byte stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable


class LineEdit(Record):
    """Lines of a text replaced by other lines.

    Attributes:
        first, last: index of the first line to replace, from 0, and of the first line to keep; equal for an insertion.
        lines: the replacement, without line ends.
    """

    first: int
    last: int
    lines: tuple[str, ...] = ()


def splice(text: str, splices: Iterable[LineEdit]) -> str:
    """A text with lines replaced; new lines end like the line before them, and the end of the text stays."""
    lines = text.split("\n")
    closed = not lines[-1]
    if closed:
        lines.pop()
    usual = "\r" if lines and lines[0].endswith("\r") and text != lines[0] else ""
    if not closed:
        lines[-1] += usual
    for first, last, new in from_the_end(splices):
        end = usual if not first else "\r" if lines[first - 1].endswith("\r") else ""
        lines[first:last] = [line + end for line in new]
    text = "\n".join(lines)
    return text + "\n" if closed and lines else text.removesuffix(usual)


def from_the_end(splices: Iterable[LineEdit]) -> list[LineEdit]:
    """Splices from the last line to the first; adjacent ones are merged, in their order."""
    merged: list[LineEdit] = []
    for one in sorted(splices, key=lambda one: (one.first, one.last)):
        if merged and merged[-1].last == one.first:
            one = LineEdit(merged[-1].first, one.last, merged.pop().lines + one.lines)  # noqa: PLW2901
        merged.append(one)
    return merged[::-1]
