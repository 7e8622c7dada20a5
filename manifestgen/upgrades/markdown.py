"""The report of an upgrade as Markdown, for a pull request."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from manifestgen.difference.report import summary
from manifestgen.difference.text import field_lines, value_lines
from manifestgen.errors import visible
from manifestgen.upgrades.text import rule_title, unplaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.difference.report import FieldReport, ObjectReport
    from manifestgen.upgrades.causes import Cause
    from manifestgen.upgrades.findings import Findings

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def to_markdown(found: Findings) -> str:
    """The report as Markdown, in GitHub's flavour."""
    return visible("\n".join(_lines(found)) + "\n", keep="\n")


def _lines(found: Findings) -> Iterator[str]:
    yield f"# Upgrade of {_code(found.profile)}"
    yield ""
    yield "| product | from | to |"
    yield "|---|---|---|"
    for one in found.moves:
        yield f"| {one.product} | {one.before or 'as published'} | {one.after or 'as published'} |"
    if found.attention:
        yield ""
        yield from (f"> **Attention:** {_text(text)}" for text in found.attention)
    yield from _section("Does not fit any more", _misfits(found))
    yield from _section("Cannot be rendered", (f"- {_text(text)}" for text in found.problems))
    yield from _section("Kept as it was by your own files", _held(found))
    yield from _section("Has no effect any more", _idle(found))
    yield from _section("Defaults of parameters", _defaults(found))
    yield from _section("Rules", _rules(found))
    yield from _section("Objects", _objects(found))
    yield from _section("What changes", _difference(found))
    yield from _section("Steps, in this order", _steps(found))
    yield from _section("Written", (f"- {_code(path)}" for path in found.written))
    if not found:
        yield from ("", "Nothing changes.")


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    if every:
        yield from ("", f"## {title}", "", *every)


def _text(text: str) -> str:
    """A text that means itself, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """A text as code, whatever quotes it holds."""
    line = " ".join(text.split())
    if "`" not in line:
        return f"`{line}`"
    fence = "`" * (max(map(len, re.findall("`+", line))) + 1)
    return f"{fence} {line} {fence}"


def _causes(whys: Sequence[Cause], indent: str = "  ") -> Iterator[str]:
    for why in whys:
        reason = why.reason or ("your own patch ends or begins to apply" if why.own else "")
        parts = [f"**{_text(why.step)}**", *([_text(reason)] if reason else [])]
        place = f" ({_code(why.place)})" if why.place else ""
        yield f"{indent}- {': '.join(parts)}{place}"


def _misfits(found: Findings) -> Iterator[str]:
    for one in found.misfits:
        since = f"no longer fits from {one.since} on" if one.since else "does not fit the present versions either"
        yield f"- {_code(one.where)}: {_text(one.what)}: {since}"
        yield f"  - {_text(one.problem)}"
        yield from _causes(one.causes)
        if one.now:
            yield f"  - now at {_code(one.now)}"
        elif one.nearest:
            yield f"  - nearest: {', '.join(map(_code, one.nearest))}"
        if one.next_step:
            yield f"  - next: {_text(one.next_step)}"


def _held(found: Findings) -> Iterator[str]:
    for one in found.held:
        before, after = one.before or "absent", one.after or "absent"
        yield f"- {_code(one.object)} {_code(one.path)}: {_code(before)} → {_code(after)} does not take effect"
        yield f"  - because of {_code(one.kept)}"
        yield from _causes(one.causes)


def _idle(found: Findings) -> Iterator[str]:
    yield from (f"- {_code(one.where)}: {_text(one.what)}: {_text(one.because)}" for one in found.idle)


def _defaults(found: Findings) -> Iterator[str]:
    for one in found.defaults:
        before, after = (_code(value) if value else "none" for value in (one.before, one.after))
        yield f"- {_code(one.name)}: {before} → {after}{' (you give it a value)' if one.given else ''}"


def _rules(found: Findings) -> Iterator[str]:
    for one in found.rules:
        yield f"- **{rule_title(one)}** {_code(one.code)}: {_text(one.text)}"
        if one.next_step and one.change != "stops":
            yield f"  - next: {_text(one.next_step)}"


def _objects(found: Findings) -> Iterator[str]:
    for going in found.leaving:
        stays = f", which stays: {_text(going.because)}" if going.because else ""
        yield f"- leaves: {_code(going.object)}{stays}"
        yield from _causes(going.causes)
    for coming in found.coming:
        yield f"- comes: {_code(coming.object)}"
        yield from _causes(coming.causes)
    for moving in found.moving:
        yield f"- moves: {_code(moving.object)}, component {moving.before or 'none'} → {moving.after or 'none'}"
    for stale in found.stale:
        images = f", runs {', '.join(map(_code, stale.images))}" if stale.images else ""
        yield f"- stays as it is: {_code(stale.object)} ({_text(stale.what)}{images}), in {_code(stale.where)}"


def _difference(found: Findings) -> Iterator[str]:
    if not found.difference:
        return
    yield _text(summary(found.difference))
    for one, whys in zip(found.difference.objects, found.causes, strict=True):
        yield ""
        yield f"### {_text(one.change)} {_code(one.id)}"
        yield ""
        if one.was:
            yield f"was {_code(one.was)}"
        yield from _causes(whys[0], "")
        for field, why in zip(one.fields, whys[1:], strict=True):
            yield f"- {field.change}: {_code(' ▸ '.join([*field.inside, field.path]))}"
            yield from _causes(why)
        yield from _details(one)


def _details(one: ObjectReport) -> Iterator[str]:
    """The values, behind a line that opens them."""
    lines = list(chain.from_iterable(_field(field) for field in one.fields))
    if one.body is not None:
        lines = value_lines(one.body)
    if lines:
        fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
        yield from ("", "<details><summary>values</summary>", "", f"{fence}diff", *lines, fence, "", "</details>")


def _field(field: FieldReport) -> Iterator[str]:
    """The lines of a field, as GitHub colours a difference: signs in the first column."""
    head, *lines = field_lines(unplaced(field))
    yield f"@@ {head[1].strip()[2:]} @@"
    for sign, text in lines:
        yield text.removeprefix("      ") if sign in {"+", "-"} else f"  {text}"


def _steps(found: Findings) -> Iterator[str]:
    for number, step in enumerate(found.steps, 1):
        yield f"{number}. {_text(step.text)}"
        if step.commands:
            yield from ("", "   ```sh", *(f"   {command}" for command in step.commands), "   ```", "")
