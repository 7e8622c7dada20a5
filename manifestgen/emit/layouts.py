"""The layouts of an output directory: numbered resources with a kustomization, flat, or base and overlay."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.site import LAYOUTS
from manifestgen.emit.directory import File
from manifestgen.emit.enforcing import FOLDER, enforces
from manifestgen.emit.errors import NoSuchLayout
from manifestgen.emit.file_names import KUSTOMIZATION, mode_of, resource_names
from manifestgen.model.identity import Id
from manifestgen.model.record import Record
from manifestgen.yamlio.scalars import looks_like_other
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from manifestgen.patch.resource import Resource

_HEAD = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


class Placement(Record):
    """The places of a bundle's objects in a directory.

    Attributes:
        paths: for each object that a file holds as it is applied, its identity and the path.
        kubectl: how kubectl applies the whole directory: `-k` or `-f`, and the path; None if nothing is for kubectl.
        enforce: how it applies what must come last; None if that is applied with the rest, or does not exist.
    """

    paths: tuple[tuple[Id, str], ...] = ()
    kubectl: tuple[str, str] | None = None
    enforce: tuple[str, str] | None = None


def place(
    resources: Sequence[Resource], *, layout: str, profile: str, extra: Mapping[str, tuple[Resource, Any]]
) -> Placement:
    """The places of a bundle's objects in a layout.

    Args:
        resources: those that kubectl applies, in order.
        layout: one of `LAYOUTS`.
        profile: the name of the overlay in layout `overlay`, which has no objects in the form that is applied.
        extra: what kubectl must not apply: for each path the object, and the document of the file.

    Raises:
        NoSuchLayout: the layout is none of them.
    """
    if layout not in LAYOUTS:
        raise NoSuchLayout(layout, LAYOUTS)
    beside = tuple((resource.id, path) for path, (resource, _) in extra.items())
    folder, *kubectl = {
        "kustomize": ("resources/", "-k", "."),
        "flat": ("", "-f", "."),
        "overlay": ("", "-k", f"overlays/{profile}"),
    }[layout]
    ids = [resource.id for resource in resources]
    names = [] if layout == "overlay" else resource_names(ids)
    last = [layout == "kustomize" and enforces(resource) for resource in resources]
    folders = [f"{FOLDER}/" if one else folder for one in last]
    paths = tuple((identity, path + name) for identity, path, name in zip(ids, folders, names, strict=False))
    return Placement(
        paths=paths + beside,
        kubectl=(kubectl[0], kubectl[1]) if not all(last) else None,
        enforce=("-k", FOLDER) if any(last) else None,
    )


def tree(
    resources: Sequence[Resource], *, layout: str, profile: str, extra: Mapping[str, tuple[Resource, Any]]
) -> dict[str, File]:
    """The files of a bundle by path, without its notes; those of Secrets are readable only by their owner.

    Args:
        resources: those that kubectl applies, in order.
        layout: one of `LAYOUTS`.
        profile: the name of the overlay in layout `overlay`.
        extra: what kubectl must not apply: for each path the object, and the document of the file.

    Raises:
        NoSuchLayout: the layout is none of them.
    """
    placement = place(resources, layout=layout, profile=profile, extra=extra)
    if layout == "overlay":
        files = overlay_tree(resources, profile)
    else:
        files = {
            path: File(write_document(resource.content), mode_of(resource))
            for resource, (_, path) in zip(resources, placement.paths, strict=False)
        }
    if layout == "kustomize":
        files = {**_kustomizations(files), **files}
    return files | {
        path: File(write_document(document), mode_of(resource)) for path, (resource, document) in extra.items()
    }


def _kustomizations(paths: Iterable[str]) -> dict[str, File]:
    """The kustomization of what prepares, and that of what enforces, if they are needed."""
    last = [path for path in paths if path.startswith(f"{FOLDER}/")]
    first = [path for path in paths if path not in last]
    files = {KUSTOMIZATION: File(kustomization(first))} if first else {}
    if last:
        names = [path.removeprefix(f"{FOLDER}/") for path in last]
        files[f"{FOLDER}/{KUSTOMIZATION}"] = File(kustomization(names))
    return files


def kustomization(paths: Iterable[str]) -> str:
    """A kustomization that only lists its resources, in apply order."""
    return write_document({**_HEAD, "resources": list(paths)})


def overlay_tree(resources: Sequence[Resource], profile: str) -> dict[str, File]:
    """`base/` with the objects as they were read, `overlays/PROFILE/` with their history as JSON6902 patches.

    `kubectl kustomize overlays/PROFILE` builds the same objects as the bundle. An object whose history Kustomize cannot
    replay is in `base/` in its final form.

    Args:
        resources: in apply order.
        profile: the name of the overlay.

    Raises:
        PatchNotConfirmed: the independent library gets another object from a patch.
    """
    from manifestgen.patch.confirm import confirm  # imported lazily: only this layout hands out patches

    files: dict[str, File] = {}
    overlay = f"overlays/{profile}"
    patches = []
    names = resource_names([resource.id for resource in resources])
    originals = Counter(resource.original for resource in resources)
    for name, resource in zip(names, resources, strict=True):
        steps = _steps(resource)
        # If several objects are made from one, Kustomize cannot tell which of them a patch is for.
        if originals[resource.original] > 1 or any(_has_typed_key(step.get("value")) for step in steps):
            files[f"base/{name}"] = File(write_document(resource.content), mode_of(resource))
            continue
        files[f"base/{name}"] = File(write_document(resource.base), mode_of(resource))
        if steps:
            confirm(resource.base, steps, resource.content, what=f"the patch of {resource.id}")
            files[f"{overlay}/patches/{name}"] = File(write_document(steps), mode_of(resource))
            patches.append({"target": _target(resource.original), "path": f"patches/{name}"})
    files[f"base/{KUSTOMIZATION}"] = File(write_document({**_HEAD, "resources": names}))
    top: dict[str, Any] = {**_HEAD, "resources": ["../../base"], **({"patches": patches} if patches else {})}
    files[f"{overlay}/{KUSTOMIZATION}"] = File(write_document(top))
    return files


def _steps(resource: Resource) -> list[dict[str, Any]]:
    """The operations of an object's history; several on one embedded document become one replacement."""
    plain = [step for change in resource.history for step in change.lowered]
    repeated = {at for at, (step, after) in enumerate(pairwise(plain)) if step.op == "replace" and step == after}
    return [step.as_json() for at, step in enumerate(plain) if at not in repeated]


def _has_typed_key(value: Any) -> bool:
    """Whether a mapping has a key such as `1` or `~`, which Kustomize 5 writes without quotes inside a patch."""
    if isinstance(value, dict):
        return any(looks_like_other(key) or _has_typed_key(below) for key, below in value.items())
    return isinstance(value, list) and any(map(_has_typed_key, value))


def _target(identity: Id) -> dict[str, str]:
    """A selector for exactly this object; Kustomize treats the values as regular expressions."""
    fields = {key: value for key, value in identity._asdict().items() if value}
    return {key: re.escape(value).replace("\\-", "-") for key, value in fields.items()}
