"""The layouts of an output directory: numbered resources with a kustomization, flat, or base and overlay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.emit import LAYOUTS
from manifestgen.emit.directory import File
from manifestgen.emit.errors import NoSuchLayout
from manifestgen.emit.file_names import KUSTOMIZATION, NOTES, mode_of, resource_names
from manifestgen.patch.confirm import confirm
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

_HEAD = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


def tree(
    resources: Sequence[Resource], *, layout: str = "kustomize", profile: str = "", extra: Mapping[str, Any], notes: str
) -> dict[str, File]:
    """The files of a bundle.

    Args:
        resources: in apply order.
        layout: one of `LAYOUTS`.
        profile: names the overlay of layout `overlay`.
        extra: documents that kubectl must not apply, by path.
        notes: the text of NOTES.md; empty for none.

    Returns:
        Files by path; those of Secrets are for their owner's eyes only.

    Raises:
        NoSuchLayout: the layout is none of them.
    """
    if layout not in LAYOUTS:
        raise NoSuchLayout(layout, LAYOUTS)
    if layout == "overlay":
        files = overlay_tree(resources, profile)
    else:
        files = _numbered(resources, "" if layout == "flat" else "resources/")
    if layout == "kustomize" and resources:
        files = {KUSTOMIZATION: File(kustomization(files)), **files}
    files |= {path: File(write_document(body)) for path, body in extra.items()}
    return {**files, NOTES: File(notes)} if notes else files


def _numbered(resources: Sequence[Resource], folder: str) -> dict[str, File]:
    names = resource_names([resource.id for resource in resources])
    return {
        f"{folder}{name}": File(write_document(resource.content), mode_of(resource))
        for name, resource in zip(names, resources, strict=True)
    }


def kustomization(paths: Iterable[str]) -> str:
    """A kustomization that lists its resources in apply order, and does nothing else."""
    return write_document({**_HEAD, "resources": list(paths)})


def overlay_tree(resources: Sequence[Resource], profile: str) -> dict[str, File]:
    """`base/` with the objects as they were read, `overlays/PROFILE/` with their whole history, lowered.

    `kubectl kustomize overlays/PROFILE` builds the same objects as the bundle.

    Args:
        resources: in apply order.
        profile: names the overlay.

    Raises:
        PatchNotConfirmed: the independent library makes another object of a patch.
    """
    files: dict[str, File] = {}
    overlay = f"overlays/{profile}"
    patches = []
    names = resource_names([resource.id for resource in resources])
    for name, resource in zip(names, resources, strict=True):
        files[f"base/{name}"] = File(write_document(resource.base), mode_of(resource))
        steps = [step.as_json() for change in resource.history for step in change.lowered]
        if steps:
            confirm(resource.base, steps, resource.content, what=f"the patch of {resource.id}")
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
