"""The objects in a layer's resource files, as resources."""

from __future__ import annotations

import os
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import InvalidProfile
from manifestgen.catalog.loading import inside, shipped_documents
from manifestgen.errors import ErrorCollector
from manifestgen.model.identity import identify
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.locations import SourceFile, SourceRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from manifestgen.catalog.model import Layer, ResourceFile
    from manifestgen.yamlio.documents import Known

_LARGE = 1 << 20


def load_resources(layer: Layer, files: Iterable[ResourceFile], *, shipped: bool) -> list[Resource]:
    """The objects of some of a layer's resource files.

    Args:
        layer: the layer.
        files: those of its files that apply.
        shipped: whether the layer is part of the catalog, whose files need no checks.
    """
    found: list[Resource] = []
    for file in files:
        if shipped:
            found += _shipped(f"{layer.directory}/{file.path}", file.component, layer.name)
        else:
            found += _read(layer, file)
    return found


class ObjectExists(InvalidProfile):
    """A layer adds an object that exists already.

    Attributes:
        object: its identity.
    """

    def __init__(self, brought: Resource, present: Resource) -> None:
        target = f"{{kind: {present.id.kind}, name: {present.id.name}}}"
        ours = f"remove the other one with target: {target} and patch: [{{op: remove, path: ''}}]"
        if present.component:
            ours += f", or do not render the component {present.component}"
        super().__init__(
            f"{brought.id} exists already",
            where=brought.ref.location if brought.ref else None,
            found=f"from {present.ref}",
            next_step=f"take it out of this file and patch the other one; or {ours}",
        )
        self.object = brought.id


def add_unique(
    present: Iterable[Resource], brought: Iterable[Resource], rendered: Collection[str] | None = None
) -> list[Resource]:
    """Add resources to the existing ones.

    Args:
        present: the existing resources.
        brought: the resources to add.
        rendered: the components that are rendered; objects of any other component are replaced. None for all.

    Raises:
        Failures, or the only failure: an ObjectExists for every object that has the identity of another.
    """
    gathered = ErrorCollector()
    known = {resource.id[2:]: resource for resource in present}
    added: dict[tuple[str, ...], Resource] = {}
    for resource in brought:
        twin = added.get(resource.id[2:], known.get(resource.id[2:]))
        if twin is None or (rendered is not None and twin.component and twin.component not in rendered):
            known.pop(resource.id[2:], None)
            added[resource.id[2:]] = resource
        else:
            gathered.add(ObjectExists(resource, twin))
    gathered.raise_all()
    return [*known.values(), *added.values()]


@cache
def _shipped(path: str, component: str, layer: str) -> tuple[Resource, ...]:
    documents, source = shipped_documents(path)
    return tuple(_resource(body, component, layer, SourceRef(source, (), at)) for at, body in enumerate(documents))


def _read(layer: Layer, entry: ResourceFile) -> list[Resource]:
    from manifestgen.yamlio.files import read_file  # imported lazily: the parser is slow to import

    path = inside(layer.directory, entry.path, entry.ref)
    return list(_parsed(read_file(path), path, entry.component, layer.name))


@lru_cache(maxsize=256)
def _parsed(text: str, file: str, component: str, layer: str) -> tuple[Resource, ...]:
    """The objects of a user's file, parsed once for many renders of one profile."""
    return tuple(objects(text, file, component=component, layer=layer))


def objects(
    text: str,
    file: str,
    *,
    component: str = "",
    layer: str = "",
    lenient: bool = False,
    known: Known | None = None,
) -> list[Resource]:
    """The Kubernetes objects of a stream as resources with their locations; lists are flattened.

    Args:
        text: the stream.
        file: its name in messages.
        component: the component that they belong to.
        layer: the layer that adds them.
        lenient: read for a command that only inspects; see `yamlio.reader.locate_objects`.
        known: documents that were read before, by their text; those of this text are added.

    Raises:
        YamlError: the text is not YAML, or a document is not an object.
    """
    from manifestgen.yamlio.reader import locate_objects  # imported lazily: the parser is slow to import

    source = _source(text, file)
    return [
        _resource(body, component, layer, SourceRef(source, path, at))
        for at, path, body in locate_objects(text, file, lenient=lenient, known=known)
    ]


def _source(text: str, file: str) -> SourceFile:
    """The source file of a text. A large text is read again if an object must be located, instead of being kept."""
    if len(text) <= _LARGE or not text.isascii() or not os.path.isfile(file) or os.path.getsize(file) != len(text):
        return SourceFile(file, text)
    from manifestgen.yamlio.documents import parts
    from manifestgen.yamlio.files import read_file, read_range

    return SourceFile(file, partial(read_file, file), (parts(text), partial(read_range, file)))


def _resource(body: dict[str, Any], component: str, layer: str, ref: SourceRef) -> Resource:
    identity = identify(body)
    return Resource(id=identity, content=body, component=component, base=body, original=identity, layer=layer, ref=ref)
