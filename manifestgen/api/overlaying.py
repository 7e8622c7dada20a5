"""`apply_overlay`: applying overlays to objects from elsewhere, such as Helm or Kustomize."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO

from manifestgen.api.bundle import Bundle
from manifestgen.api.loading import load
from manifestgen.catalog import releases
from manifestgen.catalog.conditions import ALWAYS, Context
from manifestgen.catalog.loading import user_layer
from manifestgen.catalog.model import Layer
from manifestgen.compose.layers import Composition, Scope, apply_images, apply_labels, apply_own
from manifestgen.errors import ErrorCollector, ManifestgenError
from manifestgen.patch.resource import Resource


class NeedsProfile(ManifestgenError):
    """An overlay on objects from elsewhere has something that needs a profile."""


def apply_overlay(
    objects: Bundle | str | os.PathLike[str] | IO[str] | IO[bytes], overlays: Sequence[str | os.PathLike[str]]
) -> Bundle:
    """Apply overlays to objects from elsewhere, as strictly as to a profile.

    Args:
        objects: a bundle, or what `load` takes: a file, a directory or an open file.
        overlays: directories, later ones win. Conditions and parameter values need a profile and are refused.

    Returns:
        The objects in their order, followed by those that the overlays add.

    Raises:
        NeedsProfile: an overlay has a condition or a value.
        ManifestgenError: an overlay cannot be applied, or objects cannot be read.
    """
    bundle = objects if isinstance(objects, Bundle) else load(objects)
    layers = [user_layer(os.fspath(overlay)) for overlay in overlays]
    return Bundle(overlaid(bundle.resources, layers))


def overlaid(resources: Sequence[Resource], layers: Sequence[Layer]) -> tuple[Resource, ...]:
    """Apply layers that have been read to objects."""
    gathered = ErrorCollector()
    for layer in layers:
        for error in _needs(layer):
            gathered.add(error)
    gathered.raise_all()
    # No conditions on versions are left.
    calico = releases.newest_working()
    scope = Scope(Context(calico, releases.documented_istio(calico)))
    composition = Composition(tuple(resources))
    for layer in layers:
        composition = apply_own(composition, scope, layer)
        composition = apply_images(composition, scope, layer.images)
        composition = apply_labels(composition, scope, layer.labels)
    return composition.resources


def _needs(layer: Layer) -> list[NeedsProfile]:
    """The parts of a layer that need a profile."""
    conditional = [patch.patch.ref for patch in layer.patches if patch.when is not ALWAYS]
    conditional += [file.ref for file in layer.resources if file.when is not ALWAYS]
    errors = [
        NeedsProfile(
            "a condition needs a profile, and these objects have none",
            where=ref.at("when").location,
            next_step="remove it, or keep the patch in an overlay of its own",
        )
        for ref in conditional
    ]
    bound = [step.ref for patch in layer.patches for step in patch.patch.operations if step.binding]
    errors += [
        NeedsProfile(
            "a parameter needs a profile, and these objects have none",
            where=ref.location,
            next_step="write the value itself in place of valueFrom",
        )
        for ref in bound
    ]
    if layer.values:
        errors.append(
            NeedsProfile(
                "parameter values need a profile, and these objects have none",
                where=layer.ref.at("values").location,
                next_step="write a patch instead",
            )
        )
    return errors
