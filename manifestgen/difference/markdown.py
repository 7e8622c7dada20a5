"""A difference as GitHub Flavored Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from manifestgen.difference.changes import ADDED, CHANGED, MISSING, MOVED, REMOVED
from manifestgen.difference.hunks import LEFT, RIGHT, has_lines, hunks
from manifestgen.difference.report import summary
from manifestgen.difference.text import SIGNS, from_place, moved, stands, told, value_lines
from manifestgen.errors import counted, visible
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.difference.report import FieldReport, FileReport, ObjectReport, Report

LIMIT = 65_536
"""The maximum length of a comment on GitHub, in characters."""
_RESERVED = 400
"""Room for the line about what was left out."""


class _MarkdownFold(Record):
    """A fold about one object, several objects, or a file; cut or left out if it does not fit.

    Attributes:
        head: the summary of the fold, as HTML.
        lines: the body, as a block of the language `diff`.
        what: the word to count it as.
        about: how many of them it stands for.
    """

    head: str
    lines: tuple[str, ...]
    what: str
    about: int = 1


def to_markdown(found: Report, *, limit: int = LIMIT) -> str:
    """The report as Markdown; empty if nothing differs.

    Everything from objects and files is shown as code, so it cannot become markup, a link or a mention.

    Args:
        found: the report.
        limit: the maximum length, in characters; what does not fit is left out and counted at the end.
    """
    if not found:
        return ""
    old, new = (inline(name) for name in found.names)
    return document([f"### {old} → {new}", escaped(summary(found))], [found], limit=limit)


def document(heads: Sequence[str], reports: Sequence[Report], *, limit: int = LIMIT) -> str:
    """A document of paragraphs and reports, each report with its title if it has one.

    Args:
        heads: paragraphs of Markdown.
        reports: the differences.
        limit: the maximum length, in characters.
    """
    written = "\n\n".join(heads) + "\n"
    dropped: dict[str, int] = {}
    for found in reports:
        title = f"\n#### {inline(found.title)}\n" if found.title else ""
        for part in _parts(found):
            block = "" if dropped else _block(part, limit - _RESERVED - len(written) - len(title))
            if not block:
                dropped[part.what] = dropped.get(part.what, 0) + part.about
            else:
                written += title + block
                title = ""
    if dropped:
        counts = " and ".join(counted(count, what) for what, count in dropped.items())
        written += f"\n**Left out, because a comment holds {limit:,} characters: {counts}.**\n"
    return written


def _parts(found: Report) -> Iterator[_MarkdownFold]:
    for one in found.objects:
        if not (one.is_version_only or one.is_move_only):
            yield _MarkdownFold(_head(one), tuple(_object(one)), "object")
    for change, title, chosen in (
        (CHANGED, "API version only", [one for one in found.objects if one.is_version_only]),
        (MOVED, "order only", [one for one in found.objects if one.is_move_only]),
    ):
        if chosen:
            lines = tuple(line for one in chosen for line in _brief(one))
            head = f"{SIGNS[change]} {title}: {counted(len(chosen), 'object')}"
            yield _MarkdownFold(head=head, lines=lines, what="object", about=len(chosen))
    for file in found.files:
        yield _MarkdownFold(f"! {file.change} <code>{_html(file.path)}</code>", _lines(file), "file")


def _head(one: ObjectReport) -> str:
    count = len(tuple(one.told))
    fields = f": {counted(count, 'field')}" if count else ""
    was = f" (was <code>{_html(one.former_name)}</code>)" if one.former_name else ""
    return f"{SIGNS[one.change]} {one.change} <code>{_html(one.id)}</code>{was}{fields}"


def _object(one: ObjectReport) -> Iterator[str]:
    place = one.right or one.left
    if place and not one.fields:
        yield f"# {from_place(place)}"
    if one.move:
        yield f"! it {stands(one.move)}"
    yield from (f"# {note}" for note in one.notes)
    if one.body:
        sign = "-" if one.change == REMOVED else "+"
        yield from (f"{sign} {line}" for line in value_lines(one.body))
    elif one.change in {ADDED, MISSING}:
        yield f"+ {one.id}"
    for field in one.told:
        yield from _field(field)
        yield from (f"# {note}" for note in field.notes)


def _field(field: FieldReport) -> Iterator[str]:
    yield f"@@ {told(field)} @@"
    if field.was:
        if not field.within:
            yield "  nothing else differs in it"
    elif field.change == MOVED:
        yield from (f"! {moved(move)}" for move in field.moves)
    elif has_lines(field.left.value, field.right.value):
        for hunk in hunks(field.left.value, field.right.value):
            yield f"# {hunk.title}"
            yield from (f"{line.sign if line.sign in {LEFT, RIGHT} else ' '} {line.text}" for line in hunk.lines)
    else:
        if field.change != ADDED:
            yield from (f"- {line}" for line in value_lines(field.left.value, field.right.value))
        if field.change != REMOVED:
            yield from (f"+ {line}" for line in value_lines(field.right.value, field.left.value))


def _brief(one: ObjectReport) -> Iterator[str]:
    if one.move:
        yield f"! {one.id} {stands(one.move)}"
    else:
        field = one.fields[0]
        yield f"! {one.id}: {field.path} was {field.left.value}"


def _lines(file: FileReport) -> tuple[str, ...]:
    return tuple(f"! {line}" if line[:1] not in "+-@ " else line for line in file.detail)


def _block(part: _MarkdownFold, room: int) -> str:
    """A fold with as many of its lines as fit; empty if none do."""
    lines = [visible(line, keep="\t") for line in part.lines]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    whole = _fold(part.head, fence, lines)
    if len(whole) <= room:
        return whole
    cut = "# … 000,000 more lines"
    left = room - len(_fold(part.head, fence, [cut]))
    kept = 0
    while kept < len(lines) and left >= len(lines[kept]) + 1:
        left -= len(lines[kept]) + 1
        kept += 1
    if not kept:
        return ""
    return _fold(part.head, fence, [*lines[:kept], f"# … {len(lines) - kept:,} more lines"])


def _fold(head: str, fence: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    code = f"\n{fence}diff\n{body}\n{fence}\n" if body else ""
    return f"\n<details><summary>{head}</summary>\n{code}\n</details>\n"


def inline(text: str) -> str:
    """A text as a code span."""
    shown = visible(text).replace("\n", " ")
    ticks = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if shown[:1] == "`" or shown[-1:] == "`" else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def escaped(text: str) -> str:
    r"""A text, escaped for Markdown; an `@` does not become a mention."""
    return re.sub(r"([\\`*_{}\[\]<>#|~@!&])", r"\\\1", visible(text).replace("\n", " ")).replace("\\@", "@\u200b")


def _html(text: str) -> str:
    return escape(visible(text).replace("\n", " "))
