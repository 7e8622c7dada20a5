"""The difference between the start and the end of an upgrade, each change with the steps that caused it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.difference.changes import ADDED, REMOVED
from manifestgen.difference.diff import compare
from manifestgen.model.frozen import evolve
from manifestgen.model.record import Record
from manifestgen.upgrades.causes import causes_of, causes_of_whole, merged, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.difference.changes import FieldChange, Paths
    from manifestgen.difference.diff import Diff
    from manifestgen.difference.object_diffs import ObjectDiff
    from manifestgen.difference.report import FieldReport, Report
    from manifestgen.model.identity import Id
    from manifestgen.upgrades.causes import Cause
    from manifestgen.upgrades.stages import Transition
    from manifestgen.upgrades.versions import VersionStep


class StepChange(Record):
    """A change in one step.

    Attributes:
        move: the step.
        one: the object.
        change: the change of a field; None for the object itself.
    """

    move: Transition
    one: ObjectDiff
    change: FieldChange | None

    def causes(self) -> tuple[Cause, ...]:
        """The causes of the change."""
        return causes_of(self.change, self.one, self.move)


class Attributed(Record):
    """An object that differs, with the causes.

    Attributes:
        one: the object.
        causes: why it was added, removed or renamed.
        fields: the causes of each change of its fields, in order.
    """

    one: ObjectDiff
    causes: tuple[Cause, ...]
    fields: tuple[tuple[Cause, ...], ...]


class Trail:
    """The changes of every step, by object.

    Args:
        moves: the steps, in order.

    Attributes:
        whole: the last step, with the start and the end of all steps; None if there are none.
    """

    def __init__(self, moves: Sequence[Transition]) -> None:
        self._steps: dict[Id, list[StepChange]] = {}
        self.whole = moves[-1]._replace(before=moves[0].before) if moves else None
        for move in moves:
            for one in compare(move.before.resources, move.after.resources):
                for step in _steps(one, move):
                    for key in {side.original for side in (one.left, one.right) if side}:
                        self._steps.setdefault(key, []).append(step)

    def of_object(self, one: ObjectDiff) -> list[StepChange]:
        """The steps in which an object was added, removed or renamed."""
        return [step for step in self._of(one) if step.change is None]

    def of_field(self, change: FieldChange, one: ObjectDiff) -> list[StepChange]:
        """The steps that contributed to a change."""
        every = self._of(one)
        related = [step for step in every if step.change and _related(step.change.name, change.name)]
        if change.kind == REMOVED:
            gone = [step for step in related if step.change and _covers(step.change.name, change.name)]
            last = [step for step in gone if step.change and step.change.kind == REMOVED]
            return last[-1:] or gone[-1:] or related
        if change.kind == ADDED:
            came = [
                number
                for number, step in enumerate(related)
                if step.change and step.change.kind == ADDED and _covers(step.change.name, change.name)
            ]
            return related[came[-1] :] if came else related
        return related

    def at_step(self, step: VersionStep, key: Id, places: Sequence[Paths]) -> tuple[Cause, ...]:
        """Why one step changes an object.

        Args:
            step: the step.
            key: the original identity of the object.
            places: the fields, in plain tokens of the object before the step; empty for all of its changes.
        """
        found = [one for one in self._steps.get(key, ()) if one.move.step == step]
        if places:
            found = [
                one
                for one in found
                if one.change is None
                or (one.change.kind != ADDED and any(_related(one.change.left_at, place) for place in places))
            ]
        return merged([cause for one in found for cause in one.causes()])

    def _of(self, one: ObjectDiff) -> list[StepChange]:
        found: list[StepChange] = []
        for key in dict.fromkeys(side.original for side in (one.left, one.right) if side):
            found += [step for step in self._steps.get(key, ()) if step not in found]
        return found


def _steps(one: ObjectDiff, move: Transition) -> Iterator[StepChange]:
    if one.left is None or one.right is None or one.left.id != one.right.id:
        yield StepChange(move, one, None)
    yield from (StepChange(move, one, change) for change in one.changes)


def _related(one: Paths, other: Paths) -> bool:
    """Whether two paths are equal or one contains the other."""
    return _covers(one, other) or _covers(other, one)


def _covers(outer: Paths, inner: Paths) -> bool:
    if len(outer) > len(inner):
        return False
    return outer[:-1] == inner[: len(outer) - 1] and inner[len(outer) - 1][: len(outer[-1])] == outer[-1]


def attribute(diff: Diff, trail: Trail) -> tuple[Attributed, ...]:
    """Every object that differs, each change with its causes.

    Args:
        diff: the difference between the start and the end.
        trail: the steps between them.
    """
    return tuple(
        Attributed(
            one=one,
            causes=_together(trail.of_object(one)) if one.left is None or one.right is None else (),
            fields=tuple(_of_field(change, one, trail) for change in one.changes),
        )
        for one in diff
    )


def _of_field(change: FieldChange, one: ObjectDiff, trail: Trail) -> tuple[Cause, ...]:
    steps = trail.of_field(change, one)
    if steps or trail.whole is None:
        return _together(steps)
    return causes_of_whole(change, one, trail.whole)


def _together(steps: Sequence[StepChange]) -> tuple[Cause, ...]:
    return merged([cause for step in steps for cause in step.causes()])


def with_causes(found: Report, differing: Sequence[Attributed]) -> Report:
    """A report with the causes of each difference instead of the origins of both sides."""
    objects = [
        evolve(
            one,
            left="",
            right="",
            notes=told(whys.causes),
            fields=tuple(_noted(field, told(causes)) for field, causes in zip(one.fields, whys.fields, strict=True)),
        )
        for one, whys in zip(found.objects, differing, strict=True)
    ]
    return evolve(found, objects=tuple(objects))


def _noted(field: FieldReport, notes: tuple[str, ...]) -> FieldReport:
    left, right = (evolve(side, origin="") for side in (field.left, field.right))
    return evolve(field, left=left, right=right, notes=notes, within=tuple(_noted(below, ()) for below in field.within))
