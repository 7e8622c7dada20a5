"""Plain manifests as the base of a profile: a file, a directory, or a kustomization that only lists local files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS
from manifestgen.catalog.errors import InvalidProfile, NotUnderstood
from manifestgen.catalog.model import Layer, ResourceFile
from manifestgen.errors import as_message
from manifestgen.yamlio.locations import SourceFile, SourceRef

if TYPE_CHECKING:
    from collections.abc import Iterator

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
DATA_SUFFIXES = (".yaml", ".yml", ".json")
_MEMBERS = frozenset({"apiVersion", "kind", "metadata", "resources"})


def kustomization_of(directory: str) -> str:
    """The kustomization file of a directory; empty if it has none."""
    found = (os.path.join(directory, name) for name in KUSTOMIZATIONS)
    return next((path for path in found if os.path.isfile(path)), "")


def manifests_layer(path: str) -> Layer:
    """A layer that adds the objects of plain manifests, without knowing anything about them.

    Args:
        path: a file or a directory.

    Raises:
        InvalidProfile, NotUnderstood: a directory has no manifests, or a kustomization that does more than list
            local files.
    """
    is_directory = os.path.isdir(path)
    directory = path if is_directory else os.path.dirname(path)
    files = list(_files(path)) if is_directory else [path]
    ref = SourceRef(SourceFile(path, ""))
    if not files:
        raise InvalidProfile(
            "the directory holds no manifests",
            where=ref.location,
            next_step="put .yaml, .yml or .json files into it, or extend another directory",
        )
    return Layer(
        name=f"manifests {os.path.basename(path)}",
        short=os.path.basename(path),
        directory=directory,
        ref=ref,
        resources=tuple(
            ResourceFile(
                path=os.path.relpath(file, directory or "."),
                component="",
                when=ALWAYS,
                ref=SourceRef(SourceFile(file, "")),
            )
            for file in files
        ),
        is_manifests=True,
    )


def reached(directory: str) -> Iterator[str]:
    """The files that the kustomization of a directory refers to, including itself; empty if it has none."""
    path = kustomization_of(directory)
    if not path:
        return
    yield path
    for text in _texts(_document(path)[0]):
        found = os.path.join(directory, text.rpartition("=")[2])
        if os.path.isfile(found):
            yield found
        elif text and os.path.isdir(found) and os.path.realpath(found).startswith(os.path.realpath(directory) + os.sep):
            yield from reached(found)


def _files(directory: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The manifests of a directory in order: those that its kustomization lists, or all of them."""
    path = kustomization_of(directory)
    if path:
        yield from _listed(path, directory, above)
        return
    for parent, folders, names in os.walk(directory):
        folders.sort()
        yield from (os.path.join(parent, name) for name in sorted(names) if name.endswith(DATA_SUFFIXES))


def _listed(path: str, directory: str, above: tuple[str, ...]) -> Iterator[str]:
    written, ref = _document(path)
    real = os.path.realpath(directory)
    if not isinstance(written, dict):
        raise NotUnderstood("is not one mapping", ref.location, directory)
    if real in above:
        raise NotUnderstood("refers to itself", ref.location, directory)
    for member in written:
        if member not in _MEMBERS:
            raise NotUnderstood(f"has {member}", ref.at(member).location, directory)
    names = written.get("resources") or []
    for index, name in enumerate(names if isinstance(names, list) else [names]):
        found = os.path.join(directory, name) if isinstance(name, str) else ""
        if found and os.path.isdir(found) and kustomization_of(found):
            yield from _files(found, (*above, real))
        elif found and os.path.isfile(found):
            yield found
        else:
            what = f"has a resource that is not a local file: {as_message(name)}"
            raise NotUnderstood(what, ref.at("resources", index).location, directory)


def _document(path: str) -> tuple[Any, SourceRef]:
    from manifestgen.yamlio.files import read_file
    from manifestgen.yamlio.reader import read  # imported lazily: the parser is slow to import

    text = read_file(path)
    documents = read(text, path)
    return documents[0] if len(documents) == 1 else None, SourceRef(SourceFile(path, text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" not in value and "\0" not in value:
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
