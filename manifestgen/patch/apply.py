"""Applying the patches of one layer: targets, expected counts, conflicts. The only place where values are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector, ManifestgenError, nearest
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch import rfc6902
from manifestgen.patch.conflicts import WriteTracker
from manifestgen.patch.documents import edited, string_path, text_at
from manifestgen.patch.draft import Draft
from manifestgen.patch.history import Change
from manifestgen.patch.lower import lower
from manifestgen.patch.places import expand
from manifestgen.patch.rfc6902 import MissingPlace, Operation, OperationFailed
from manifestgen.patch.shapes import refuse_other_shape
from manifestgen.patch.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.conflicts import Watch
    from manifestgen.patch.copies import Copies
    from manifestgen.patch.lower import Lowered
    from manifestgen.patch.model import Embedded, Format, Patch
    from manifestgen.patch.operation import PatchOperation
    from manifestgen.patch.resource import Resource
    from manifestgen.patch.select import Selectable, Selector
    from manifestgen.patch.strategic import MergeLists, StrategicMerge


_NAMED = 5
"""How many objects a message names at the most."""


class WrongNumberOfTargets(ManifestgenError):
    """A patch matched more or fewer resources than it expects.

    Attributes:
        matched: the identities that it matched.
    """

    def __init__(self, patch: Patch, matched: Sequence[Draft], drafts: Sequence[Draft]) -> None:
        count = len(matched)
        found = ", ".join(str(draft.id) for draft in matched[:_NAMED])
        if count > _NAMED:
            found += f" and {count - _NAMED} more"
        next_step = f"narrow the target, or state how many it can match: expect: 1+ for any number, expect: {count}"
        candidates: tuple[str, ...] = ()
        if not matched:
            gone = next((draft for draft in drafts if draft.removed and patch.target.matches(draft)), None)
            found = f"{gone.id} was removed at {gone.removed}" if gone else ""
            candidates = () if gone else _nearest(patch.target, drafts)
            next_step = "correct the target, or write expect: 0+ if it may match none"
        super().__init__(
            f"the target {patch.target} matches {count} resources, expected {patch.expect}",
            where=patch.ref.location,
            found=found,
            candidates=candidates,
            next_step=next_step,
        )
        self.matched = tuple(draft.id for draft in matched)


def _nearest(target: Selector, drafts: Sequence[Draft]) -> tuple[str, ...]:
    known = {draft.id.short: str(draft.id) for draft in drafts}
    near = nearest(f"{target.kind or ''}/{target.name or ''}", known)
    return tuple(known[short] for short in near) or tuple(sorted(known.values()))[:_NAMED]


class PatchOfUnrendered(ManifestgenError):
    """A patch only concerns objects of components that are not rendered.

    Attributes:
        components: those components.
    """

    def __init__(self, patch: Patch, matched: Sequence[Draft]) -> None:
        components = tuple(dict.fromkeys(draft.resource.component for draft in matched))
        objects = ", ".join(str(draft.id) for draft in matched[:_NAMED])
        one = len(components) == 1
        super().__init__(
            f"the target {patch.target} matches only what is not rendered",
            where=patch.ref.location,
            found=f"{objects}, of the component{'' if one else 's'} {', '.join(components)}",
            next_step=f"add it to what the profile renders, components: [+{components[0]}], or name it with --component"
            " beside the others; else remove the patch",
        )
        self.components = components


def _way_out(step: PatchOperation, cause: ManifestgenError) -> str:
    """What to do where nothing closer is known."""
    if not isinstance(cause, MissingPlace):
        return ""
    return "correct the path, or write op: add for what is new" if step.op == "replace" else "correct the path"


class PatchFailed(ManifestgenError):
    """An operation cannot be applied to a resource that its patch matched.

    Attributes:
        target: the resource's identity.
        operation: the number of the operation in its patch, from 1.
        cause: what is wrong.
    """

    def __init__(self, step: PatchOperation, number: int, resource: Draft, cause: ManifestgenError) -> None:
        secret = resource.id.kind == "Secret"
        what = "the operation cannot be applied (values of a Secret are not shown)" if secret else cause.what
        super().__init__(
            f"operation {number} ({step.op} {pointer.to_text(step.path)}) on {resource.id}: {what}",
            where=step.ref.location,
            found="" if secret else cause.found,
            candidates=cause.candidates,
            next_step=cause.next_step or _way_out(step, cause),
        )
        self.target = resource.id
        self.operation = number
        self.cause = cause


def apply_patches(
    resources: Sequence[Resource],
    patches: Sequence[Patch],
    *,
    layer: str,
    formats: Mapping[str, Format],
    not_rendered: Collection[str] = (),
    chosen: Collection[str] | None = None,
    absent: Sequence[Selectable] = (),
    watch: Watch | None = None,
    lists: MergeLists = lambda _, __: None,
) -> list[Resource]:
    """Apply all patches of one layer, in order, to the resources they target.

    Args:
        resources: the current state; it is not changed.
        patches: with every parameter already bound.
        layer: the name of the layer in the history.
        formats: the formats that embedded documents may have, by name.
        not_rendered: components that are not part of the output; embedded documents of theirs need not be patched.
        chosen: for a user's layer, the components that are rendered: a patch must match one of them.
        absent: objects that would exist if more were rendered: a patch that matches only those is allowed.
        watch: notified of every write.
        lists: how strategic merge patches merge lists; by default they replace them.

    Raises:
        Failures, or the only failure: targets that match the wrong number of resources, operations that do not
            apply, and two patches that write different values to one field.
    """
    if not patches:
        return list(resources)
    drafts = [Draft(resource) for resource in resources]
    targets = Targets(drafts)
    gathered = ErrorCollector()
    writes = WriteTracker(watch)
    own = _LayerContext(name=layer, formats=formats, lists=lists, keeps_shape=chosen is not None)
    for patch in patches:
        matched = targets.matching(patch.target)
        about = [drafts[index] for index in matched]
        if not about and any(patch.target.matches(one) for one in absent):
            continue
        if not patch.expect.allows(len(matched)):
            gathered.add(WrongNumberOfTargets(patch, about, drafts))
            continue
        if chosen is not None and about and not any(_is_rendered(draft, chosen) for draft in about):
            gathered.add(PatchOfUnrendered(patch, about))
            continue
        for index, draft in zip(matched, about, strict=True):
            if patch.inside and draft.resource.component in not_rendered:
                continue
            mark, name = draft.mark(), draft.id
            try:
                _apply(draft, patch, own, writes.of(draft, patch))
            except ManifestgenError as error:
                gathered.add(error)
                draft.reset(mark)
            if draft.id is not name:
                targets.changed(index)
    gathered.raise_all()
    return [draft.finish() for draft in drafts if draft.removed is None]


def _is_rendered(draft: Draft, chosen: Collection[str]) -> bool:
    return not draft.resource.component or draft.resource.component in chosen


class _LayerContext(Record):
    """The context in which the patches of one layer are applied: its name, and the arguments of `apply_patches`."""

    name: str
    formats: Mapping[str, Format]
    lists: MergeLists
    keeps_shape: bool


def _apply(
    draft: Draft, patch: Patch, layer: _LayerContext, note: Callable[[PatchOperation, Tokens, Lowered], None]
) -> None:
    """Apply one patch to one resource.

    Raises:
        ManifestgenError: an operation does not apply; the draft has to be reset.
    """
    if patch.removes and patch.merge:
        draft.removed = patch.merge.ref
        return
    steps = _merged(patch.merge, draft, layer.lists) if patch.merge else patch.operations
    if patch.inside and not draft.removed and _apply_inside(draft, patch, layer, note):
        return
    for number, written in enumerate(steps, 1):
        try:
            if draft.removed:
                raise OperationFailed((), f"the object was removed at {draft.removed}", next_step="remove it last")
            if written.op == "remove" and not written.path and not patch.inside:
                draft.removed = written.ref
                continue
            outermost = None if patch.inside else draft.copies
            for step in _steps(draft.content, patch.inside, written, layer.formats, outermost):
                outer, inner, inside = _lowered(draft.content, patch.inside, step, layer.formats, outermost)
                for lowered in inner:
                    note(step, inside, lowered)
                if layer.keeps_shape and not inside:
                    refuse_other_shape(draft.content, inner)
                shown = tuple(lowered.operation for lowered in inner)
                draft.change(
                    Change(
                        layer=layer.name,
                        ref=step.ref,
                        number=number,
                        inside=inside,
                        lowered=tuple(outer),
                        shown=shown,
                        origin=step.origin,
                    )
                )
        except ManifestgenError as error:
            if error.where:
                raise
            raise PatchFailed(written, number, draft, error) from None


def _apply_inside(
    draft: Draft, patch: Patch, layer: _LayerContext, note: Callable[[PatchOperation, Tokens, Lowered], None]
) -> bool:
    """Apply a patch to an embedded document in one edit; false if an operation cannot be applied.

    The history has every operation, each with the final text of the document.
    """
    found = edited(draft.content, patch.inside, patch.operations, layer.formats)
    if found is None:
        return False
    for number, step, inner in found.steps:
        for lowered in inner:
            note(step, found.inside, lowered)
        draft.change(
            Change(
                layer=layer.name,
                ref=step.ref,
                number=number,
                inside=found.inside,
                lowered=(found.operation,),
                shown=tuple(lowered.operation for lowered in inner),
                origin=step.origin,
            )
        )
    return True


def _merged(merge: StrategicMerge, draft: Draft, lists: MergeLists) -> Sequence[PatchOperation]:
    from manifestgen.patch.strategic import operations  # imported lazily: rarely used

    return operations(merge, draft.id, draft.content, lists)


def _steps(
    document: Any,
    inside: Sequence[Embedded],
    step: PatchOperation,
    formats: Mapping[str, Format],
    copies: Copies | None,
) -> list[PatchOperation]:
    """The operations on single places that an operation expands to in the innermost document."""
    if step.is_plain:
        return [step]
    for at in inside:
        document = formats[at.format].parse(text_at(document, string_path(document, at)))
    return expand(document, step, copies)


def _lowered(
    document: Any,
    inside: Sequence[Embedded],
    step: PatchOperation,
    formats: Mapping[str, Format],
    copies: Copies | None = None,
) -> tuple[list[Operation], list[Lowered], tuple[str, ...]]:
    """Plain operations on `document`; the same inside the innermost document; and the path of that document."""
    if not inside:
        lowered = lower(document, step, copies)
        return [one.operation for one in lowered], lowered, ()
    at, rest = inside[0], inside[1:]
    path = string_path(document, at)
    text = text_at(document, path)
    form = formats[at.format]
    outer, inner, deeper = _lowered(form.parse(text), rest, step, formats)
    for operation in outer:
        if operation.op == "test":
            rfc6902.apply(form.parse(text), operation)
        else:
            text = form.apply(text, operation)
    return [Operation("replace", path, text)], inner, (pointer.to_text(path), *deeper)
