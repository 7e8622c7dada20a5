"""The objects that a layer's resource files hold, as resources."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import InvalidProfile
from manifestgen.catalog.loading import inside, shipped_documents
from manifestgen.model.identity import identify
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.locations import SourceFile, SourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.catalog.model import Layer, ResourceFile


def load_resources(layer: Layer, files: Iterable[ResourceFile], *, shipped: bool) -> list[Resource]:
    """The objects of some of a layer's resource files.

    Args:
        layer: the layer.
        files: those of its files that are in force.
        shipped: the layer is part of the catalog, and its files need no checks.
    """
    found: list[Resource] = []
    for file in files:
        if shipped:
            found += _shipped(f"{layer.directory}/{file.path}", file.component, layer.name)
        else:
            found += _read(layer, file)
    return found


def add_unique(present: Iterable[Resource], brought: Iterable[Resource]) -> list[Resource]:
    """Add resources to those that are there.

    Raises:
        InvalidProfile: one has the identity of another.
    """
    known = {resource.id[2:]: resource for resource in present}
    for resource in brought:
        twin = known.setdefault(resource.id[2:], resource)
        if twin is not resource:
            raise InvalidProfile(
                f"{resource.id} is there already",
                where=resource.ref.location if resource.ref else str(resource.id),
                found=f"from {twin.ref}",
                next_step="change the one that is there with a patch, or give this one another name",
            )
    return [*present, *brought]


@cache
def _shipped(path: str, component: str, layer: str) -> tuple[Resource, ...]:
    documents, source = shipped_documents(path)
    return tuple(_resource(body, component, layer, SourceRef(source, (), at)) for at, body in enumerate(documents))


def _read(layer: Layer, entry: ResourceFile) -> list[Resource]:
    from manifestgen.yamlio.files import read_file  # the parser is slow to import

    path = inside(layer.directory, entry.path, entry.ref)
    return objects(read_file(path), path, component=entry.component, layer=layer.name)


def objects(text: str, file: str, *, component: str = "", layer: str = "") -> list[Resource]:
    """The Kubernetes objects of a stream as resources, each with its place; `kind: List` is taken apart.

    Args:
        text: the stream.
        file: how messages call it.
        component: the part of the output they belong to.
        layer: the stage that brings them.

    Raises:
        YamlError: the text is not YAML, or a document is not an object.
    """
    from manifestgen.yamlio.reader import locate_objects  # the parser is slow to import

    source = SourceFile(file, text)
    return [
        _resource(body, component, layer, SourceRef(source, path, at)) for at, path, body in locate_objects(text, file)
    ]


def _resource(body: dict[str, Any], component: str, layer: str, ref: SourceRef) -> Resource:
    identity = identify(body)
    return Resource(identity, body, component, body, identity, layer, ref)
