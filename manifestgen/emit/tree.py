"""A bundle as a tree of files: `kustomization.yaml`, numbered resources, notes."""

from __future__ import annotations

from typing import Any

from manifestgen.emit import LAYOUTS
from manifestgen.emit.directory import File
from manifestgen.emit.errors import NoSuchLayout
from manifestgen.emit.names import KUSTOMIZATION, NOTES, mode_of, resource_names
from manifestgen.yamlio.writer import write_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from manifestgen.patch.resource import Resource


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
        from manifestgen.emit.overlay import overlay_tree  # noqa: PLC0415 - few ask for it

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
        f"{folder}{name}": File(write_document(resource.body), mode_of(resource))
        for name, resource in zip(names, resources, strict=True)
    }


def kustomization(paths: Iterable[str]) -> str:
    """A kustomization that lists its resources in apply order, and does nothing else."""
    return write_document(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": list(paths)}
    )
