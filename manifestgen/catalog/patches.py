"""The entries of `patches`, in both of Kustomize's notations, and of `patchesStrategicMerge`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS
from manifestgen.catalog.model import ConditionalPatch
from manifestgen.catalog.patch_schema import PATCH_HEAD, read_head, read_operations
from manifestgen.patch.expect import Expect
from manifestgen.patch.model import Patch
from manifestgen.patch.select import Selector
from manifestgen.yamlio.typed import FormatError, MissingKey, anything, exactly_one, mapping, string

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from manifestgen.yamlio.locations import SourceRef

    Files = Callable[[str, SourceRef], list[tuple[Any, SourceRef]]]
    """Reads a patch file that a layer names: its documents, and where each is."""

_PATCH = mapping("a patch", optional={**PATCH_HEAD, "path": string, "patch": anything})


def read_patches(value: Any, ref: SourceRef, files: Files) -> tuple[ConditionalPatch, ...]:
    """One entry of `patches`: Kustomize's, with `when`, `expect`, `document` and `at` beside.

    It holds RFC 6902 operations, or strategic merge patches, one per document.

    Raises:
        ManifestgenError: with the location of the mistake.
    """
    entry = _PATCH(value, ref)
    if exactly_one(entry, ("path", "patch"), ref, "a patch") == "path":
        documents = files(entry["path"], ref.at("path"))
    else:
        documents = _inline(entry["patch"], ref.at("patch"))
    if documents and all(isinstance(document, dict) and "op" not in document for document, _ in documents):
        return tuple(_merge(document, top, entry, ref) for document, top in documents)
    if len(documents) != 1:
        raise FormatError(
            "a patch holds one list of operations, or strategic merge patches",
            where=documents[0][1].location if documents else ref.at("patch").location,
            found=f"{len(documents) or 'no'} documents",
            next_step="write one patch per entry",
        )
    if "target" not in entry:
        raise MissingKey("target", ref.location, "a patch")
    head, (written, top) = read_head(entry), documents[0]
    operations = read_operations(written, top, head.base)
    return (
        ConditionalPatch(
            Patch(target=head.target, expect=head.expect, inside=head.inside, operations=operations, ref=ref), head.when
        ),
    )


def read_merges(value: Any, ref: SourceRef, files: Files) -> tuple[ConditionalPatch, ...]:
    """One entry of `patchesStrategicMerge`: a file, or the patches themselves as a string.

    Raises:
        ManifestgenError: with the location of the mistake.
    """
    is_inline = isinstance(value, dict) or (isinstance(value, str) and "\n" in value)
    documents = _inline(value, ref) if is_inline else files(string(value, ref), ref)
    return tuple(_merge(document, top, {}, ref) for document, top in documents)


def _inline(value: Any, ref: SourceRef) -> list[tuple[Any, SourceRef]]:
    """An inline patch, or one in a string of YAML or JSON."""
    if not isinstance(value, str):
        return [(value, ref)]
    from manifestgen.yamlio.reader import read  # imported lazily: few profiles have one

    return [(document, ref) for document in read(value, f"{ref.location} (string)")]


def _merge(body: Any, top: SourceRef, entry: Mapping[str, Any], ref: SourceRef) -> ConditionalPatch:
    """A strategic merge patch, for its `target` or for the object that it names itself."""
    from manifestgen.patch.strategic import StrategicMerge, target_of  # imported lazily: rarely used

    if not isinstance(body, dict):
        raise FormatError(
            "a strategic merge patch is a mapping",
            where=top.location,
            next_step="write the part of the object that changes",
        )
    for member in ("document", "at"):
        if member in entry:
            raise FormatError(
                f"{member} is for operations, not for a strategic merge patch",
                where=ref.at(member).location,
                next_step="write the change as operations",
            )
    if "target" in entry:
        target = entry["target"]
    else:
        group, kind, name, namespace = target_of(body, top)
        within = None if namespace is None else re.escape(namespace)
        target = Selector(
            group=re.escape(group) or "core", version=None, kind=re.escape(kind), name=re.escape(name), namespace=within
        )
    merge = StrategicMerge(body, top)
    expect = entry.get("expect") or Expect()
    return ConditionalPatch(
        Patch(target=target, expect=expect, inside=(), operations=(), ref=ref, merge=merge), entry.get("when", ALWAYS)
    )
