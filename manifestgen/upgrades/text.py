"""The report of an upgrade as text for people."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from manifestgen.difference.report import summary
from manifestgen.difference.text import report_lines, to_lines
from manifestgen.upgrades.causes import told
from manifestgen.upgrades.judging import STARTS, STAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from manifestgen.upgrades.findings import Findings, ProductMove
    from manifestgen.upgrades.judging import RuleChange
    from manifestgen.upgrades.manifest import ObjectUpgrade

    Line = tuple[str, str]


def to_text(found: Findings, *, color: bool = False) -> str:
    """The text of a report.

    Args:
        found: the upgrade.
        color: whether to use a terminal's escape codes.
    """
    return to_lines(_lines(found), color=color)


def _lines(found: Findings) -> Iterator[Line]:
    yield "#", f"{found.profile}: {', '.join(map(moved, found.moves))}"
    if found.obstacles:
        yield "-", f"! it cannot be rendered with these versions as it is: {', '.join(found.obstacles)}"
    yield from (("!", f"! {text}") for text in found.attention)
    yield from _section("no longer fits", _misfits(found))
    yield from _section("cannot be rendered", (("-", f"  {text}") for text in _indented(found.problems)))
    yield from _section("held back by your own files", _held(found))
    yield from _section("worth a look in your own files", _remarks(found))
    yield from _section("parameter defaults", _defaults(found))
    yield from _section("rules", chain.from_iterable(map(_rule, found.rules)))
    yield from _section("objects", _objects(found))
    yield from _section("your own objects of the install", _manifest(found))
    yield from _section("what changes", _difference(found))
    yield from _section("steps, in this order", _steps(found))
    yield from _section("written", (("", f"  {path}") for path in found.written))
    if not found:
        yield "", "nothing changes"


def moved(one: ProductMove) -> str:
    """A product and its versions: `Calico 3.27.5 → 3.32.1`."""
    before, after = one.before or "as published", one.after or "as published"
    return f"{one.product} {before} → {after}" if one.changes else f"{one.product} {after}"


def _section(title: str, lines: Iterable[Line]) -> Iterator[Line]:
    every = list(lines)
    if every:
        yield "", ""
        yield "#", f"{title}:"
        yield from every


def _indented(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from text.splitlines()


def _misfits(found: Findings) -> Iterator[Line]:
    for one in found.misfits:
        yield "-", f"  {one.where}: {one.what}"
        stops = f"no longer fits from {one.since} on" if one.since else "does not fit the present versions either"
        yield "", f"    {stops}: {one.problem}"
        yield from (("", f"    {line}") for line in told(one.causes))
        if one.now:
            yield "", f"    now at: {one.now}"
        elif one.nearest:
            yield "", f"    nearest: {', '.join(one.nearest)}"
        if one.next_step:
            yield "", f"    next: {one.next_step}"


def _held(found: Findings) -> Iterator[Line]:
    for one in found.held:
        yield (
            "~",
            f"  {one.object} {one.path}: {one.before or 'absent'} → {one.after or 'absent'} does not take effect",
        )
        yield "", f"    because of {one.kept}"
        yield from (("", f"    {line}") for line in told(one.causes))


def _remarks(found: Findings) -> Iterator[Line]:
    for one in found.remarks:
        yield "~", f"  {one.where}: {one.what}"
        yield "", f"    {one.because}"


def _defaults(found: Findings) -> Iterator[Line]:
    for title, names in places(found):
        yield "~", f"  {title}: {', '.join(names)}"
    for one in found.defaults:
        if one.before and one.after:
            given = " (you give it a value)" if one.given else ""
            yield "~", f"  {one.name}: {default(one.before)} → {default(one.after)}{given}"


def places(found: Findings) -> Iterator[tuple[str, list[str]]]:
    """The parameters that gain or lose their place, each group with a title."""
    groups = {
        "can be set now": [one.name for one in found.defaults if not one.before],
        "can no longer be set": [one.name for one in found.defaults if not one.after],
    }
    yield from ((title, names) for title, names in groups.items() if names)


def default(value: str) -> str:
    """A default in words."""
    return "nothing" if value == "null" else value


def _rule(one: RuleChange) -> Iterator[Line]:
    sign = "+" if one.change == STARTS else "!" if one.change == STAYS else "-"
    yield sign, f"  {rule_title(one)}: {one.text} ({one.code})"
    if one.next_step and one.change != "stops":
        yield "", f"    next: {one.next_step}"


_ENDED = {"refused": "no longer refused", "warning": "warning gone", "note": "note gone"}


def rule_title(one: RuleChange) -> str:
    """The change of a rule, in a few words."""
    if one.change == STARTS:
        return f"new {one.severity}" if one.severity != "refused" else "refused from now on"
    return "still refused" if one.change == STAYS else _ENDED[one.severity]


def _objects(found: Findings) -> Iterator[Line]:
    for going in found.leaving:
        yield "-", f"  - {going.object}" + (f", which stays: {going.because}" if going.because else "")
        yield from (("", f"      {line}") for line in told(going.causes))
    for coming in found.coming:
        yield "+", f"  + {coming.object}"
        yield from (("", f"      {line}") for line in told(coming.causes))
    for moving in found.moving:
        yield "~", f"  ~ {moving.object}: component {moving.before or 'none'} → {moving.after or 'none'}"
    for stale in found.stale:
        images = f", with {', '.join(stale.images)}" if stale.images else ""
        yield "!", f"  ! {stale.object} stays as it is ({stale.what}{images}): {stale.where}"


def _manifest(found: Findings) -> Iterator[Line]:
    if found.manifest is None:
        return
    if not found.manifest.known_by:
        yield "!", "  ! what the present release published is not known: give it with --old-manifest"
    for path in found.manifest.edited:
        yield "!", f"  ! {path} was edited, so it does not tell what was published"
    groups: dict[str, list[str]] = {}
    for one in found.manifest.objects:
        if one.conflicts or one.edits or one.open or one.command or one.because:
            yield from _own_object(one)
        else:
            groups.setdefault(one.outcome, []).append(one.object)
    for outcome, names in groups.items():
        sign = SIGNS_OF_OUTCOMES[outcome]
        if len(names) <= _ON_A_LINE:
            yield sign, f"  {outcome}: {', '.join(names)}"
        else:
            yield sign, f"  {outcome}, {len(names)} objects:"
            yield from ((sign, f"    {name}") for name in names)
    yield from (("-", f"  does not fit: {text}") for text in found.manifest.misfits)


_ON_A_LINE = 3
"""So many objects without more to say are on one line."""

SIGNS_OF_OUTCOMES = {"the same": "", "as published": "~", "with your edits": "~", "new": "+", "gone": "-"}
SIGNS_OF_OUTCOMES |= {"stays": "!", "left out": ""}


def _own_object(one: ObjectUpgrade) -> Iterator[Line]:
    yield SIGNS_OF_OUTCOMES[one.outcome], f"  {one.object}: {one.outcome}"
    yield from (("~", f"    {text}") for text in one.edits)
    for conflict in one.conflicts:
        sides = [f"published before {conflict.old}"] if conflict.old else []
        sides += [f"yours {conflict.mine}"] if conflict.mine else []
        sides += [f"published now {conflict.new}"] if conflict.new else ["no longer published"]
        yield "!", f"    ! conflict at {conflict.path}: {', '.join(sides)}"
        places = [text for text in (conflict.mine_at, conflict.new_at) if text]
        yield "", f"      at {' and '.join(places)}"
        yield "", f"      next: {conflict.next_step}"
    yield from (("!", f"    ? {text}") for text in one.open)
    if one.command:
        yield "", f"    delete it: {one.command}"
    if one.because:
        yield "", f"    it stays in the cluster: {one.because}"


def _difference(found: Findings) -> Iterator[Line]:
    if found.difference:
        yield from ((sign, f"  {text}") for sign, text in report_lines(found.difference))
        yield "", f"  {summary(found.difference)}"


def _steps(found: Findings) -> Iterator[Line]:
    for number, step in enumerate(found.steps, 1):
        yield "", f"  {number}. {step.text}"
        yield from (("", f"       {command}") for command in step.commands)
