"""A difference as text for people: by object, each field with both sides and their origins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from manifestgen.difference.changes import ADDED, CHANGED, FORMATTING, MISSING, MOVED, REMOVED, RENAMED
from manifestgen.difference.hunks import LEFT, RIGHT, has_lines, hunks, split
from manifestgen.difference.report import summary
from manifestgen.errors import visible
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from manifestgen.difference.changes import Move
    from manifestgen.difference.report import FieldReport, ObjectReport, Report, Side

SIGNS = {ADDED: "+", MISSING: "+", REMOVED: "-", CHANGED: "~", RENAMED: "~", FORMATTING: "~", MOVED: "↕"}
_COLORS = {"+": "32", "-": "31", "~": "33", "↕": "36", "@": "2", "!": "33", "#": "1"}
_ACCEPTED = {"written": "+", "removed": "-", "rewritten": "~", "replaced": "~"}
"""The signs of files that an update has brought up to date; every other difference of a file is marked with `!`."""

_WIDEST = 160
_LONGEST = 40


def to_text(found: Report, *, color: bool = False) -> str:
    """The text of a report; empty if nothing differs.

    Args:
        found: the report.
        color: whether to use a terminal's escape codes.
    """
    if not found.objects:
        return ""
    return to_lines([*report_lines(found), ("", summary(found))], color=color)


def report_lines(found: Report) -> Iterator[tuple[str, str]]:
    """The lines about everything that differs, each with the sign that determines its color."""
    for one in found.objects:
        yield from _object(one)
    for file in found.files:
        sign = _ACCEPTED.get(file.change, "!")
        if len(file.detail) == 1:
            yield sign, f"{sign} {file.change} {file.path} ({file.detail[0]})"
        else:
            yield sign, f"{sign} {file.change} {file.path}"
            yield from ((line[:1], f"    {line}") for line in file.detail)


def to_lines(lines: Iterable[tuple[str, str]], *, color: bool) -> str:
    """A text made of lines with the signs that determine their colors."""
    paint = _painted if color else _plain
    return "".join(f"{paint(sign, line)}\n" for sign, line in lines)


def _plain(sign: str, text: str) -> str:
    del sign
    return visible(text, keep="\t")


def _painted(sign: str, text: str) -> str:
    code = _COLORS.get(sign)
    shown = visible(text, keep="\t")
    return f"\033[{code}m{shown}\033[0m" if code else shown


def _object(one: ObjectReport) -> Iterator[tuple[str, str]]:
    sign = SIGNS[one.change]
    was = f" (was {one.was})" if one.was else ""
    missing = " is missing" if one.change == MISSING else ""
    yield sign, f"{sign} {one.id}{was}{missing}"
    location = one.right or one.left
    if one.change in {ADDED, MISSING, REMOVED} and location:
        yield "@", f"    {from_place(location)}"
    if one.move:
        yield "↕", f"  ↕ it {stands(one.move)}"
    yield from (("@", f"    {note}") for note in one.notes)
    for field in one.told:
        yield from _field(field)
        yield from (("@", f"      {note}") for note in field.notes)


def _field(field: FieldReport) -> Iterator[tuple[str, str]]:
    sign = SIGNS[field.change]
    where = told(field)
    if field.change == RENAMED:
        yield sign, f"  {sign} {where}"
        yield from _renaming(field)
        return
    if field.change == FORMATTING:
        yield sign, f"  {sign} {where}: only the formatting differs"
    else:
        yield sign, f"  {sign} {where}"
    if field.change == MOVED:
        yield from (("↕", f"      {moved(move)}") for move in field.moves)
    elif has_lines(field.left.value, field.right.value):
        yield from _lines(field)
    else:
        if field.change != ADDED:
            yield from _side("-", field.left, field.right)
        elif field.left.origin:
            yield "@", f"        {from_place(field.left.origin)}"
        if field.change != REMOVED:
            yield from _side("+", field.right, field.left)
        elif field.right.origin:
            yield "@", f"        {from_place(field.right.origin)}"


def told(field: FieldReport) -> str:
    """The name of a field, with the strings around it and the old name of a renamed list item."""
    was = f" (was {item(field.was)})" if field.was else ""
    return " ▸ ".join([*field.inside, field.path]) + was


def item(path: str) -> str:
    """The last segment of a path, which names a list item."""
    return path.rpartition("/")[2]


def _renaming(field: FieldReport) -> Iterator[tuple[str, str]]:
    """The origin of a list item's new name, and whether anything else differs."""
    if field.right.origin:
        yield "@", f"        {from_place(field.right.origin)}"
    if not field.within:
        yield "", "      nothing else differs in it"


def _side(sign: str, side: Side, other: Side) -> Iterator[tuple[str, str]]:
    lines = value_lines(side.value, other.value)
    for line in lines[:_LONGEST]:
        yield sign, f"      {sign} {line}"
    if len(lines) > _LONGEST:
        yield sign, f"      {sign} … {len(lines) - _LONGEST} more lines"
    if side.origin:
        yield "@", f"        {from_place(side.origin)}"


def _lines(field: FieldReport) -> Iterator[tuple[str, str]]:
    for sign, side in (("-", field.left), ("+", field.right)):
        if side.origin:
            yield "@", f"      {sign} {from_place(side.origin)}"
    for hunk in hunks(field.left.value, field.right.value):
        yield "@", f"      @ {hunk.title}"
        for line in hunk.lines:
            yield line.sign if line.sign in {LEFT, RIGHT} else "", f"      {line.sign} {line.text}".rstrip()


def value_lines(value: Any, other: Any = None) -> list[str]:
    """A value as lines: a container as YAML, a scalar as JSON, with its type if only that differs."""
    if isinstance(value, (dict, list)) and value:
        return write_document(value).splitlines()
    if isinstance(value, str) and "\n" in value:
        return ["|", *(f"  {line}" for line in split(value))]
    text = json.dumps(value, ensure_ascii=False)
    kind, against = _type(value), _type(other)
    if kind and against and kind != against:
        return [f"{text} ({kind})"]
    return [_cut(text, json.dumps(other, ensure_ascii=False))]


def _type(value: Any) -> str:
    """The word for a scalar's type; empty if it cannot be mistaken for another."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number" if isinstance(value, (int, float)) else ""


def _cut(text: str, other: str) -> str:
    """The part of a long line around the first character that differs."""
    if len(text) <= _WIDEST:
        return text
    same = next((at for at, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), len(other))
    start = min(max(0, same - _WIDEST // 4), len(text) - _WIDEST)
    end = start + _WIDEST
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def moved(move: Move) -> str:
    """The new position of an item."""
    return f"{move.item} {stands(move)}"


def stands(move: Move) -> str:
    """The new position of something."""
    return f"now comes after {move.after}" if move.after else "now comes first"


def from_place(origin: str) -> str:
    """How an origin is told."""
    return origin if origin.startswith("removed by") else f"from {origin}"
