"""YAML to plain values, strictly.

Text is read as kubectl and kustomize both read it. What the two read differently, and what a
Kubernetes manifest has no use for (anchors, tags, merge keys, directives), is refused with its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.yamlio.constructor import Builder
from manifestgen.yamlio.errors import NotAnObject
from manifestgen.yamlio.files import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.yamlio.constructor import Path, Positions


class Located(Record):
    """A Kubernetes object of a stream.

    Attributes:
        document: index of its document among those that are not empty.
        path: where it stands in the document: `()`, or `("items", 0)` in a List.
        body: the object.
    """

    document: int
    path: Path
    body: dict[str, Any]


def read(text: str | bytes, file: str = "<string>") -> list[Any]:
    """All documents of a YAML stream; empty ones are skipped.

    Args:
        text: the stream; bytes are UTF-8.
        file: what places in errors call it.

    Returns:
        Plain dict, list, str, int, float, bool and None.

    Raises:
        YamlError: the text is refused; several refusals come as :class:`~manifestgen.errors.Failures`.
    """
    builder = Builder(decode(text, file), file)
    builder.build()
    builder.refusals.raise_all()
    return builder.documents


def locate(text: str | bytes, file: str = "<string>") -> list[Positions]:
    """Where everything stands: for each document that is not empty, path -> (line, column), from 1.

    The position of a mapping's member is its key's, of a list's item the item's, of `()` the document's.
    Nothing is refused: where a text cannot be read on, positions end.
    """
    builder = Builder(decode(text, file), file, located=True)
    builder.build()
    return builder.positions


def read_objects(text: str | bytes, file: str = "<string>") -> list[dict[str, Any]]:
    """The Kubernetes objects of a YAML stream; for the arguments and errors see :func:`locate_objects`."""
    return [found.body for found in locate_objects(text, file)]


def locate_objects(text: str | bytes, file: str = "<string>") -> list[Located]:
    """The Kubernetes objects of a YAML stream with their paths in it; a `kind: List` gives its items.

    Args:
        text: the stream; bytes are UTF-8.
        file: what places in errors call it.

    Raises:
        YamlError: the text is refused, or a document is not a mapping with apiVersion, kind and
            metadata.name, all strings.
    """
    found: list[Located] = []
    wrong: list[tuple[int, Path, str]] = []
    for index, document in enumerate(read(text, file)):
        for path, body in flattened(document, ()):
            found_wrong = [(index, (*path, *below), what) for below, what in faults(body)]
            wrong += found_wrong
            if not found_wrong:
                found.append(Located(index, path, body))
    if wrong:
        positions = locate(text, file)
        gathered = ErrorCollector()
        for index, path, what in wrong:
            gathered.add(NotAnObject(what, Location(file, *positions[index][path])))
        gathered.raise_all()
    return found


def flattened(body: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The objects of a document with their paths: itself, or the items of a List."""
    if isinstance(body, dict) and body.get("kind") == "List" and isinstance(body.get("items"), list):
        for index, item in enumerate(body["items"]):
            yield from flattened(item, (*path, "items", index))
    else:
        yield path, body


def faults(body: Any) -> Iterator[tuple[Path, str]]:
    """Why a value is not a Kubernetes object, each with the path of what is at fault."""
    if not isinstance(body, dict):
        yield (), f"{_KINDS.get(type(body), 'a number')} stands where a Kubernetes object is expected"
        return
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        yield ("metadata",), "the object's metadata is not a mapping"
        return
    missing = [".".join(path) for path in _FIELDS if not _field(body, path)]
    if missing:
        yield (), f"the object has no {' and no '.join(missing)}"
    for path in (*_FIELDS, ("metadata", "namespace")):
        if _field(body, path) and not isinstance(_field(body, path), str):
            yield path, f"the object's {'.'.join(path)} is not a string"


def _field(body: dict[str, Any], path: tuple[str, ...]) -> Any:
    """The value of a field; 0 and false are there, null, "" and nothing are not."""
    value: Any = body
    for name in path:
        value = (value or {}).get(name)
    return value if value is None or isinstance(value, str) else [value]


_FIELDS = (("apiVersion",), ("kind",), ("metadata", "name"))
_KINDS = {list: "a list", str: "a string", type(None): "null", bool: "a boolean"}
