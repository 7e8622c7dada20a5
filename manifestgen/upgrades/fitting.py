"""Parts of a site that no longer fit, are worth a look, or override a release's change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from manifestgen.difference.changes import FORMATTING, MOVED, REMOVED
from manifestgen.difference.redaction import redacted
from manifestgen.errors import ManifestgenError, as_message
from manifestgen.model import pointer
from manifestgen.model.frozen import frozen
from manifestgen.model.image import split_image
from manifestgen.model.pointer import Tokens, is_index
from manifestgen.origins.lookup import find
from manifestgen.patch.apply import PatchFailed
from manifestgen.patch.resource import Resource
from manifestgen.patch.rfc6902 import same
from manifestgen.upgrades.causes import SHIPPED, Cause
from manifestgen.upgrades.items import IMAGE, OPERATION, PATCH, RESOURCES, VALUE
from manifestgen.upgrades.places import document_of, moved_to, named, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from manifestgen.catalog.model import ConditionalPatch, Layer
    from manifestgen.difference.changes import FieldChange, Paths
    from manifestgen.upgrades.attribution import Attributed, Trail
    from manifestgen.upgrades.items import SiteItem
    from manifestgen.upgrades.stages import Stage, Transition

INTO = " ▸ "
_ABSENT = object()


@frozen
class Misfit:
    """A part of the site that does not fit the new versions.

    Attributes:
        what: a description such as `operation 2 (replace /spec/…) of the patch of kind=DaemonSet`.
        where: the file and line, or the option.
        since: the release from which it no longer fits; empty if it did not fit before either.
        problem: what is wrong.
        nearest: similar names.
        next_step: what to do; can be empty.
        now: the new path of what it was about; empty if nothing is similar.
        causes: what the release changed there.
    """

    what: str
    where: str
    since: str
    problem: str
    nearest: tuple[str, ...] = ()
    next_step: str = ""
    now: str = ""
    causes: tuple[Cause, ...] = ()


@frozen
class HeldBack:
    """A change of a release that the site overrides.

    Attributes:
        object: `KIND/NAME`.
        path: the path of the field, with named list items.
        before, after: the releases' values, as JSON; empty for none.
        kept: where the site states its value.
        causes: the releases that make the change.
    """

    object: str
    path: str
    before: str
    after: str
    kept: str
    causes: tuple[Cause, ...] = ()


@frozen
class SiteRemark:
    """A part of the site that fits but is worth a look, usually because it no longer has an effect.

    Attributes:
        what: see `Misfit`.
        where: see `Misfit`.
        because: the reason.
    """

    what: str
    where: str
    because: str


def misfits(
    stages: Sequence[Stage], moves: Sequence[Transition], plain: Trail, layers: Mapping[int, Layer]
) -> list[Misfit]:
    """What does not fit at the end, in the order of the files.

    Args:
        stages: the site at every step, starting with the present.
        moves: the steps, without the site's patches.
        plain: their changes.
        layers: the user's layers, by number.
    """
    found = []
    for item, error in sorted(stages[-1].misfits.items(), key=lambda one: (one[0].file, one[0].line, one[0].column)):
        since = len(stages) - 1
        while since > 0 and item in stages[since - 1].misfits:
            since -= 1
        # The first error in time: later ones may be about something else that has changed since.
        first = stages[since].misfits[item]
        found.append(_misfit(item, first if since else error, moves[since - 1] if since else None, plain, layers))
    return found


def _misfit(
    item: SiteItem, error: ManifestgenError, move: Transition | None, plain: Trail, layers: Mapping[int, Layer]
) -> Misfit:
    now = ""
    causes: tuple[Cause, ...] = ()
    if move is not None and item.kind in {PATCH, OPERATION}:
        one = layers[item.layer].patches[item.at[0]]
        now = _now(item, one, move)
        causes = _causes(item, one, move, plain)
    what = error.cause.what if isinstance(error, PatchFailed) and error.target.kind != "Secret" else error.what
    if str(error.where or "").startswith(SHIPPED):
        what = f"a later patch of manifestgen fails because of it ({error.where}): {what}"
    return Misfit(
        what=item.title,
        where=item.where,
        since=_label(move) if move else "",
        problem=what + (f" (found: {error.found})" if error.found else ""),
        nearest=error.candidates,
        next_step=error.next_step,
        now=now,
        causes=causes,
    )


def _label(move: Transition) -> str:
    step = move.step
    return f"{step.product} {step.after.as_minor}"


def _now(item: SiteItem, one: ConditionalPatch, move: Transition) -> str:
    """Where the object, or the path in it, is after a step."""
    before = [resource for resource in move.before.resources if one.patch.target.matches(resource)]
    after = {resource.original: resource for resource in move.after.resources}
    if item.kind == PATCH:
        found = [str(after[r.original].id) for r in before if r.original in after]
        return ", ".join(dict.fromkeys(found))
    step = one.patch.operations[item.at[1]]
    for resource in before:
        twin = after.get(resource.original)
        if twin is None:
            continue
        old, new = (document_of(side.content, one.patch.inside) for side in (resource, twin))
        for path in filter(None, (step.path, step.source)):
            place = moved_to(path, old, new) if old is not None and new is not None else ""
            if place:
                inside = [pointer.to_text(document.path) for document in one.patch.inside]
                return INTO.join([*inside, place])
    return ""


def _causes(item: SiteItem, one: ConditionalPatch, move: Transition, plain: Trail) -> tuple[Cause, ...]:
    found: list[Cause] = []
    for resource in move.before.resources:
        if not one.patch.target.matches(resource):
            continue
        places = _places(item, one, resource) if item.kind == OPERATION else []
        if places or item.kind == PATCH:
            found += plain.at_step(move.step, resource.original, places)
    return tuple(dict.fromkeys(found))


def _places(item: SiteItem, one: ConditionalPatch, resource: Resource) -> list[Paths]:
    """The path of an operation in an object, in plain tokens, as far as it exists."""
    step = one.patch.operations[item.at[1]]
    strings: list[Tokens] = []
    for number, document in enumerate(one.patch.inside):
        strings.append(resolved(document_of(resource.content, one.patch.inside[:number]), document.path))
    content = document_of(resource.content, one.patch.inside)
    return [(*strings, resolved(content, path)) for path in (step.path, step.source) if path]


def held_back(plain: Sequence[Attributed], start: Stage, target: Stage) -> Iterator[HeldBack]:
    """Changes of the releases that the site overrides.

    Args:
        plain: the difference of both ends without the site's patches.
        start: the present end, with them.
        target: the new end, with them.
    """
    before = {resource.original: resource for resource in start.resources}
    after = {resource.original: resource for resource in target.resources}
    for one in plain:
        if one.one.left is None or one.one.right is None:
            continue
        old, new = before.get(one.one.left.original), after.get(one.one.right.original)
        if old is None or new is None:
            continue
        for change, causes in zip(one.one.changes, one.fields, strict=True):
            if not _is_held(change, old, new):
                continue
            kept = _kept(new, change)
            if kept:
                yield HeldBack(
                    object=new.id.short,
                    path=_path(change.name),
                    before=_text(new.id.kind, change, change.left),
                    after="" if change.kind == REMOVED else _text(new.id.kind, change, change.right),
                    kept=kept,
                    causes=causes,
                )


def _is_held(change: FieldChange, old: Resource, new: Resource) -> bool:
    """Whether the site has the same value at both ends, and another one than the release at the end."""
    path = _path(change.name)
    first, last = _value(old, path), _value(new, path)
    if change.name[-1][-1:] == ("image",) and all(isinstance(one, str) for one in (first, last, change.right)):
        # A registry or name does not explain another version.
        return split_image(first)[1:] == split_image(last)[1:] != split_image(change.right)[1:]
    wanted = _ABSENT if change.kind == REMOVED else change.right
    return _equal(first, last) and not _equal(last, wanted) and change.kind not in {MOVED, FORMATTING}


def _path(name: Paths) -> str:
    return INTO.join(pointer.to_text(path) for path in name)


def _value(resource: Resource, path: str) -> Any:
    try:
        return find(resource, path).value
    except ManifestgenError:
        return _ABSENT


def _equal(one: Any, other: Any) -> bool:
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return same(one, other)


def _text(kind: str, change: FieldChange, value: Any) -> str:
    return "" if value is None else as_message(redacted(kind, change.name[0], value))


def _kept(resource: Resource, change: FieldChange) -> str:
    """Where the user sets or removes a field; empty if no user's file does."""
    for length in range(len(change.name[-1]), 0, -1):
        try:
            origin = resource.origin(_path((*change.name[:-1], change.name[-1][:length])))
        except ManifestgenError:
            continue
        if length == len(change.name[-1]):
            own = origin.ref is None or not origin.ref.source.name.startswith(SHIPPED)
            return str(origin) if own else ""
        break
    removals = [one for one in resource.history if one.ref and not one.ref.source.name.startswith(SHIPPED)]
    last = next((one for one in reversed(removals) if any(step.op == "remove" for step in one.shown)), None)
    return f"removed by {last.ref} operation {last.number} ({last.layer})" if last else ""


def remarks(
    items: Sequence[SiteItem],
    layers: Mapping[int, Layer],
    ends: tuple[Stage, Stage],
    plain: tuple[Stage, Stage],
    without: Callable[[SiteItem, Stage], tuple[Resource, ...] | None],
) -> Iterator[SiteRemark]:
    """What fits but is worth a look: what has no effect at the end, or changes another list item there.

    Args:
        items: all parts of the site.
        layers: the user's layers, by number.
        ends: the start and the end.
        plain: both without the site's patches.
        without: returns the objects of an end without one of the parts; None if they cannot be composed.
    """
    start, target = ends
    lost = {(one.layer, one.at[:1]) for one in target.misfits if one.kind == OPERATION}
    for item in items:
        if item in target.misfits or item in start.misfits or item.kind == RESOURCES:
            continue
        if item.kind == OPERATION:
            shifted = _shifted(item, layers, plain)
            if shifted:
                yield SiteRemark(what=item.title, where=item.where, because=shifted)
            if len(layers[item.layer].patches[item.at[0]].patch.operations) == 1:
                continue  # covered by the whole patch
        if item.kind == PATCH and (item.layer, item.at) in lost:
            continue  # covered by its operations
        if _same(without(item, target), target) and not _same(without(item, start), start):
            yield SiteRemark(what=item.title, where=item.where, because=_why(item, layers, start, target))


def _shifted(item: SiteItem, layers: Mapping[int, Layer], plain: tuple[Stage, Stage]) -> str:
    """The other item that an operation with an index now changes; empty if it is still the same one."""
    one = layers[item.layer].patches[item.at[0]]
    step = one.patch.operations[item.at[1]]
    if not any(map(is_index, step.path)):
        return ""
    after = {resource.original: resource for resource in plain[1].resources}
    for resource in plain[0].resources:
        if not one.patch.target.matches(resource) or resource.original not in after:
            continue
        old, new = (document_of(side.content, one.patch.inside) for side in (resource, after[resource.original]))
        for was, now in zip(named(old, step.path), named(new, step.path), strict=False):
            if was != now and not is_index(was) and not is_index(now):
                return f"by its index it changes {now} now, and not {was}; name the item instead"
    return ""


def _same(resources: tuple[Resource, ...] | None, stage: Stage) -> bool:
    if resources is None or len(resources) != len(stage.resources):
        return False
    pairs = zip(resources, stage.resources, strict=True)
    return all(one.content is other.content or one.content == other.content for one, other in pairs)


def _why(item: SiteItem, layers: Mapping[int, Layer], start: Stage, target: Stage) -> str:
    if item.kind in {IMAGE, VALUE}:
        return "the release says the same now; it can be removed"
    one = layers[item.layer].patches[item.at[0]]
    if one.when.holds(start.context) and not one.when.holds(target.context):
        return "its condition (when) no longer holds"
    places = {str(step.ref) for step in one.patch.operations}
    applied = any(str(change.ref) in places for resource in target.resources for change in resource.history)
    if applied or (one.patch.merge and any(one.patch.target.matches(resource) for resource in target.resources)):
        return "the release says the same now; it can be removed"
    return "nothing is left that it is about"
