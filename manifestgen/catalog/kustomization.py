"""The objects of a kustomization that this program understands whole: local resources, and patches of both kinds.

A kustomization that does more is refused: ignoring what it does to its files would mean comparing or validating
something that nobody applies.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import NotUnderstood
from manifestgen.catalog.manifests import kustomization_of
from manifestgen.catalog.merge_lists import merge_list
from manifestgen.catalog.patches import read_merges, read_patches
from manifestgen.catalog.resource_files import objects
from manifestgen.errors import ErrorCollector, as_message
from manifestgen.patch.apply import apply_patches
from manifestgen.patch.expect import Expect
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.patch.model import Patch
    from manifestgen.patch.resource import Resource

_PATCHES = ("patchesStrategicMerge", "patches", "patchesJson6902")
"""In the order in which Kustomize applies them, whatever their order in the file."""

_MEMBERS = frozenset({"apiVersion", "kind", "metadata", "resources", *_PATCHES})
_ANY_NUMBER = Expect(0, None)


def build(directory: str, above: Sequence[str] = ()) -> list[Resource]:
    """The objects that a kustomization builds.

    Args:
        directory: the directory with the kustomization.
        above: the directories that lead to it.

    Raises:
        NotUnderstood: it does more than list local resources and patch them.
        ManifestgenError: a file cannot be read, or a patch cannot be applied.
    """
    written, ref = _document(directory)
    real = os.path.realpath(directory)
    if real in above:
        raise NotUnderstood("refers to itself", ref.location, directory)
    for member in written:
        if member not in _MEMBERS:
            raise NotUnderstood(f"has {member}", ref.at(member).location, directory)
    errors = ErrorCollector()
    found: list[Resource] = []
    for index, name in enumerate(_list(written, "resources", ref, directory)):
        with errors:
            found += _resources(directory, name, ref.at("resources", index), (*above, real))
    patches: list[Patch] = []
    for member in _PATCHES:
        for index, entry in enumerate(_list(written, member, ref, directory)):
            with errors:
                patches += _patches(directory, member, entry, ref.at(member, index))
    errors.raise_all()
    if not patches:
        return found
    return apply_patches(found, patches, layer=f"kustomization {directory}", formats={}, lists=merge_list)


def _document(directory: str) -> tuple[dict[str, Any], SourceRef]:
    path = kustomization_of(directory)
    text = read_file(path)
    documents = read(text, path)
    ref = SourceRef(SourceFile(path, lambda: text))
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise NotUnderstood("is not one mapping", ref.location, directory)
    return documents[0], ref


def _list(written: dict[str, Any], member: str, ref: SourceRef, directory: str) -> list[Any]:
    value = written.get(member) or []
    if not isinstance(value, list):
        raise NotUnderstood(f"has {member} that is not a list", ref.at(member).location, directory)
    return value


def _resources(directory: str, name: Any, ref: SourceRef, above: Sequence[str]) -> list[Resource]:
    path = os.path.normpath(os.path.join(directory, name)) if isinstance(name, str) else ""
    if path and os.path.isdir(path) and kustomization_of(path):
        return build(path, above)
    if not path or "://" in name or not os.path.isfile(path):
        raise NotUnderstood(f"has a resource that is not a local file: {as_message(name)}", ref.location, directory)
    return objects(read_file(path), path, lenient=True)


def _patches(directory: str, member: str, entry: Any, ref: SourceRef) -> Iterator[Patch]:
    """The patches of one entry: Kustomize skips one whose target is not there, unless it names the object itself."""

    def files(name: str, ref: SourceRef) -> list[tuple[Any, SourceRef]]:
        path = os.path.normpath(os.path.join(directory, name))
        if "://" in name or not os.path.isfile(path):
            raise NotUnderstood(f"has a patch that is not a local file: {as_message(name)}", ref.location, directory)
        text = read_file(path)
        source = SourceFile(path, lambda: text)
        return [(document, SourceRef(source, document=number)) for number, document in enumerate(read(text, path))]

    if member == "patchesStrategicMerge":
        yield from (one.patch for one in read_merges(entry, ref, files))
        return
    if not isinstance(entry, dict) or set(entry) - {"target", "path", "patch"}:
        raise NotUnderstood("has a patch with more than target, path and patch", ref.location, directory)
    for one in read_patches(entry, ref, files):
        yield one.patch._replace(expect=_ANY_NUMBER) if "target" in entry else one.patch
