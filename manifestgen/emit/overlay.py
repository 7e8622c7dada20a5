"""A bundle as plain Kustomize: base objects, and what was done to them as JSON6902 patches. Nobody is locked in."""

from __future__ import annotations

import re

from manifestgen.emit.directory import File
from manifestgen.emit.names import KUSTOMIZATION, mode_of, resource_names
from manifestgen.yamlio.writer import write_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

_HEAD = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


def overlay_tree(resources: Sequence[Resource], profile: str) -> dict[str, File]:
    """`base/` with the objects as they were read, `overlays/PROFILE/` with their whole history, lowered.

    `kubectl kustomize overlays/PROFILE` builds the same objects as the bundle.

    Args:
        resources: in apply order.
        profile: names the overlay.
    """
    files: dict[str, File] = {}
    overlay = f"overlays/{profile}"
    patches = []
    names = resource_names([resource.id for resource in resources])
    for name, resource in zip(names, resources, strict=True):
        files[f"base/{name}"] = File(write_document(resource.base), mode_of(resource))
        steps = [step.as_json() for change in resource.history for step in change.lowered]
        if steps:
            files[f"{overlay}/patches/{name}"] = File(write_document(steps), mode_of(resource))
            patches.append({"target": _target(resource.original), "path": f"patches/{name}"})
    files[f"base/{KUSTOMIZATION}"] = File(write_document({**_HEAD, "resources": names}))
    top: dict[str, Any] = {**_HEAD, "resources": ["../../base"], **({"patches": patches} if patches else {})}
    files[f"{overlay}/{KUSTOMIZATION}"] = File(write_document(top))
    return files


def _target(identity: Id) -> dict[str, str]:
    """A selector for exactly this object; Kustomize takes the values for regular expressions."""
    fields = {key: value for key, value in identity._asdict().items() if value}
    return {key: re.escape(value).replace("\\-", "-") for key, value in fields.items()}
