"""The fields of an object that differ, as parts of an HTML page."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from manifestgen.difference.changes import ADDED, FORMATTING, MOVED, REMOVED, RENAMED
from manifestgen.difference.hunks import LEFT, RIGHT, SAME, has_lines, hunks
from manifestgen.difference.text import SIGNS, item, moved, value_lines
from manifestgen.difference.words import differing, paired
from manifestgen.errors import visible
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.difference.hunks import Hunk, HunkLine
    from manifestgen.difference.report import FieldReport, Side
    from manifestgen.difference.words import Parts

_WORDS = {FORMATTING: "formatting only", MOVED: "order"}
_PLACE = re.compile(r"(?P<removed>removed by )?(?P<file>.*?):(?P<line>\d+):\d+(?P<rest> .*)?", re.DOTALL)
FULL = 'class="full"'
"""Marks the full form of an origin; a page with it needs the switch."""
_LONGEST = 30
"""Longer values are folded."""


class ObjectView(Record):
    """How to show the two sides of an object.

    Attributes:
        labels: the labels of the sides.
        files: the file of the object on each side, which its fields need not repeat; empty if unknown.
        below: the prefix to leave out of the paths.
    """

    labels: tuple[str, str]
    files: tuple[str, str] = ("", "")
    below: str = ""


def text(value: str) -> str:
    """A text, escaped for HTML."""
    return escape(visible(value, keep="\t"))


def change_sign(change: str) -> str:
    """The sign and the word of a change: color alone would not be accessible."""
    return (
        f'<span class="sign" aria-hidden="true">{SIGNS.get(change, "!")}</span> '
        f'<span class="word">{_WORDS.get(change, change)}</span>'
    )


def file_of(location: str) -> str:
    """The file of an origin that is a position in a file; empty for any other."""
    found = _PLACE.fullmatch(location)
    return found["file"] if found and not found["removed"] and not found["rest"] else ""


def path_html(path: str) -> str:
    """A path that breaks at its slashes and nowhere else, with its named items and its last segment emphasized."""
    segments = [f"/{segment}" for segment in path.removeprefix("/").split("/")]
    written = [f'<span class="{_segment(one, last=one is segments[-1])}">{text(one)}</span>' for one in segments]
    return "<wbr>".join(written)


def _segment(segment: str, *, last: bool) -> str:
    return "seg last" if last else "seg name" if segment.startswith("/[") else "seg"


def fields_html(fields: Iterable[FieldReport], view: ObjectView) -> str:
    """Every field that differs, one below the other."""
    return "".join(_field(field, view) for field in fields if not field.becomes)


def _field(field: FieldReport, view: ObjectView) -> str:
    path = " ▸ ".join([*field.inside, field.path])
    change = RENAMED if field.was else field.change
    return (
        f'<section class="field {change}" data-path="{text(path)}">\n<h3>{change_sign(change)} '
        f"<code>{_path(field, view)}</code></h3>\n{_body(field, view)}</section>\n"
    )


def _path(field: FieldReport, view: ObjectView) -> str:
    inside = "".join(f'<span class="inside">{path_html(one)} ▸</span> ' for one in field.inside)
    path = field.path
    if view.below and path.startswith(f"{view.below}/"):
        path = path[len(view.below) :]
        inside = ""
    return inside + path_html(path)


def _body(field: FieldReport, view: ObjectView) -> str:
    if field.was:
        return _renamed(field, view)
    if field.change == MOVED:
        moves = "".join(f"<li>{text(moved(move))}</li>" for move in field.moves)
        return f'<ul class="moves">{moves}</ul>\n'
    if field.change == FORMATTING:
        return '<p class="note">The document says the same in another text.</p>\n' + _hunks(field, view)
    if has_lines(field.left.value, field.right.value):
        return _hunks(field, view)
    return _values(field, view)


def _renamed(field: FieldReport, view: ObjectView) -> str:
    old, new = (_marked(parts) for parts in differing(item(field.was), item(field.path)))
    within = fields_html(field.within, view._replace(below=field.path))
    below = f'<div class="within">\n{within}</div>\n' if within else '<p class="note">Nothing else differs in it.</p>\n'
    cells = (
        _cell("old", view.labels[0], f"<pre><del>{old}</del></pre>", ""),
        _cell("new", view.labels[1], f"<pre><ins>{new}</ins></pre>", _place(field.right, 1, view)),
    )
    return f'<div class="sides">{cells[0]}{cells[1]}</div>\n{below}'


def _values(field: FieldReport, view: ObjectView) -> str:
    lines = (
        [] if field.change == ADDED else value_lines(field.left.value, field.right.value),
        [] if field.change == REMOVED else value_lines(field.right.value, field.left.value),
    )
    old, new = (_place(side, index, view) for index, side in enumerate((field.left, field.right)))
    if field.change == ADDED:
        gone = old if field.left.origin.startswith("removed") else ""
        return f'<div class="sides one">{_cell("new", view.labels[1], _block(lines[1], "ins"), gone + new)}</div>\n'
    if field.change == REMOVED:
        gone = new if field.right.origin.startswith("removed") else ""
        return f'<div class="sides one">{_cell("old", view.labels[0], _block(lines[0], "del"), old + gone)}</div>\n'
    if len(lines[0]) == len(lines[1]) == 1:
        parts = differing(lines[0][0], lines[1][0])
        blocks = f"<pre><del>{_marked(parts[0])}</del></pre>", f"<pre><ins>{_marked(parts[1])}</ins></pre>"
    else:
        blocks = _block(lines[0], "del"), _block(lines[1], "ins")
    cells = _cell("old", view.labels[0], blocks[0], old), _cell("new", view.labels[1], blocks[1], new)
    return f'<div class="sides">{cells[0]}{cells[1]}</div>\n'


def _cell(side: str, label: str, block: str, place: str) -> str:
    places = f'<div class="places">{place}</div>' if place else ""
    return f'<div class="side {side}"><span class="label">{text(label)}</span>{block}{places}</div>'


def _block(lines: Sequence[str], tag: str) -> str:
    written = f"<pre><{tag}>" + "\n".join(map(text, lines)) + f"</{tag}></pre>"
    if len(lines) <= _LONGEST:
        return written
    return f"<details><summary>{len(lines)} lines</summary>{written}</details>"


def body_html(lines: Sequence[str], tag: str) -> str:
    """A whole object."""
    side = "new" if tag == "ins" else "old"
    return f'<div class="field"><div class="side {side}">{_block(lines, tag)}</div></div>\n'


def _place(side: Side, index: int, view: ObjectView) -> str:
    """The origin of a value, in short and in full; the switch of the page selects one."""
    if not side.origin:
        return ""
    full = text(side.origin)
    found = _PLACE.fullmatch(side.origin)
    if not found:
        return f'<p class="place"><span class="origin">{full}</span></p>'
    here = file_of(side.origin)
    if here and here == view.files[index]:
        return f'<p class="place" title="{full}">line {found["line"]}</p>'
    removed = "removed by " if found["removed"] else ""
    short = f"{removed}{_short(found['file'])}:{found['line']}"
    return (
        f'<p class="place" title="{full}"><span class="short">{text(short)}</span>'
        f'<span {FULL}><span class="origin">{full}</span></span></p>'
    )


def _short(file: str) -> str:
    return file if file.count("/") < 3 else "…/" + "/".join(file.split("/")[-2:])


def _marked(parts: Parts) -> str:
    return "".join(f"<mark>{text(part)}</mark>" if differs else text(part) for part, differs in parts)


def _hunks(field: FieldReport, view: ObjectView) -> str:
    places = [_place(field.left, 0, view), _place(field.right, 1, view)]
    heads = "".join(
        _cell(side, label, "", place) for side, label, place in zip(("old", "new"), view.labels, places, strict=True)
    )
    rows = "".join(_hunk(hunk) for hunk in hunks(field.left.value, field.right.value))
    return f'<div class="sides heads">{heads}</div>\n<table class="lines">\n{_COLUMNS}{rows}</table>\n'


def _hunk(hunk: Hunk) -> str:
    rows = "".join(_row(left, right) for left, right in _pairs(hunk.lines))
    title = f'<tr class="hunk"><th colspan="4" scope="rowgroup">{text(hunk.title)}</th></tr>\n'
    return f"<tbody>\n{title}{rows}</tbody>\n"


def _pairs(lines: Iterable[HunkLine]) -> Iterator[tuple[HunkLine | None, HunkLine | None]]:
    for same, group in groupby(lines, key=lambda line: line.sign == SAME):
        run = list(group)
        if same:
            yield from ((line, line) for line in run)
            continue
        lefts, rights = ([line for line in run if line.sign == sign] for sign in (LEFT, RIGHT))
        for i, j in paired([line.text for line in lefts], [line.text for line in rights]):
            yield None if i is None else lefts[i], None if j is None else rights[j]


def _row(left: HunkLine | None, right: HunkLine | None) -> str:
    if left is right and left is not None:
        both = "".join(f'{_number(number)}<td class="t">{text(left.text)}</td>' for number in left.number)
        return f'<tr class="same">{both}</tr>\n'
    parts: tuple[Parts, Parts] = ((), ())
    if left and right:
        parts = differing(left.text, right.text)
    elif left or right:
        parts = (((left.text, False),) if left else (), ((right.text, False),) if right else ())
    cells = (
        f'{_number(left.number[0])}<td class="t old"><del>{_marked(parts[0])}</del></td>' if left else _NOTHING,
        f'{_number(right.number[1])}<td class="t new"><ins>{_marked(parts[1])}</ins></td>' if right else _NOTHING,
    )
    return f"<tr>{''.join(cells)}</tr>\n"


def _number(number: int) -> str:
    return f'<td class="n" data-n="{number}"></td>'


_COLUMNS = '<colgroup><col class="n"><col><col class="n"><col></colgroup>\n'
_NOTHING = '<td class="n none"></td><td class="t none"></td>'
