"""Differences as one HTML page: it fetches nothing, runs no script, and follows the reader's light or dark mode."""

from __future__ import annotations

from html import escape
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Any

from manifestgen.difference.changes import ADDED, FORMATTING, MOVED, REMOVED
from manifestgen.difference.hunks import LEFT, RIGHT, SAME, HunkLine, has_lines, hunks
from manifestgen.difference.style import STYLE
from manifestgen.difference.text import SIGNS, from_place, moved, stands, value_lines
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.difference.report import FieldReport, FileReport, ObjectReport, Report, Side

_WORDS = {FORMATTING: "formatting only", MOVED: "order"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, summary: str, reports: Sequence[Report]) -> str:
    """The page.

    Args:
        title: its heading.
        summary: the line below that.
        reports: what differs; each gets a section, with a heading of its own where it has a title.
    """
    body = "".join(_section(number, found) for number, found in enumerate(reports))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#differences">Skip to the differences</a>\n'
        f"<header>\n<h1>{_text(title)}</h1>\n<p>{_text(summary)}</p>\n</header>\n"
        f"<main>\n{_contents(reports)}"
        f'<div id="differences" tabindex="-1">\n{body}</div>\n</main>\n</body>\n</html>\n'
    )


def _text(text: str) -> str:
    return escape(visible(text, keep="\t"))


def _contents(reports: Sequence[Report]) -> str:
    """The table of objects and files that differ, each with a link to its section."""
    rows = [row for number, found in enumerate(reports) for row in _rows(number, found)]
    if not rows:
        return '<p class="same">Nothing differs.</p>\n'
    return (
        '<table class="contents">\n<caption>What differs</caption>\n<thead><tr><th scope="col">Change</th>'
        f'<th scope="col">Object or file</th><th scope="col">Fields</th></tr></thead>\n<tbody>\n{"".join(rows)}'
        "</tbody>\n</table>\n"
    )


def _rows(number: int, found: Report) -> Iterator[str]:
    if found.title:
        yield f'<tr><th colspan="3" scope="rowgroup">{_text(found.title)}</th></tr>\n'
    for index, one in enumerate(found.objects):
        fields = str(len(one.fields) or "")
        yield _row(one.change, f"#o{number}-{index}", one.id, fields)
    for index, file in enumerate(found.files):
        yield _row(file.change, f"#f{number}-{index}", file.path, "")


def _row(change: str, link: str, name: str, fields: str) -> str:
    return (
        f'<tr class="{_class(change)}"><td>{_change(change)}</td><td><a href="{link}">{_text(name)}</a></td>'
        f"<td>{fields}</td></tr>\n"
    )


def _change(change: str) -> str:
    """The sign and the word of a change: color alone would not be accessible."""
    return f'<span class="sign" aria-hidden="true">{SIGNS.get(change, "!")}</span> {_WORDS.get(change, change)}'


def _class(change: str) -> str:
    return change if change in SIGNS else "file"


def _section(number: int, found: Report) -> str:
    objects = "".join(_object(f"o{number}-{index}", one, found.names) for index, one in enumerate(found.objects))
    files = "".join(_file(f"f{number}-{index}", file) for index, file in enumerate(found.files))
    heading = f"<h2>{_text(found.title)}</h2>\n" if found.title else ""
    return f"<section>\n{heading}{objects}{files}</section>\n"


def _file(anchor: str, file: FileReport) -> str:
    body = f"<pre>{_lines(file.detail)}</pre>\n" if file.detail else ""
    return (
        f'<details open id="{anchor}" class="file"><summary>{_change(file.change)} '
        f"<code>{_text(file.path)}</code></summary>\n{body}</details>\n"
    )


def _object(anchor: str, one: ObjectReport, names: tuple[str, str]) -> str:
    was = f"<p>was <code>{_text(one.was)}</code></p>\n" if one.was else ""
    location = "" if one.fields else _place(one.right or one.left)
    move = f"<p>it {_text(stands(one.move))}</p>\n" if one.move else ""
    body = f"<pre>{_lines(value_lines(one.body))}</pre>\n" if one.body else ""
    return (
        f'<details open id="{anchor}" class="{one.change}"><summary>{_change(one.change)} '
        f"<code>{_text(one.id)}</code></summary>\n{was}{location}{move}{body}{_fields(one.fields, names)}</details>\n"
    )


def _fields(fields: Iterable[FieldReport], names: tuple[str, str]) -> str:
    rows = "".join(row for field in fields for row in _field(field, names))
    if not rows:
        return ""
    heads = "".join(f'<th scope="col">{_text(name)}</th>' for name in names)
    return (
        f'<table class="fields">\n<thead><tr><th scope="col">Field</th>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n"
    )


def _field(field: FieldReport, names: tuple[str, str]) -> Iterator[str]:
    path = " ▸ ".join([*field.inside, field.path])
    head = f'<th scope="row">{_change(field.change)}<br><code>{_text(path)}</code></th>'
    if field.change == MOVED:
        moves = "<br>".join(_text(moved(move)) for move in field.moves)
        yield _tr(field.change, head, [("", f"<p>{moves}</p>")], 2)
    elif has_lines(field.left.value, field.right.value):
        cells = [(name, _place(side.origin)) for name, side in zip(names, (field.left, field.right), strict=True)]
        yield _tr(field.change, head, cells)
        for hunk in hunks(field.left.value, field.right.value):
            columns = [_column(hunk.lines, sign) for sign in (LEFT, RIGHT)]
            title = f'<th scope="row" class="hunk">{_text(hunk.title)}</th>'
            yield _tr(field.change, title, list(zip(names, columns, strict=True)))
    else:
        left = "" if field.change == ADDED else _value(field.left, field.right, "del")
        right = "" if field.change == REMOVED else _value(field.right, field.left, "ins")
        cells = [(names[0], left + _place(field.left.origin)), (names[1], right + _place(field.right.origin))]
        yield _tr(field.change, head, cells)


def _tr(change: str, head: str, cells: Sequence[tuple[str, str]], span: int = 1) -> str:
    spans = f' colspan="{span}"' if span > 1 else ""
    written = "".join(f'<td{spans} data-side="{_text(name)}">{cell}</td>' for name, cell in cells)
    return f'<tr class="{change}">{head}{written}</tr>\n'


def _place(origin: str) -> str:
    return f'<p class="place">{_text(from_place(origin))}</p>\n' if origin else ""


def _value(side: Side, other: Side, tag: str) -> str:
    return f"<pre><{tag}>{_lines(value_lines(side.value, other.value))}</{tag}></pre>"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(_text(line) for line in lines)


def _column(lines: Iterable[HunkLine], sign: str) -> str:
    """One side of a hunk, padded with blank lines where the other side has more lines."""
    rows: list[str] = []
    for same, group in groupby(lines, key=lambda line: line.sign == SAME):
        run = list(group)
        if same:
            rows += [_text(line.text) for line in run]
            continue
        tag = "del" if sign == LEFT else "ins"
        mine = [line.text for line in run if line.sign == sign]
        theirs = [line.text for line in run if line.sign != sign]
        rows += [f"<{tag}>{_text(text)}</{tag}>" if text is not None else "" for text, _ in _padded(mine, theirs)]
    return "<pre>" + "\n".join(rows) + "</pre>"


def _padded(mine: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    return zip_longest(mine, theirs)
