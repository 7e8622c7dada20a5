"""The parts of a site other than its versions: patches, images, files of objects and values.

Each part may no longer fit. It is found by the location in an error, and layers can be made without it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from manifestgen.compose.placement import ParameterHasNoPlace
from manifestgen.model import pointer
from manifestgen.model.location import Location
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from manifestgen.catalog.model import ConditionalPatch, Layer
    from manifestgen.errors import ManifestgenError
    from manifestgen.patch.operation import PatchOperation

PATCH, OPERATION, IMAGE, RESOURCES, VALUE = "patch", "operation", "image", "resources", "value"


class SiteItem(Record):
    """One part of a user's layer.

    Attributes:
        kind: `patch` for a whole patch, `operation` for one of its operations, `image` for a rule of images,
            `resources` for a file of objects, `value` for the value of a parameter.
        title: a short description.
        where: its location, as text.
        layer: the number of the layer, among the user's layers.
        at: numbers in the layer: of a patch and its operation, of a rule, of a file; empty for a value.
        name: the name of a parameter; empty for anything else.
        file, line, column: the location, for comparison; 0 for a whole file.
    """

    kind: str
    title: str
    where: str
    layer: int = -1
    at: tuple[int, ...] = ()
    name: str = ""
    file: str = ""
    line: int = 0
    column: int = 0


def items_of(layers: Mapping[int, Layer]) -> tuple[SiteItem, ...]:
    """All parts of layers, in order, by the numbers of the layers."""
    found: list[SiteItem] = []
    for number, layer in layers.items():
        for index, entry in enumerate(layer.resources):
            path = os.path.join(layer.directory, entry.path)
            found.append(_item(RESOURCES, f"objects of {entry.path}", Location(path), number, (index,)))
        for index, one in enumerate(layer.patches):
            found += _patch(one, number, index)
        for index, rule in enumerate(layer.images):
            location = rule.ref.location if rule.ref else Location(layer.directory)
            found.append(_item(IMAGE, f"the rule for images {rule.name}", location, number, (index,)))
    return tuple(found)


def _patch(one: ConditionalPatch, layer: int, index: int) -> Iterator[SiteItem]:
    patch = one.patch
    yield _item(PATCH, f"the patch of {patch.target}", patch.ref.location, layer, (index,))
    if patch.merge:
        yield _item(PATCH, f"the strategic merge patch of {patch.target}", patch.merge.ref.location, layer, (index,))
    for number, step in enumerate(patch.operations):
        title = f"operation {number + 1} ({step.op} {_path(one, step)}) of the patch of {patch.target}"
        yield _item(OPERATION, title, step.ref.location, layer, (index, number))


def _path(one: ConditionalPatch, step: PatchOperation) -> str:
    inside = "".join(f"{pointer.to_text(document.path)} ▸ " for document in one.patch.inside)
    return inside + (pointer.to_text(step.path) or "/")


def _item(kind: str, title: str, where: Location, layer: int, at: tuple[int, ...]) -> SiteItem:
    return SiteItem(
        kind=kind,
        title=title,
        where=str(where),
        layer=layer,
        at=at,
        file=where.file,
        line=where.line,
        column=where.column,
    )


def value_item(name: str, where: object) -> SiteItem:
    """The value of a parameter, wherever it was set."""
    return SiteItem(kind=VALUE, title=f"the value of {name}", where=str(where), name=name)


def blamed(error: ManifestgenError, items: Sequence[SiteItem]) -> SiteItem | None:
    """The part that an error is about, by its location; None if there is none."""
    if isinstance(error, ParameterHasNoPlace):
        return value_item(error.parameter, error.where)
    if not isinstance(error.where, Location):
        return None
    place = error.where
    exact = [one for one in items if (one.file, one.line, one.column) == tuple(place)]
    if exact:
        return exact[0]
    before = [one for one in items if one.file == place.file and (one.line, one.column) <= (place.line, place.column)]
    return max(before, key=lambda one: (one.line, one.column), default=None)


def without(layers: Mapping[int, Layer], items: Collection[SiteItem]) -> dict[int, Layer]:
    """Layers without some of their parts."""
    values = {one.name for one in items if one.kind == VALUE}
    return {
        number: _without(layer, [one for one in items if one.layer == number], values)
        for number, layer in layers.items()
    }


def _without(layer: Layer, items: Sequence[SiteItem], values: Collection[str]) -> Layer:
    if values & layer.values.keys():
        layer = layer._replace(values={name: value for name, value in layer.values.items() if name not in values})
    if not items:
        return layer
    gone = {(one.kind, one.at) for one in items}
    patches = []
    for index, one in enumerate(layer.patches):
        if (PATCH, (index,)) in gone:
            continue
        kept = tuple(
            step for number, step in enumerate(one.patch.operations) if (OPERATION, (index, number)) not in gone
        )
        if one.patch.merge or kept:
            patches.append(one if len(kept) == len(one.patch.operations) else _with(one, kept))
    return layer._replace(
        patches=tuple(patches),
        images=tuple(rule for index, rule in enumerate(layer.images) if (IMAGE, (index,)) not in gone),
        resources=tuple(file for index, file in enumerate(layer.resources) if (RESOURCES, (index,)) not in gone),
    )


def _with(one: ConditionalPatch, operations: tuple[PatchOperation, ...]) -> ConditionalPatch:
    return one._replace(patch=one.patch._replace(operations=operations))
