"""The report of an upgrade as GitHub Flavored Markdown, for a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.difference.markdown import LIMIT, document, escaped, inline
from manifestgen.difference.report import summary
from manifestgen.upgrades.causes import told
from manifestgen.upgrades.text import default, moved, places, rule_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.upgrades.causes import Cause
    from manifestgen.upgrades.findings import Findings


def to_markdown(found: Findings, *, limit: int = LIMIT) -> str:
    """The report; the difference of the bundles comes last, in folds.

    Args:
        found: the upgrade.
        limit: the maximum length in characters; parts of the difference that do not fit are left out and counted.
    """
    return document(list(_heads(found)), [found.difference] if found.difference else [], limit=limit)


def _heads(found: Findings) -> Iterator[str]:
    yield f"### Upgrade of {inline(found.profile)}: {escaped(', '.join(map(moved, found.moves)))}"
    if found.obstacles:
        yield f"**It cannot be rendered with these versions as it is:** {escaped(', '.join(found.obstacles))}"
    for text in found.attention:
        yield f"**Attention:** {escaped(text)}"
    yield from _section("No longer fits", _misfits(found))
    yield from _section("Cannot be rendered", (f"- {escaped(text)}" for text in found.problems))
    yield from _section("Held back by your own files", _held(found))
    yield from _section("Worth a look in your own files", _remarks(found))
    yield from _section("Parameter defaults", _defaults(found))
    yield from _section("Rules", _rules(found))
    yield from _section("Objects", _objects(found))
    yield from _section("Your own objects of the install", _manifest(found))
    yield from _section("Steps, in this order", _steps(found))
    yield from _section("Written", (f"- {inline(path)}" for path in found.written))
    if found.difference:
        yield from ("#### What changes", escaped(summary(found.difference)))
    elif not found:
        yield "Nothing changes."


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    if every:
        yield f"#### {title}"
        yield "\n".join(every)


def _causes(whys: Sequence[Cause]) -> Iterator[str]:
    yield from (f"  - {escaped(line)}" for line in told(whys))


def _misfits(found: Findings) -> Iterator[str]:
    for one in found.misfits:
        since = f"no longer fits from {one.since} on" if one.since else "does not fit the present versions either"
        yield f"- {inline(one.where)}: {escaped(one.what)}: {since}"
        yield f"  - {escaped(one.problem)}"
        yield from _causes(one.causes)
        if one.now:
            yield f"  - now at {inline(one.now)}"
        elif one.nearest:
            yield f"  - nearest: {', '.join(map(inline, one.nearest))}"
        if one.next_step:
            yield f"  - next: {escaped(one.next_step)}"


def _held(found: Findings) -> Iterator[str]:
    for one in found.held:
        before, after = one.before or "absent", one.after or "absent"
        yield f"- {inline(one.object)} {inline(one.path)}: {inline(before)} → {inline(after)} does not take effect"
        yield f"  - because of {inline(one.kept)}"
        yield from _causes(one.causes)


def _remarks(found: Findings) -> Iterator[str]:
    yield from (f"- {inline(one.where)}: {escaped(one.what)}: {escaped(one.because)}" for one in found.remarks)


def _defaults(found: Findings) -> Iterator[str]:
    for title, names in places(found):
        yield f"- {title}: {', '.join(map(inline, names))}"
    for one in found.defaults:
        if one.before and one.after:
            given = " (you give it a value)" if one.given else ""
            yield f"- {inline(one.name)}: {inline(default(one.before))} → {inline(default(one.after))}{given}"


def _rules(found: Findings) -> Iterator[str]:
    for one in found.rules:
        yield f"- **{rule_title(one)}** {inline(one.code)}: {escaped(one.text)}"
        if one.next_step and one.change != "stops":
            yield f"  - next: {escaped(one.next_step)}"


def _objects(found: Findings) -> Iterator[str]:
    for going in found.leaving:
        stays = f", which stays: {escaped(going.because)}" if going.because else ""
        yield f"- leaves: {inline(going.object)}{stays}"
        yield from _causes(going.causes)
    for coming in found.coming:
        yield f"- comes: {inline(coming.object)}"
        yield from _causes(coming.causes)
    for moving in found.moving:
        yield f"- moves: {inline(moving.object)}, component {moving.before or 'none'} → {moving.after or 'none'}"
    for stale in found.stale:
        images = f", with {', '.join(map(inline, stale.images))}" if stale.images else ""
        yield f"- stays as it is: {inline(stale.object)} ({escaped(stale.what)}{images}), in {inline(stale.where)}"


def _steps(found: Findings) -> Iterator[str]:
    for number, step in enumerate(found.steps, 1):
        yield f"{number}. {escaped(step.text)}"
        yield from (f"   - {inline(command)}" for command in step.commands)


def _manifest(found: Findings) -> Iterator[str]:
    if found.manifest is None:
        return
    if not found.manifest.known_by:
        yield "- what the present release published is not known: give it with `--old-manifest`"
    for path in found.manifest.edited:
        yield f"- {inline(path)} was edited, so it does not tell what was published"
    for one in found.manifest.objects:
        yield f"- {inline(one.object)}: {escaped(one.outcome)}"
        yield from (f"  - {escaped(text)}" for text in one.edits)
        for each in one.conflicts:
            sides = [f"published before {inline(each.old)}"] if each.old else []
            sides += [f"yours {inline(each.mine)}"] if each.mine else []
            sides += [f"published now {inline(each.new)}"] if each.new else ["no longer published"]
            yield f"  - **conflict** at {inline(each.path)}: {', '.join(sides)}"
            yield f"    - {', '.join(inline(place) for place in (each.mine_at, each.new_at) if place)}"
            yield f"    - next: {escaped(each.next_step)}"
        yield from (f"  - not known: {escaped(text)}" for text in one.open)
        if one.command or one.because:
            yield f"  - {inline(one.command) if one.command else escaped(one.because)}"
    yield from (f"- does not fit: {escaped(text)}" for text in found.manifest.misfits)
