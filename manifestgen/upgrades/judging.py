"""The rules that start or stop applying, and the steps in a safe order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.placeholders import filled
from manifestgen.compose.compatibility import findings, untested
from manifestgen.compose.policy_notes import policy_notes
from manifestgen.compose.skew import safe_order, skew
from manifestgen.compose.target import unknown
from manifestgen.model.frozen import frozen
from manifestgen.patch.select import fits
from manifestgen.upgrades.objects import upgrade_data

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from manifestgen.compose.finding import Finding
    from manifestgen.upgrades.objects import Leaving
    from manifestgen.upgrades.stages import Stage

STARTS, STOPS, STAYS = "starts", "stops", "stays"
REFUSED, WARNING, NOTE = "refused", "warning", "note"


@frozen
class RuleChange:
    """A rule about a combination, and whether it applies before and after.

    Attributes:
        change: `starts`, `stops` or, if it refuses at both ends, `stays`.
        code: the code of the rule.
        severity: `refused`, `warning` or `note`.
        text: what is wrong and why.
        next_step: what to do; can be empty.
    """

    change: str
    code: str
    severity: str
    text: str
    next_step: str = ""


@frozen
class OrderStep:
    """One step.

    Attributes:
        text: what to do.
        commands: its commands, in order.
    """

    text: str
    commands: tuple[str, ...] = ()


def rule_changes(start: Stage, target: Stage, allowed: Collection[str]) -> tuple[RuleChange, ...]:
    """The rules that start applying, those that refuse at both ends, then those that stop applying.

    Args:
        start: the present end.
        target: the new end.
        allowed: codes of rules that only warn.
    """
    before, after = (_holding(stage, allowed) for stage in (start, target))
    starts = [one for key, one in after.items() if key not in before]
    stays = [_as(one, STAYS) for key, one in after.items() if key in before and one.severity == REFUSED]
    stops = [_as(one, STOPS) for key, one in before.items() if key not in after]
    return (*starts, *stays, *stops)


def _holding(stage: Stage, allowed: Collection[str]) -> dict[tuple[str, bool], RuleChange]:
    context, components = stage.context, stage.components
    found: list[Finding] = [*findings(context, components, preflight=True), *untested(context)]
    found += findings(context, components, stage.resources, preflight=True)
    rules: dict[tuple[str, bool], RuleChange] = {}
    for one in sorted(found, key=lambda one: (not one.refused, one.note)):
        refused = one.refused and one.code not in allowed
        severity = REFUSED if refused else NOTE if one.note else WARNING
        change = RuleChange(change=STARTS, code=one.code, severity=severity, text=one.text, next_step=one.next_step)
        rules.setdefault((one.code, refused), change)
    if {"injector", "policy"} & set(components):
        for note in policy_notes(context.calico):
            text = str(note).partition("\n")[0]
            change = RuleChange(change=STARTS, code=note.code, severity=NOTE, text=text, next_step=note.next_step)
            rules.setdefault((note.code, False), change)
    return rules


def _as(one: RuleChange, change: str) -> RuleChange:
    return RuleChange(change=change, code=one.code, severity=one.severity, text=one.text, next_step=one.next_step)


def safe_steps(start: Stage, target: Stage, gone: Sequence[Leaving], words: Mapping[str, str]) -> Iterator[OrderStep]:
    """What to do, in order.

    Args:
        start: the present end.
        target: the new end.
        gone: the objects to delete.
        words: other placeholders in the texts: the `site`, the `options` of its call, its `kind`, own or shipped, and
            whether a published install is its `manifest`.
    """
    every = {**words, **_words(start, target)}
    ordered = list(_skew(start, target))
    told = False
    for entry in upgrade_data()["steps"]:
        if entry.get("order") and ordered:
            if not told:
                yield from ordered
            told = True
            continue
        others = entry.get("site", words["kind"]), entry.get("manifest", words["manifest"])
        if not _holds(entry, start, target, gone) or others != (words["kind"], words["manifest"]):
            continue
        commands = tuple(filled(command, every) for command in entry.get("commands", ()))
        if entry.get("leaves"):
            commands = tuple(one.command for one in gone if one.command)
        yield OrderStep(filled(entry["text"], every), commands)


def _words(start: Stage, target: Stage) -> dict[str, str]:
    words = {}
    for product in ("calico", "istio", "kubernetes"):
        words[product] = str(getattr(target.versions, product) or "")
        words[f"from_{product}"] = str(getattr(start.versions, product) or "as published")
    return words


def _skew(start: Stage, target: Stage) -> Iterator[OrderStep]:
    """The steps to replace Felix and Dikastes, if their order matters."""
    parts = {"injector", "policy", "node"} & set(target.components)
    previous, calico = start.versions.calico, target.versions.calico
    if parts and safe_order(previous, calico):
        for finding in skew(previous, calico):
            yield OrderStep(f"{finding.text}. Therefore: {finding.next_step}.")
            yield from (OrderStep(step) for step in finding.steps)


def _holds(entry: Mapping[str, Any], start: Stage, target: Stage, gone: Sequence[Leaving]) -> bool:
    moves = entry.get("moves")
    if moves and getattr(start.versions, moves) == getattr(target.versions, moves):
        return False
    present = {resource.component for resource in target.resources}
    if entry.get("component", next(iter(present), "")) not in present or entry.get("without") in present:
        return False
    if not any(fits(entry.get("profile", ".*"), name) for name in target.context.profiles):
        return False
    if "kubernetes" in entry and entry["kubernetes"] != first_of_kubernetes(start, target):
        return False
    return not entry.get("leaves") or any(one.command for one in gone)


def first_of_kubernetes(start: Stage, target: Stage) -> str:
    """What must come first if Kubernetes changes: `bundle`, `cluster` or `between`; empty for either."""
    before, after = start.versions.kubernetes, target.versions.kubernetes
    if before is None or after is None or before == after:
        return ""
    new_on_old = any(next(unknown(one, before), None) for one in target.resources)
    old_on_new = any(next(unknown(one, after), None) for one in start.resources)
    if new_on_old and old_on_new:
        return "between"
    return "cluster" if new_on_old else "bundle" if old_on_new else ""
