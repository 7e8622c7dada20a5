"""A bundle as a tree of files: `kustomization.yaml`, numbered resources, notes."""

from __future__ import annotations

import re
from typing import Any

from manifestgen.emit.directory import File
from manifestgen.yamlio.writer import write_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

KUSTOMIZATION = "kustomization.yaml"
NOTES = "NOTES.md"
_UNSAFE = re.compile(r"[^a-z0-9.-]+")
_SECRET_MODE = 0o600


def resource_names(ids: Sequence[Id]) -> list[str]:
    """`NN-kind-name.yaml` for each object, numbered in apply order so that `kubectl apply -f` keeps it."""
    width = max(2, len(str(len(ids))))
    return [
        f"{number:0{width}}-{_UNSAFE.sub('-', f'{identity.kind}-{identity.name}'.lower())}.yaml"
        for number, identity in enumerate(ids, 1)
    ]


def tree(resources: Sequence[Resource], extra: Mapping[str, Any], notes: str) -> dict[str, File]:
    """The files of a bundle.

    Args:
        resources: in apply order.
        extra: documents that kubectl must not apply, by path below `istio/`.
        notes: the text of NOTES.md; empty for none.

    Returns:
        Files by path; those of Secrets are for their owner's eyes only.
    """
    names = resource_names([resource.id for resource in resources])
    files = {KUSTOMIZATION: File(kustomization(f"resources/{name}" for name in names))} if names else {}
    for name, resource in zip(names, resources, strict=True):
        mode = _SECRET_MODE if resource.id.kind == "Secret" else File("").mode
        files[f"resources/{name}"] = File(write_document(resource.body), mode)
    files |= {f"istio/{name}": File(write_document(body)) for name, body in extra.items()}
    if notes:
        files[NOTES] = File(notes)
    return files


def kustomization(paths: Iterable[str]) -> str:
    """A kustomization that lists its resources in apply order, and does nothing else."""
    return write_document(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": list(paths)}
    )
