"""Objects that must be applied last, because Envoy then denies all requests to pods without Dikastes.

The data is `enforce` in `profiles/catalog.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.catalog.loading import catalog_index
from manifestgen.model import pointer
from manifestgen.patch.select import fits

if TYPE_CHECKING:
    from manifestgen.patch.resource import Resource

FOLDER = "enforce"
"""Where they are in the default layout: a kustomization of its own."""


def enforces(resource: Resource) -> bool:
    """Whether an object makes every sidecar ask Dikastes, including those of pods without Dikastes."""
    return any(
        fits(rule["kind"], resource.id.kind)
        and fits(rule["name"], resource.id.name)
        and pointer.find(resource.content, pointer.parse_pointer(rule["unless"])) is None
        for rule in catalog_index()["enforce"]
    )
