"""What the files of a bundle are called, and who may read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.emit.directory import File

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

KUSTOMIZATION = "kustomization.yaml"
NOTES = "NOTES.md"
_ENDING = ".yaml"
_LONGEST = 255
_UNSAFE = re.compile(r"[^a-z0-9.-]+")
_SECRET_MODE = 0o600


def resource_names(ids: Sequence[Id]) -> list[str]:
    """`NN-kind-name.yaml` for each object, numbered in apply order so that `kubectl apply -f` keeps it.

    A name may have 253 characters in Kubernetes, and a file's name 255: where both are reached it is cut.
    """
    width = max(2, len(str(len(ids))))
    stems = [
        f"{number:0{width}}-{file_part(f'{identity.kind}-{identity.name}')}" for number, identity in enumerate(ids, 1)
    ]
    return [file_name(stem, _ENDING) for stem in stems]


def file_name(stem: str, ending: str) -> str:
    """A file's name with an ending, the stem cut where the file system would not take it."""
    return f"{stem[: _LONGEST - len(ending)]}{ending}"


def file_part(text: str) -> str:
    """A text as a part of a file's name."""
    return _UNSAFE.sub("-", text.lower())


def mode_of(resource: Resource) -> int:
    """The permission bits of a resource's file: a Secret is for its owner's eyes only."""
    return _SECRET_MODE if resource.id.kind == "Secret" else File("").mode
