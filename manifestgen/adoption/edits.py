"""The edits of an object in a profile: patch operations and image rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.adoption.files import ObjectPatch, patch_entries
from manifestgen.adoption.operations import ImageChange, PatchStep, steps_of
from manifestgen.catalog.merge_lists import merge_list
from manifestgen.catalog.patches import read_patches
from manifestgen.difference.delta import Comparison
from manifestgen.embedded import FORMATS
from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.model.image import split_image
from manifestgen.model.record import Record
from manifestgen.patch.apply import apply_patches
from manifestgen.patch.expect import Expect
from manifestgen.patch.lower import lower
from manifestgen.patch.operation import read_operation
from manifestgen.yamlio.locations import SourceFile, SourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from manifestgen.patch.model import Patch
    from manifestgen.patch.resource import Resource

_ANY_NUMBER = Expect(0, None)
_NOWHERE = SourceRef(SourceFile("edits", lambda: ""))


class Edits(Record):
    """The edits of an object in a profile.

    Attributes:
        steps: operations of a patch.
        images: rules for images, which keep their versions.
        plain: operations that express everything without the rules.
    """

    steps: tuple[PatchStep, ...]
    images: tuple[Mapping[str, str], ...]
    plain: tuple[PatchStep, ...]

    def without_images(self) -> Edits:
        """The same edits only as operations."""
        return Edits(steps=self.plain, images=(), plain=self.plain)


def with_patches(resource: Resource, patches: Iterable[Patch]) -> Resource | None:
    """An object with patches applied; None if they cannot be applied."""
    those = [one._replace(expect=_ANY_NUMBER) for one in patches]
    try:
        found = apply_patches([resource], those, layer="profile", formats=FORMATS, lists=merge_list)
    except ManifestgenError:
        return None
    return found[0] if found else None


def edits_of(
    published: Resource, wanted: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Edits:
    """The edits in a profile that turn a published object into the wanted one.

    Args:
        published: the object.
        wanted: the object after the patches of the profile.
        before: what the site renders for the published object.
        after: what it renders for the wanted one; no edit is needed where a registry or labels give the same.
    """
    delta = Comparison(published.id.kind).delta(published.content, wanted)
    steps: list[PatchStep] = []
    plain: list[PatchStep] = []
    images = []
    for one in steps_of(delta) if delta else ():
        step = one.step if isinstance(one, ImageChange) else one
        if _is_made(step, before, after):
            continue
        rule = _rule(one) if isinstance(one, ImageChange) else None
        guarded = [*_guard(published, plain, step), step]
        plain += guarded
        if rule:
            images.append(rule)
        else:
            steps += guarded
    return Edits(tuple(steps), tuple(images), tuple(plain))


def _rule(one: ImageChange) -> dict[str, str] | None:
    """A rule for an image that comes from elsewhere in the same version; None for any other image."""
    before, after = split_image(one.before), split_image(one.after)
    return {"name": before[0], "newName": after[0]} if before[1:] == after[1:] else None


def _is_made(step: PatchStep, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the site makes a change anyway, as its registry and its labels do."""
    path = pointer.parse_pointer(step.operation["path"])
    if step.documents or step.operation["op"] == "remove":
        return False
    if path[:2] != ("metadata", "labels") and path[-1:] != ("image",):
        return False
    found = _value(before, step.operation["path"])
    return found is not None and found == _value(after, step.operation["path"])


def _value(body: Mapping[str, Any], path: str) -> Any:
    """The value at a path that may name list items; None for none."""
    probe = read_operation({"op": "test", "path": path, "value": None}, _NOWHERE)
    try:
        return pointer.lookup(body, lower(body, probe)[-1].operation.path)
    except ManifestgenError:
        return None


def _guard(published: Resource, before: Sequence[PatchStep], step: PatchStep) -> list[PatchStep]:
    """A `test` operation for an item that is named by index: in another release it may be another item."""
    path = pointer.parse_pointer(step.operation["path"])
    at = next((at for at, token in enumerate(path) if pointer.is_index(token)), None)
    if step.documents or at is None or (at == len(path) - 1 and step.operation["op"] == "add"):
        return []
    item = pointer.to_text(path[: at + 1])
    if any(one.operation["op"] == "test" and one.operation["path"] == item for one in before):
        return []
    present = with_patches(published, _patches(published, before))
    value = _value(present.content, item) if present else None
    return [PatchStep((), {"op": "test", "path": item, "value": value})] if value is not None else []


def _patches(resource: Resource, steps: Sequence[PatchStep]) -> Iterator[Patch]:
    """Operations as patches of an object."""
    for entry in patch_entries([ObjectPatch(resource.id, tuple(steps), resource.id)]) if steps else ():
        yield from (one.patch for one in read_patches(entry, _NOWHERE, lambda _, __: []))
