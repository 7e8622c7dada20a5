"""The reason for a patch: the comment above it in its file."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from manifestgen.yamlio.locations import Path, SourceFile, SourceRef

_COMMENT = re.compile(r"\s*#\s?(.*)")
_REFERS = ("The same", "Likewise")
"""How a comment begins that continues the one of the patch before."""
_SHIPPED = "profiles/"


def reason_of(ref: SourceRef | None, layer: str = "") -> str:
    """The reason for a value: the comment above the operation or its patch, or the layer's own description.

    Args:
        ref: the reference of a value or an operation; None if it is not in a file.
        layer: its layer, such as `release v3.9`; empty to use only comments.
    """
    if ref is None:
        return ""
    for length in range(len(ref.path), 1, -1):
        found = _above(ref, ref.path[:length])
        if found:
            return found
    if ref.path and isinstance(ref.path[0], int):  # in a file of operations a comment is about those that follow it
        for index in range(ref.path[0], -1, -1):
            found = _above(ref, (index,))
            if found:
                return found
    return _listed(ref.source.name, layer) or _summary(ref.source.name, layer)


def _above(ref: SourceRef, path: Path) -> str:
    """The comment above a value, with the earlier comment that it refers to."""
    found = _comment(ref.source, ref.source.location(path, ref.document).line)
    if not found.startswith(_REFERS) or not isinstance(path[-1], int):
        return found
    for index in range(path[-1] - 1, -1, -1):
        before = _comment(ref.source, ref.source.location((*path[:-1], index), ref.document).line)
        if before and not before.startswith(_REFERS):
            return f"{before} {found}"
    return found


def _comment(source: SourceFile, line: int) -> str:
    """The comment lines directly above a line, joined."""
    lines = _lines(source.text)
    found: list[str] = []
    for number in range(line - 2, -1, -1):
        match = _COMMENT.fullmatch(lines[number])
        if not match:
            break
        found.append(match[1].strip())
    return " ".join(reversed(found)).strip()


@lru_cache(maxsize=64)
def _lines(text: str) -> list[str]:
    return text.splitlines()


def _listed(file: str, layer: str) -> str:
    """The comment at the entry for a file of objects in a layer."""
    documents, source = _layer_file(file, layer)
    if source is None:
        return ""
    for index, entry in enumerate(documents[0].get("resources", ())):
        if entry["path"] == file.rpartition("/")[2]:
            found = _comment(source, source.location(("resources", index)).line)
            if found:
                return found
    return ""


def _summary(file: str, layer: str) -> str:
    """The description in a layer's file."""
    documents, source = _layer_file(file, layer)
    return str(documents[0].get("summary", "")) if source else ""


def _layer_file(file: str, layer: str) -> tuple[list[Any], SourceFile | None]:
    """The file of a shipped layer, found by another of its files."""
    kind, _, name = layer.partition(" ")
    if not name or not file.startswith(_SHIPPED):
        return [], None
    folder = file.removeprefix(_SHIPPED).rpartition("/")[0]
    own = f"{folder}/{name}.yaml" if kind == "release" else f"{folder}/profile.yaml"
    try:
        return shipped_documents(own)
    except ManifestgenError:
        return [], None
