"""The patches of a profile with the user's edits of objects that a site keeps as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.adoption.published import key_of
from manifestgen.catalog.conditions import ALWAYS
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.adoption.published import Key
    from manifestgen.catalog.model import Layer
    from manifestgen.patch.model import Patch
    from manifestgen.patch.resource import Resource


class OwnPatch(Record):
    """A patch of a profile that concerns a single object.

    Attributes:
        layer, number: the number of the layer, and of the patch in the layer.
        patch: the patch.
    """

    layer: int
    number: int
    patch: Patch


def patches_of(
    layers: Mapping[int, Layer], mine: Mapping[Key, Resource], rendered: Iterable[Resource]
) -> dict[Key, list[OwnPatch]]:
    """The patches with edits of the site's objects, by object, without conditions and parameters.

    Args:
        layers: the user's profiles, by number.
        mine: the objects in the site's files.
        rendered: everything that the site renders.
    """
    every = list(rendered)
    found: dict[Key, list[OwnPatch]] = {}
    for layer_number, layer in layers.items():
        for number, one in enumerate(layer.patches):
            bound = any(step.binding for step in one.patch.operations)
            if one.when is not ALWAYS or bound or one.patch.removes:
                continue
            matched = [resource for resource in every if one.patch.target.matches(resource)]
            if len(matched) == 1 and key_of(matched[0].id) in mine:
                found.setdefault(key_of(matched[0].id), []).append(OwnPatch(layer_number, number, one.patch))
    return found
