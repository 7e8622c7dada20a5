"""YAML to plain values, strictly.

Text is read as kubectl and kustomize both read it. What the two read differently, and what a
Kubernetes manifest has no use for (anchors, tags, merge keys, directives), is refused with its location.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.yamlio.constructor import Builder
from manifestgen.yamlio.documents import parts
from manifestgen.yamlio.errors import NotAnObject
from manifestgen.yamlio.files import decode
from manifestgen.yamlio.scalars import FlowWords, KeyScalars, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.yamlio.constructor import Path, Positions
    from manifestgen.yamlio.documents import Known, Part

_LARGE = 4 << 20
_BATCH = 1 << 20


class Located(Record):
    """A Kubernetes object of a stream.

    Attributes:
        document: index of its document among those that are not empty.
        path: to it in the document: `()`, or `("items", 0)` in a List.
        body: the object.
    """

    document: int
    path: Path
    body: dict[str, Any]


def read(
    text: str | bytes,
    file: str = "<string>",
    *,
    lenient: bool = False,
    whole: bool = True,
    known: Known | None = None,
) -> list[Any]:
    """All documents of a YAML stream; empty ones are skipped.

    Args:
        text: the stream; bytes are UTF-8.
        file: its name in errors.
        lenient: read for a command that only inspects: aliases are expanded, up to a limit,
            and JSON documents may follow each other without `---`, as `kubectl` and `jq` print them.
        whole: whether kubectl or kustomize is to read the text as it is. They differ on a last line without an end, and
            on some folded blocks; in a string of another file, or a text that is edited, that does not matter.
        known: documents that were read before in the same way, by their text; those of this text are added, and the
            values of equal ones are shared. They must not be changed.

    Returns:
        Plain dict, list, str, int, float, bool and None.

    Raises:
        YamlError: the text is refused; several refusals come as :class:`~manifestgen.errors.Failures`.
    """
    text = decode(text, file)
    if known is not None:
        found = _read_parts(text, file, known, lenient=lenient, whole=whole)
        if found is not None:
            return found
    elif len(text) > _LARGE:
        found = _read_in_batches(text, file, lenient=lenient, whole=whole)
        if found is not None:
            return found
    builders = _built(text, file, lenient=lenient, whole=whole)
    gathered = ErrorCollector()
    for builder in builders:
        with gathered:
            builder.refusals.raise_all()
    gathered.raise_all()
    return [document for builder in builders for document in builder.documents]


def _read_parts(text: str, file: str, known: Known, *, lenient: bool, whole: bool) -> list[Any] | None:
    """The documents of a text, parsing only unknown ones; None if the text must be parsed as a whole."""
    pieces = [text[start:end] for start, end, _ in parts(text)]
    new = [piece for piece in dict.fromkeys(pieces) if piece not in known]
    if new:
        builder = Builder("".join(new), file, lenient=lenient, whole=whole)
        builder.build()
        if builder.refusals or len(builder.documents) != len(new):
            return None  # errors have to name lines of the whole text
        known.update(zip(new, builder.documents, strict=True))
    return [known[piece] for piece in pieces] if pieces else None


def _read_in_batches(text: str, file: str, *, lenient: bool, whole: bool) -> list[Any] | None:
    """The documents of a large text, parsed part by part to save memory; None as in `_read_parts`."""
    found: list[Any] = []
    scalars = (Words(), FlowWords(), KeyScalars())
    batch: list[Part] = []
    pieces = parts(text)
    for piece in pieces:
        batch.append(piece)
        if piece.end - batch[0].start < _BATCH and piece is not pieces[-1]:
            continue
        part = text[batch[0].start : piece.end]
        builder = Builder(part, file, lenient=lenient, whole=whole, scalars=scalars)
        builder.build()
        if builder.refusals or len(builder.documents) != len(batch):
            return None
        found += builder.documents
        batch = []
    return found or None


def locate_document(text: str, file: str, line: int) -> Positions | None:
    """As :func:`locate`, for the text of one document; None if the whole file must be read.

    Args:
        text: the document.
        file: the name of its file.
        line: how many lines of the file come before it.
    """
    builder = Builder(text, file, lenient=True, located=True, line=line)
    builder.build()
    return builder.positions[0] if len(builder.positions) == 1 and not builder.refusals else None


def locate(text: str | bytes, file: str = "<string>") -> list[Positions]:
    """The position of every value: for each non-empty document, path -> (line, column), from 1.

    A member's position is that of its key, a list item's its own; `()` is the document.
    Nothing is refused: if the text cannot be parsed any further, the positions end there.
    """
    builders = _built(decode(text, file), file, lenient=True, located=True)
    return [positions for builder in builders for positions in builder.positions]


def _built(text: str, file: str, *, lenient: bool, located: bool = False, whole: bool = True) -> list[Builder]:
    builder = Builder(text, file, lenient=lenient, located=located, whole=whole)
    builder.build()
    if not (lenient and builder.refusals and text.lstrip().startswith("{")):
        return [builder]
    pieces = _json_documents(text)
    if len(pieces) < 2:
        return [builder]
    builders = [
        Builder(f"{' ' * column}{piece}\n", file, lenient=lenient, located=located, line=line)
        for line, column, piece in pieces
    ]
    for one in builders:
        one.build()
    return builders


def _json_documents(text: str) -> list[tuple[int, int, str]]:
    """JSON documents that follow each other, each with the lines before it and its column; none where the text is not.

    Python's parser only finds where each one ends.
    """
    import json  # few texts are such

    decoder = json.JSONDecoder()
    found: list[tuple[int, int, str]] = []
    index = line = 0
    while True:
        start = _BLANKS.match(text, index).end()  # type: ignore[union-attr]
        line += text.count("\n", index, start)
        if start == len(text):
            return found
        try:
            _, index = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return []
        found.append((line, start - (text.rfind("\n", 0, start) + 1), text[start:index]))
        line += text.count("\n", start, index)


_BLANKS = re.compile(r"[ \t\r\n]*")


def locate_objects(
    text: str | bytes, file: str = "<string>", *, lenient: bool = False, known: Known | None = None
) -> list[Located]:
    """The Kubernetes objects of a YAML stream with their paths in it; lists such as `RoleList` give their items.

    Args:
        text: the stream; bytes are UTF-8.
        file: its name in errors.
        lenient: as for :func:`read`; also accepts objects with generateName instead of a name.
        known: as for :func:`read`.

    Raises:
        YamlError: the text is refused, or a document is not a mapping with apiVersion, kind and
            metadata.name, all strings.
    """
    found: list[Located] = []
    wrong: list[tuple[int, Path, str]] = []
    for index, document in enumerate(read(text, file, lenient=lenient, known=known)):
        for path, body in flattened(document):
            mistakes = [(index, (*path, *below), what) for below, what in faults(body, lenient=lenient)]
            wrong += mistakes
            if not mistakes:
                found.append(Located(index, path, body))
    if wrong:
        positions = locate(text, file)
        gathered = ErrorCollector()
        for index, path, what in wrong:
            nearest = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in positions[index])
            gathered.add(NotAnObject(what, Location(file, *positions[index][nearest])))
        gathered.raise_all()
    return found


def flattened(body: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The objects of a document with their paths: itself, or the items of a List; none of a document that is null.

    Items of a typed list, such as a RoleList as an API server sends it, may leave their kind to the list.
    """
    if isinstance(body, dict) and str(body.get("kind")).endswith("List") and isinstance(body.get("items"), list):
        of_items = {"apiVersion": body.get("apiVersion"), "kind": body["kind"].removesuffix("List")}
        for index, item in enumerate(body["items"]):
            whole = {**of_items, **item} if isinstance(item, dict) and of_items["kind"] else item
            yield from flattened(whole, (*path, "items", index))
    elif body is not None or path:
        yield path, body


def faults(body: Any, *, lenient: bool = False) -> Iterator[tuple[Path, str]]:
    """Why a value is not a Kubernetes object: each reason with the path of the value at fault.

    Args:
        body: the value.
        lenient: whether generateName is accepted instead of a name.
    """
    if not isinstance(body, dict):
        yield (), f"{_KINDS.get(type(body), 'a number')} is not a Kubernetes object"
        return
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        yield ("metadata",), "the object's metadata is not a mapping"
        return
    fields = _GENERATED if lenient and not metadata.get("name") and metadata.get("generateName") else _FIELDS
    missing = [".".join(path) for path in fields if not _field(body, path)]
    if missing:
        yield (), f"the object has no {' and no '.join(missing)}"
    for path in (*fields, ("metadata", "namespace")):
        if _field(body, path) and not isinstance(_field(body, path), str):
            yield path, f"the object's {'.'.join(path)} is not a string"


def _field(body: dict[str, Any], path: tuple[str, ...]) -> Any:
    """The value of a field; 0 and false count as present, null and "" do not."""
    value: Any = body
    for name in path:
        value = (value or {}).get(name)
    return value if value is None or isinstance(value, str) else [value]


_FIELDS = (("apiVersion",), ("kind",), ("metadata", "name"))
_GENERATED = (("apiVersion",), ("kind",), ("metadata", "generateName"))
_KINDS = {list: "a list", str: "a string", type(None): "null", bool: "a boolean"}
