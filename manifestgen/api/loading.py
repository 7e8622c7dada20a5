"""`load`: a bundle from files."""

from __future__ import annotations

import io
import os
from typing import IO, TYPE_CHECKING

from manifestgen.api.arguments import path_of
from manifestgen.api.bundle import Bundle
from manifestgen.catalog.manifests import KUSTOMIZATIONS, kustomization_of
from manifestgen.catalog.resource_files import objects
from manifestgen.emit.enforcing import FOLDER
from manifestgen.emit.inventory import INVENTORY, read_inventory
from manifestgen.errors import ErrorCollector
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.files import decode, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.yamlio.documents import Known

_DATA = (".yaml", ".yml", ".json")
_NUMBERED = "resources"


def load(source: str | os.PathLike[str] | IO[str] | IO[bytes]) -> Bundle:
    """Load a bundle from a file, a directory or a stream.

    Args:
        source: the path of a file; or of a directory, whose kustomization, inventory or else every YAML and
            JSON file below it is read; or an open file such as `sys.stdin`.

    Raises:
        YamlError: a file cannot be read, or has something that is not a Kubernetes object.
        NotUnderstood: a kustomization does more than list local files and patch them by JSON6902.
    """
    return load_beside(source, None)


def load_beside(source: str | os.PathLike[str] | IO[str] | IO[bytes], known: Known | None) -> Bundle:
    """Like `load`, next to another source that shares documents with it.

    Args:
        source: see `load`.
        known: documents that were read before, by their text; those of this source are added.
    """
    if isinstance(source, (io.TextIOBase, io.BufferedIOBase, io.RawIOBase)):
        name = getattr(source, "name", None)
        file = name if isinstance(name, str) else "<stream>"
        return Bundle(objects(decode(source.read(), file), file, lenient=True, known=known))
    source = path_of("source", source, "a path or an open file")
    return Bundle(
        _read_directory(source, known)
        if os.path.isdir(source)
        else objects(read_file(source, pipes=True), source, lenient=True, known=known)
    )


def _read_directory(directory: str, known: Known | None) -> list[Resource]:
    """The objects of a directory: what its kustomization builds, what its inventory lists, or all files."""
    from manifestgen.catalog.kustomization import build  # imported lazily: a file has none

    errors = ErrorCollector()
    found: list[Resource] = []
    root = _kustomization_of(directory)
    with errors:
        if root:
            found += build(root)
        last = os.path.join(directory, FOLDER)
        if root == directory and _is_bundle(directory) and kustomization_of(last):
            found += build(last)
    for path in () if root else _files_of(directory):
        with errors:
            found += objects(read_file(path), path, lenient=True, known=known)
    if root or _is_bundle(directory):
        for path in _extra_files(directory):
            with errors:
                found += objects(read_file(path), path, lenient=True, known=known)
    errors.raise_all()
    return found


def _is_bundle(directory: str) -> bool:
    """Whether a directory has the layout of an output directory."""
    return os.path.isfile(os.path.join(directory, INVENTORY)) or os.path.isdir(os.path.join(directory, _NUMBERED))


def _kustomization_of(directory: str) -> str:
    """The directory with the kustomization that is applied: the directory itself, or the overlay that was written."""
    if kustomization_of(directory):
        return directory
    overlays = os.path.join(directory, "overlays")
    if not _is_bundle(directory) or not os.path.isdir(overlays):
        return ""
    found = [path for name in sorted(os.listdir(overlays)) if kustomization_of(path := os.path.join(overlays, name))]
    return found[0] if len(found) == 1 else ""


def load_applied(source: str | os.PathLike[str]) -> tuple[Resource, ...]:
    """What kubectl applies from a file or a directory, without what is for istioctl, Helm or calicoctl.

    Raises:
        YamlError: see `load`.
    """
    beside = {os.path.normpath(path) for path in _extra_files(os.fspath(source))}
    return tuple(
        one for one in load(source).applied() if one.ref is None or os.path.normpath(one.ref.source.name) not in beside
    )


def _files_of(directory: str) -> list[str]:
    """The files of a directory without a kustomization: those in its inventory, or every YAML and JSON file in it.

    Raises:
        NotUnderstood: a subdirectory has a kustomization that does more than list files.
    """
    from manifestgen.catalog.kustomization import build
    from manifestgen.emit.extra_files import patterns

    inventory = os.path.join(directory, INVENTORY)
    if os.path.isfile(inventory):
        beside = {pattern.partition("/")[0] for pattern in patterns()}
        listed = sorted(read_inventory(read_file(inventory).encode()))
        names = [
            name
            for name in listed
            if name.endswith(_DATA)
            and name.partition("/")[0] not in beside
            and os.path.basename(name) not in KUSTOMIZATIONS
        ]
        return [os.path.join(directory, name) for name in names if os.path.isfile(os.path.join(directory, name))]
    numbered = os.path.join(directory, _NUMBERED)
    found = []
    for parent, _, names in os.walk(numbered if os.path.isdir(numbered) else directory):
        if kustomization_of(parent):
            build(parent)
        found += [os.path.join(parent, name) for name in names if name.endswith(_DATA) and name not in KUSTOMIZATIONS]
    return sorted(found)


def _extra_files(directory: str) -> Iterator[str]:
    """The paths of whole objects that kubectl must not apply."""
    from glob import escape, glob

    from manifestgen.emit.extra_files import patterns

    found = (sorted(glob(os.path.join(escape(directory), pattern))) for pattern in patterns())
    yield from dict.fromkeys(path for paths in found for path in paths)
