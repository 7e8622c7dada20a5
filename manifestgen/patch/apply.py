"""Applying the patches of one layer: targets, expected counts, conflicts. The one place where values are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector, ManifestgenError, as_message, nearest
from manifestgen.model import pointer
from manifestgen.model.identity import identify
from manifestgen.patch import rfc6902
from manifestgen.patch.conflicts import WriteTracker
from manifestgen.patch.history import Change
from manifestgen.patch.lower import lower
from manifestgen.patch.rfc6902 import Operation, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from manifestgen.model.identity import Id
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.lower import Lowered
    from manifestgen.patch.model import Embedded, Format, Patch
    from manifestgen.patch.operation import PatchOperation
    from manifestgen.patch.resource import Resource

_IDENTITY_MEMBERS = frozenset({"apiVersion", "kind", "metadata", ""})


class WrongNumberOfTargets(ManifestgenError):
    """A patch matched more or fewer resources than it expects.

    Attributes:
        matched: the identities that it matched.
    """

    def __init__(self, patch: Patch, matched: Sequence[Resource], resources: Sequence[Resource]) -> None:
        found = ", ".join(str(resource.id) for resource in matched)
        known = {resource.id.short: str(resource.id) for resource in resources}
        asked = f"{patch.target.kind or ''}/{patch.target.name or ''}"
        near = nearest(asked, known) if not matched else ()
        super().__init__(
            f"the target {patch.target} matches {len(matched)} resources, expected {patch.expect}",
            where=patch.ref.location,
            found=found,
            candidates=tuple(known[short] for short in near) or (() if matched else tuple(sorted(known.values()))[:8]),
            next_step="correct the target, or say how many it may match with expect, such as expect: 0+",
        )
        self.matched = tuple(resource.id for resource in matched)


class PatchFailed(ManifestgenError):
    """An operation does not fit a resource that its patch matched.

    Attributes:
        target: the resource's identity.
        operation: the operation's number within its patch, from 1.
        cause: what is wrong.
    """

    def __init__(self, step: PatchOperation, number: int, resource: Resource, cause: ManifestgenError) -> None:
        secret = resource.id.kind == "Secret"
        what = "the operation does not fit (values of a Secret are not shown)" if secret else cause.what
        super().__init__(
            f"operation {number} ({step.op} {pointer.to_text(step.path)}) on {resource.id}: {what}",
            where=step.ref.location,
            found="" if secret else cause.found,
            candidates=cause.candidates,
            next_step=cause.next_step,
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
) -> list[Resource]:
    """All patches of one layer, in order, on the resources they target.

    Args:
        resources: the present state; it is not changed.
        patches: with every parameter already bound.
        layer: how the history calls the stage.
        formats: the formats that embedded documents may have, by name.
        not_rendered: components of which nobody will see a document in a string: those may stay as they are.

    Raises:
        Failures, or the only failure: targets that match the wrong number of resources, operations that do not
            fit, and two patches that write one field with different values.
    """
    present = list(resources)
    gathered = ErrorCollector()
    writes = WriteTracker()
    for patch in patches:
        matched = [index for index, resource in enumerate(present) if patch.target.matches(resource)]
        expect = patch.expect
        if len(matched) < expect.minimum or (expect.maximum is not None and len(matched) > expect.maximum):
            gathered.add(WrongNumberOfTargets(patch, [present[index] for index in matched], present))
            continue
        for index in matched:
            if patch.inside and present[index].component in not_rendered:
                continue
            with gathered:
                present[index] = _patched(
                    present[index], patch, layer, formats, writes.of(index, patch, present[index])
                )
    gathered.raise_all()
    return present


def _patched(
    resource: Resource,
    patch: Patch,
    layer: str,
    formats: Mapping[str, Format],
    note: Callable[[PatchOperation, Tokens, Lowered], None],
) -> Resource:
    for number, step in enumerate(patch.operations, 1):
        try:
            outer, inner, inside = _lowered(resource.content, patch.inside, step, formats)
            for lowered in inner:
                note(step, inside, lowered)
            shown_as = tuple(lowered.operation for lowered in inner)
            resource = amend(resource, Change(layer, step.ref, number, inside, tuple(outer), shown_as, step.origin))
        except ManifestgenError as error:
            if error.where:
                raise
            raise PatchFailed(step, number, resource, error) from None
    return resource


def amend(resource: Resource, change: Change) -> Resource:
    """Carry out one change: the only place where a resource gets another body.

    Raises:
        OperationFailed: the change does not fit.
    """
    body: Any = resource.content
    for operation in change.lowered:
        body = rfc6902.apply(body, operation)
    if body is resource.content:
        return resource
    top = {operation.path[0] if operation.path else "" for operation in change.lowered}
    identity = resource.id if top.isdisjoint(_IDENTITY_MEMBERS) else _identity(body)
    return resource._replace(id=identity, content=body, history=(*resource.history, change))


def _identity(body: Any) -> Id:
    try:
        return identify(body)
    except (KeyError, TypeError, AttributeError):
        raise OperationFailed((), "would no longer be an object with apiVersion, kind and metadata.name") from None


def _lowered(
    document: Any, inside: Sequence[Embedded], step: PatchOperation, formats: Mapping[str, Format]
) -> tuple[list[Operation], list[Lowered], tuple[str, ...]]:
    """Plain operations on `document`; the same inside the innermost document; and where that one is."""
    if not inside:
        lowered = lower(document, step)
        return [one.operation for one in lowered], lowered, ()
    at, rest = inside[0], inside[1:]
    path = _string_path(document, at, step)
    text = rfc6902.find(document, path)
    if not isinstance(text, str):
        raise OperationFailed(path, "is not a string that holds a document", found=as_message(text))
    form = formats[at.format]
    outer, inner, deeper = _lowered(form.parse(text), rest, step, formats)
    for operation in outer:
        if operation.op == "test":
            rfc6902.apply(form.parse(text), operation)
        else:
            text = form.apply(text, operation)
    return [Operation("replace", path, text)], inner, (pointer.to_text(path), *deeper)


def _string_path(document: Any, at: Embedded, step: PatchOperation) -> Tokens:
    probe = step._replace(op="test", path=at.path, insert="", create=False)
    return lower(document, probe)[-1].operation.path
