"""The objects of a kustomization that this program understands whole: local resources and JSON6902 patches.

A kustomization that does more is refused: to read its files and leave out what it does to them would be to compare or
validate something that nobody applies.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import NotUnderstood
from manifestgen.catalog.manifests import kustomization_of
from manifestgen.catalog.patch_schema import read_operations, read_target
from manifestgen.catalog.resource_files import objects
from manifestgen.errors import ErrorCollector, as_message
from manifestgen.patch.apply import apply_patches
from manifestgen.patch.expect import Expect
from manifestgen.patch.model import Patch
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.patch.resource import Resource

_MEMBERS = frozenset({"apiVersion", "kind", "metadata", "resources", "patches"})
_ANY_NUMBER = Expect(0, None)


def build(directory: str, above: Sequence[str] = ()) -> list[Resource]:
    """The objects that a kustomization comes to.

    Args:
        directory: that holds it.
        above: the directories through which it was reached.

    Raises:
        NotUnderstood: it does more than list local resources and patch them by JSON6902.
        ManifestgenError: a file cannot be read, or a patch does not fit.
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
    for index, entry in enumerate(_list(written, "patches", ref, directory)):
        with errors:
            patches.append(_patch(directory, entry, ref.at("patches", index)))
    errors.raise_all()
    return apply_patches(found, patches, layer=f"kustomization {directory}", formats={}) if patches else found


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
        raise NotUnderstood(f"has {member} that are no list", ref.at(member).location, directory)
    return value


def _resources(directory: str, name: Any, ref: SourceRef, above: Sequence[str]) -> list[Resource]:
    path = os.path.normpath(os.path.join(directory, name)) if isinstance(name, str) else ""
    if path and os.path.isdir(path) and kustomization_of(path):
        return build(path, above)
    if not path or "://" in name or not os.path.isfile(path):
        raise NotUnderstood(f"has a resource that is no local file: {as_message(name)}", ref.location, directory)
    return objects(read_file(path), path, lenient=True)


def _patch(directory: str, entry: Any, ref: SourceRef) -> Patch:
    if not isinstance(entry, dict) or "target" not in entry or set(entry) - {"target", "path", "patch"}:
        raise NotUnderstood("has a patch that is not JSON6902 with a target", ref.location, directory)
    if "path" in entry:
        path = os.path.normpath(os.path.join(directory, str(entry["path"])))
        text = read_file(path)
        file, at = path, ref.at("path")
    else:
        text = str(entry.get("patch"))
        file, at = str(ref), ref.at("patch")
    documents = read(text, file)
    operations = documents[0] if len(documents) == 1 else None
    if not isinstance(operations, list):
        raise NotUnderstood("has a patch that is not JSON6902 with a target", at.location, directory)
    source = SourceRef(SourceFile(file, lambda: text))
    target = read_target(entry["target"], ref.at("target"))
    return Patch(target=target, expect=_ANY_NUMBER, inside=(), operations=read_operations(operations, source), ref=ref)
