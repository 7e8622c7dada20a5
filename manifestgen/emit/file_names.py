"""The names and permissions of a bundle's files."""

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
    """`NN-kind-name.yaml` for each object, numbered in apply order, which `kubectl apply -f` follows.

    A name can have 253 characters in Kubernetes and a file name 255, so long names are cut.
    """
    width = max(2, len(str(len(ids))))
    stems = [
        f"{number:0{width}}-{file_part(f'{identity.kind}-{identity.name}')}" for number, identity in enumerate(ids, 1)
    ]
    return [file_name(stem, _ENDING) for stem in stems]


def file_name(stem: str, ending: str) -> str:
    """A file name with an extension; the stem is cut if the file system would not accept it."""
    return f"{stem[: _LONGEST - len(ending)]}{ending}"


def file_part(text: str) -> str:
    """A text as part of a file name."""
    return _UNSAFE.sub("-", text.lower())


def mode_of(resource: Resource) -> int:
    """The permission bits of a resource's file: only the owner can read a Secret."""
    return _SECRET_MODE if resource.id.kind == "Secret" else File("").mode
