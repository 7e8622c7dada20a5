"""Differences as one self-contained HTML page without scripts, in the reader's color scheme."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.difference.changes import CHANGED, MOVED, REMOVED
from manifestgen.difference.html_fields import (
    FULL,
    ObjectView,
    body_html,
    change_sign,
    fields_html,
    file_of,
    text,
)
from manifestgen.difference.style import STYLE
from manifestgen.difference.text import SIGNS, from_place, stands, value_lines
from manifestgen.errors import counted
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.difference.report import FileReport, ObjectReport, Report

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
OLD, NEW = "Old", "New"
_SWITCH = (
    '<p class="switch"><label><input type="checkbox" id="origins"> Show the full origin of each value</label></p>\n'
)


class PageHeading(Record):
    """The head of the page.

    Attributes:
        title: the title of the page.
        summary: how much differs, in one line.
        names: the names of the two sides.
        labels: the roles of the two sides, such as `Old` and `New`.
        changed: when each side was last changed; empty if unknown.
        date: when the sides were compared; empty if unknown.
        command: the command that made the page; empty if there was none.
        problems: what could not be compared, and why.
    """

    title: str
    summary: str
    names: tuple[str, str]
    labels: tuple[str, str] = (OLD, NEW)
    changed: tuple[str, str] = ("", "")
    date: str = ""
    command: str = ""
    problems: tuple[str, ...] = ()


class _ContentsEntry(Record):
    """A line of the table of contents, and the article that it links to."""

    anchor: str
    change: str
    name: str
    body: str
    size: str = ""


def page(heading: PageHeading, reports: Sequence[Report]) -> str:
    """The page.

    Args:
        heading: the head of the page.
        reports: what differs; each gets a section, with a heading of its own where it has a title.
    """
    entries = [list(_entries(number, found, heading)) for number, found in enumerate(reports)]
    steps = _steps([entry.anchor for found in entries for entry in found])
    body = "".join(_section(found, entry_list, steps) for found, entry_list in zip(reports, entries, strict=True))
    header = _header(heading, has_origins=FULL in body)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(heading.title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#differences">Skip to the differences</a>\n'
        f"{header}"
        f'<div class="page">\n{_contents(reports, entries)}'
        f'<main id="differences" tabindex="-1">\n{body}</main>\n</div>\n</body>\n</html>\n'
    )


def _header(heading: PageHeading, *, has_origins: bool) -> str:
    facts = [
        (f'<span class="sign {side}" aria-hidden="true">{sign}</span> {text(label)}', _side(name, changed))
        for side, sign, label, name, changed in zip(
            ("old", "new"), "−+", heading.labels, heading.names, heading.changed, strict=True
        )
    ]
    if heading.date:
        facts.append(("Compared", text(heading.date)))
    if heading.command:
        facts.append(("Command", f"<code>{text(heading.command)}</code>"))
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in facts)
    below = "".join(f"<li>{text(one)}</li>" for one in heading.problems)
    below = f'<ul class="problems">{below}</ul>\n' if below else ""
    if has_origins:
        below += _SWITCH
    return (
        f'<header>\n<h1>{text(heading.title)}</h1>\n<dl class="about">\n{rows}</dl>\n'
        f'<p class="summary">{text(heading.summary)}</p>\n'
        f"{below}</header>\n"
    )


def _side(name: str, changed: str) -> str:
    return f"<code>{text(name)}</code>" + (
        f' <span class="soft">last changed {text(changed)}</span>' if changed else ""
    )


def _contents(reports: Sequence[Report], entries: Sequence[Sequence[_ContentsEntry]]) -> str:
    """The table of contents: a link to each object and file that differs."""
    if not any(entries):
        return '<p class="same">Nothing differs.</p>\n'
    lists = "".join(
        (f"<h3>{text(found.title)}</h3>\n" if found.title else "") + f"<ul>\n{''.join(map(_line, rows))}</ul>\n"
        for found, rows in zip(reports, entries, strict=True)
        if rows
    )
    return f'<nav class="contents" aria-label="What differs">\n<h2>What differs</h2>\n{lists}</nav>\n'


def _line(entry: _ContentsEntry) -> str:
    count = f' <span class="count" title="{text(entry.size)}">{entry.size.split(" ")[0]}</span>'
    return (
        f'<li class="{_class(entry.change)}"><a href="#{entry.anchor}">'
        f'<span class="sign" aria-hidden="true">{SIGNS.get(entry.change, "!")}</span>'
        f'<span class="named">{_short_name(entry.name)}<span class="hidden"> {text(entry.change)}</span></span></a>'
        f"{count if entry.size else ''}</li>\n"
    )


def _short_name(name: str) -> str:
    """The kind of an object, such as `DaemonSet`, and its name; anything else unchanged."""
    kind, space, rest = name.partition(" ")
    if not space or "/" not in kind:
        return _breakable(name)
    return f'<span class="kind">{text(kind.rpartition("/")[2])}</span> {_breakable(rest)}'


def _breakable(name: str) -> str:
    """A name that breaks at its slashes and spaces only, not at its hyphens."""
    parts = [part for part in re.findall(r"[^/ ]*[/ ]?", name) if part]
    return "<wbr>".join(map(_unbroken, parts))


def _unbroken(part: str) -> str:
    space = " " if part.endswith(" ") else ""
    return f'<span class="plain">{text(part.removesuffix(" "))}</span>{space}'


def _entries(number: int, found: Report, heading: PageHeading) -> Iterator[_ContentsEntry]:
    labels = ("Cluster", "Bundle") if found.live else heading.labels
    for index, one in enumerate(found.objects):
        if not (one.is_version_only or one.is_move_only):
            fields = len(tuple(one.told))
            count = counted(fields, "field") if fields else ""
            yield _ContentsEntry(
                anchor=f"o{number}-{index}", change=one.change, name=one.id, size=count, body=_object(one, labels)
            )
    versions = [one for one in found.objects if one.is_version_only]
    if versions:
        name = f"API version only: {counted(len(versions), 'object')}"
        body = _fold(name, CHANGED, map(_version, versions), opened=len(versions) == len(found.objects))
        yield _ContentsEntry(anchor=f"v{number}", change=CHANGED, name=name, body=body)
    moves = [one for one in found.objects if one.is_move_only]
    if moves:
        name = f"order only: {counted(len(moves), 'object')}"
        body = _fold(name, MOVED, map(_move, moves), opened=len(moves) == len(found.objects))
        yield _ContentsEntry(anchor=f"m{number}", change=MOVED, name=name, body=body)
    for index, file in enumerate(found.files):
        yield _ContentsEntry(anchor=f"f{number}-{index}", change=file.change, name=file.path, body=_file(file))


def _class(change: str) -> str:
    return change if change in SIGNS else "file"


def _section(found: Report, entries: Sequence[_ContentsEntry], steps: Mapping[str, str]) -> str:
    heading = f"<h2>{text(found.title)}</h2>\n" if found.title else ""
    shown = "".join(
        f'<article id="{entry.anchor}" class="{_class(entry.change)}">\n{entry.body}{steps[entry.anchor]}</article>\n'
        for entry in entries
    )
    return f"<section>\n{heading}{shown}</section>\n"


def _steps(anchors: Sequence[str]) -> dict[str, str]:
    """The links of each article to the previous and the next one, by anchor."""
    return {
        anchor: f'<p class="steps">{_step("↑", "previous", before)}{_step("↓", "next", after)}</p>\n'
        for before, anchor, after in zip(["", *anchors], anchors, [*anchors[1:], ""], strict=False)
    }


def _step(arrow: str, word: str, anchor: str) -> str:
    return f'<a href="#{anchor}" aria-label="{word}" title="{word}">{arrow}</a>' if anchor else ""


def _file(file: FileReport) -> str:
    body = "\n".join(map(text, file.detail))
    body = f'<pre class="detail">{body}</pre>\n' if body else ""
    return (
        f"<details open><summary>{change_sign(file.change)} <code>{_breakable(file.path)}</code></summary>\n"
        f"{body}</details>\n"
    )


def _fold(name: str, change: str, lines: Iterator[str], *, opened: bool) -> str:
    """A fold of objects with minor differences, open only if there is nothing else."""
    rows = "".join(f"<li>{line}</li>\n" for line in lines)
    sign = f'<span class="sign" aria-hidden="true">{SIGNS[change]}</span>'
    return (
        f"<details{' open' if opened else ''}><summary>{sign} {text(name)}</summary>\n"
        f'<ul class="fold">\n{rows}</ul></details>\n'
    )


def _version(one: ObjectReport) -> str:
    old, new = one.fields[0].left.value, one.fields[0].right.value
    return (
        f'{_name(one)} <span data-path="/apiVersion"><del>{text(str(old))}</del> → <ins>{text(str(new))}</ins></span>'
    )


def _move(one: ObjectReport) -> str:
    return f"{_name(one)} {text(stands(one.move)) if one.move else ''}"


def _name(one: ObjectReport) -> str:
    return f'<code data-object="{text(one.id)}">{_breakable(one.id)}</code>'


def _object(one: ObjectReport, labels: tuple[str, str]) -> str:
    was = f'<p class="note">was <code>{_breakable(one.former_name)}</code></p>\n' if one.former_name else ""
    move = f'<p class="note">it {text(stands(one.move))}</p>\n' if one.move else ""
    tag = "del" if one.change == REMOVED else "ins"
    body = body_html(value_lines(one.body), tag) if one.body else ""
    files = (file_of(one.left), file_of(one.right))
    view = ObjectView(labels, files)
    count = len(tuple(one.told))
    fields = f' <span class="soft">{counted(count, "field")}</span>' if count else ""
    return (
        f"<details open><summary>{change_sign(one.change)} {_name(one)}{fields}</summary>\n"
        f"{_origin(one, labels)}{was}{move}{body}{fields_html(one.fields, view)}</details>\n"
    )


def _origin(one: ObjectReport, labels: tuple[str, str]) -> str:
    """The files of an object, or its origin."""
    if one.fields:
        files = [(label, file_of(place)) for label, place in zip(labels, (one.left, one.right), strict=True)]
        said = [f"{text(label)} <code>{_breakable(file)}</code>" for label, file in files if file]
    else:
        place = one.right or one.left
        said = [text(from_place(place))] if place else []
    return f'<p class="origins">{"".join(f"<span>{part}</span>" for part in said)}</p>\n' if said else ""
