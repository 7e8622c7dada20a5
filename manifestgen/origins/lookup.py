"""Finding a field by the path that people use: with named list items, and into embedded documents."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.embedded import FORMATS
from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch import rfc6902
from manifestgen.patch.copies import Copies
from manifestgen.patch.lower import resolve
from manifestgen.patch.provenance import MOST_REPLAYED, ByIdentity, origin_of
from manifestgen.patch.rfc6902 import Operation, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.history import Change, Origin, Recorded
    from manifestgen.yamlio.locations import SourceRef

_INTO = " ▸ "
_FORMAT = re.compile(r" \((?:JSON|YAML)\)$")
"""What a difference writes behind the path of a string that holds a document."""


class Document(Record):
    """A document in a string, with its history.

    Attributes:
        content: the document as it is now.
        base: the document as it was read; None if there was none.
        layer, ref: those of the object.
        history: every change since, as operations on the document.
    """

    content: Any
    base: Any
    layer: str
    ref: SourceRef | None
    history: tuple[Change, ...]


class FoundField(Record):
    """A field that was found.

    Attributes:
        document: the object, or the embedded document, that contains the field.
        path: the path of the field in it, in plain tokens.
        inside: the strings on the way, outermost first, as JSON Pointers.
        top: the path of the field in the object; in an embedded document, that of the outermost string.
    """

    document: Recorded
    path: Tokens
    inside: tuple[str, ...]
    top: Tokens

    @property
    def value(self) -> Any:
        """The value of the field."""
        return rfc6902.find(self.document.content, self.path)

    @property
    def origin(self) -> Origin:
        """Where it came from."""
        return placed(origin_of(self.document, self.path), self.inside)


def origin_at(resource: Recorded, path: str) -> Origin:
    """The origin of a field; for the arguments and errors see `Resource.origin`."""
    return find(resource, path).origin


def find(resource: Recorded, path: str) -> FoundField:
    """The field that a path names.

    Raises:
        OperationFailed: there is no such field; the message names the nearest ones.
        PointerSyntaxError: the path is not a JSON Pointer.
    """
    first, *rest = path.split(_INTO)
    found = _field(
        FoundField(document=resource, path=(), inside=(), top=()),
        pointer.parse_pointer(_FORMAT.sub("", first) if rest else first),
    )
    for number, part in enumerate(rest, 1):
        tokens = pointer.parse_pointer(part if number == len(rest) else _FORMAT.sub("", part))
        document = _document_at(found)
        if document is None:
            raise OperationFailed(found.path, "is not a string that holds a document")
        found = _field(document, tokens)
    return found


def document_in(field: FoundField) -> FoundField | None:
    """The document in a string, as a field; None if it has none."""
    return _document_at(field)


def placed(origin: Origin, inside: tuple[str, ...]) -> Origin:
    """An origin in an embedded document, with the strings that contain the document."""
    if not inside:
        return origin
    before = placed(origin.replaced, inside) if origin.replaced else None
    return origin._replace(inside=(*inside, *origin.inside), replaced=before)


def _field(root: FoundField, tokens: Tokens) -> FoundField:
    """The field at a path below another, through strings with embedded documents."""
    length = _length_to_string(root, tokens)
    document = _document_below(root, tokens[:length]) if length else None
    if document is not None:
        return _field(document, tokens[length:])
    path = _resolved(root, tokens)
    return root._replace(path=path, top=root.top or path)


def _length_to_string(root: FoundField, tokens: Tokens) -> int:
    """The number of tokens up to a string on a path; 0 if there is none, or a field is missing."""
    for length in range(1, len(tokens)):
        try:
            path = _resolved(root, tokens[:length])
        except OperationFailed:
            return 0
        if isinstance(rfc6902.find(root.document.content, path), str):
            return length
    return 0


def _resolved(root: FoundField, tokens: Tokens) -> Tokens:
    return resolve(root.document.content, tokens, _index(ByIdentity(root.document)))


@lru_cache(maxsize=MOST_REPLAYED)
def _index(key: ByIdentity) -> Copies:
    """An index of the named list items of an object, which does not change."""
    del key
    return Copies()


def _document_below(root: FoundField, tokens: Tokens) -> FoundField | None:
    try:
        path = _resolved(root, tokens)
    except OperationFailed:
        return None
    return _document_at(root._replace(path=path, top=root.top or path))


def _document_at(field: FoundField) -> FoundField | None:
    document = _document(ByIdentity(field.document), field.path)
    if document is None:
        return None
    inside = (*field.inside, pointer.to_text(field.path))
    return FoundField(document=document, path=(), inside=inside, top=field.top)


@lru_cache(maxsize=MOST_REPLAYED)
def _document(key: ByIdentity, path: Tokens) -> Document | None:
    """The document in a string of an object; None if it has none."""
    text = rfc6902.find(key.resource.content, path)
    for form in _formats(text) if isinstance(text, str) else ():
        content = _parsed(form, text)
        if isinstance(content, (dict, list)):
            return _with_history(key.resource, path, form, content)
    return None


def _formats(text: str) -> Iterator[str]:
    """The formats to try; a single line is a plain string and not a YAML document."""
    if text.lstrip()[:1] in {"{", "["}:
        yield "json"
    if "\n" in text:
        yield "yaml"
        if "{{" in text or "[[" in text:
            yield "gotemplate"


def _parsed(form: str, text: object) -> Any:
    if not isinstance(text, str):
        return None
    try:
        return FORMATS[form].parse(text)
    except ManifestgenError:
        return None


def _with_history(holder: Recorded, path: Tokens, form: str, content: Any) -> Document:
    """A document as an object: the changes of its containing object that concern it."""
    name = pointer.to_text(path)
    history: list[Change] = []
    body, copies = holder.base, Copies()
    text = base = _at(body, path)
    parsed = _parsed(form, base)
    is_parsed = True
    for change in holder.history:
        for operation in change.lowered:
            body = rfc6902.apply(body, operation, copies)
        before, text = text, _at(body, path)
        is_parsed = is_parsed and text == before
        # All operations of a patch in a document carry their combined text.
        writes = change.inside[:1] == (name,) and any(step.op != "test" for step in change.shown)
        if text == before and not writes:
            continue
        if writes and len(change.inside) == 1:
            history.append(change._replace(inside=(), lowered=change.shown))
            continue
        if not is_parsed:
            parsed, is_parsed = _parsed(form, text), True
        history.append(_change(change, parsed) if writes else _whole(change, parsed))
    ref = holder.ref.at(*_typed(holder.base, path)) if holder.ref else None
    return Document(content=content, base=_parsed(form, base), layer=holder.layer, ref=ref, history=tuple(history))


def _whole(change: Change, content: Any) -> Change:
    """A change that replaced the string of a document, as one of the document."""
    return change._replace(inside=(), lowered=(Operation("replace", (), content),))


def _change(change: Change, content: Any) -> Change:
    """A change in a nested document, as one of the document around it."""
    below = pointer.parse_pointer(change.inside[1])
    return change._replace(
        inside=change.inside[1:], lowered=(Operation("replace", below, rfc6902.find(content, below)),)
    )


def _at(body: Any, path: Tokens) -> Any:
    try:
        return pointer.lookup(body, path)
    except KeyError:
        return None


def _typed(value: Any, path: Tokens) -> Iterator[str | int]:
    """The tokens of a path as keys and indexes, for a location in a file."""
    for token in path:
        yield int(token) if isinstance(value, list) and pointer.is_index(token) else token
        value = _at(value, (token,))
