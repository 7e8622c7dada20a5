"""The origins of an object's fields, as text and as plain values. Values of Secrets are withheld."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from manifestgen.difference.redaction import WITHHELD, is_secret, redacted
from manifestgen.errors import as_message, visible
from manifestgen.model import pointer
from manifestgen.model.plain import copied
from manifestgen.origins.lookup import FoundField, document_in, find, placed
from manifestgen.patch.provenance import origins
from manifestgen.yamlio.reader import locate
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.history import Origin
    from manifestgen.patch.resource import Resource
    from manifestgen.patch.rfc6902 import Operation

_WIDEST = 72


def to_text(resource: Resource, path: str | None = None) -> str:
    """The origins of an object, or of one field, for people.

    For a field: its value and origin, then what that replaced, back to the first; for a mapping, a list or a string
    with a document also every line with its origin. For a whole object: every line with its origin.

    Raises:
        OperationFailed: there is no such field; the message names the nearest ones.
    """
    field = find(resource, path or "")
    kind = resource.id.kind
    if path is None:
        lines = list(_annotated(kind, field))
    else:
        lines = [f"{resource.id} {path or '/'}", *_chain(kind, field)]
        below: FoundField | None = field
        if not isinstance(field.value, (dict, list)):
            below = None if _secret(kind, field) else document_in(field)
        if below is not None and below.value:
            lines += [f"  {line}" for line in _annotated(kind, below)]
    return "\n".join(map(visible, lines)) + "\n"


def _chain(kind: str, field: FoundField) -> Iterator[str]:
    """A field's value and origin, then what that replaced."""
    for depth, origin in enumerate(field.origin.chain()):
        what = _value(origin, secret=_secret(kind, field))
        yield f"  replaced {what}" if depth else f"  {_contained(field.value) or what}"
        yield f"    {origin}"
        yield from (f"    inside the document at {location}" for location in origin.inside)
        yield from (f"    as {_operation(step)}" for step in origin.applied)


def _annotated(kind: str, field: FoundField) -> Iterator[str]:
    """A mapping or list as YAML, every line with its origin."""
    found = {path: origin for path, origin, _ in _leaves(field)}
    shown = redacted(kind, field.path, field.value) if not field.inside else field.value
    lines = list(_lines(shown, found, lambda path: not field.inside and is_secret(kind, (*field.path, *path))))
    width = min(max((len(text) for text, _ in lines), default=0), _WIDEST)
    for text, origin in lines:
        yield f"{text.ljust(width)}  # {origin}" if origin else text


def to_json(resource: Resource, path: str | None = None) -> list[dict[str, Any]]:
    """Each field, or the selected one and those below it, with its chain of origins, as plain values.

    Raises:
        OperationFailed: there is no such field; the message names the nearest ones.
    """
    field = find(resource, path or "")
    whole = [] if path is None else [_entry(resource, field, field.path, field.origin)]
    if path is not None and not isinstance(field.value, (dict, list)):
        return whole
    return whole + [
        _entry(resource, field._replace(top=field.top if field.inside else at), at, origin)
        for _, origin, at in _leaves(field)
        if path is None or at != field.path
    ]


def _leaves(field: FoundField) -> Iterator[tuple[Tokens, Origin, Tokens]]:
    """The leaves of a field: the path below it, the origin, and the path in its document."""
    length = len(field.path)
    for at, origin in origins(field.document).items():
        if at[:length] == field.path:
            yield at[length:], placed(origin, field.inside), at


def _secret(kind: str, field: FoundField) -> bool:
    """Whether a field holds secret material and nothing else."""
    return is_secret(kind, field.top)


def _entry(resource: Resource, field: FoundField, path: Tokens, origin: Origin) -> dict[str, Any]:
    secret = _secret(resource.id.kind, field)
    return {
        "object": str(resource.id),
        "pointer": pointer.to_text(path),
        "inside": list(field.inside),
        "origins": [
            {
                "value": WITHHELD if secret else one.value,
                "layer": one.layer,
                "place": str(one.ref) if one.ref else None,
                "operation": one.number or None,
                "inside": list(one.inside),
                "applied": [_without_value(step) for step in one.applied],
                "parameter": one.given or None,
            }
            for one in origin.chain()
        ],
    }


def _without_value(step: Operation) -> dict[str, Any]:
    """A lowered operation without its value, which is shown beside it or belongs to a Secret."""
    return {member: copied(value) for member, value in step.as_json().items() if member != "value"}


def _operation(step: Operation) -> str:
    return json.dumps(_without_value(step), ensure_ascii=False)


def _contained(value: Any) -> str:
    """A description of a mapping or a list; empty for a scalar."""
    if not isinstance(value, (dict, list)):
        return ""
    noun = "mapping" if isinstance(value, dict) else "list"
    return f"(a {noun} of {len(value)})" if value else f"(an empty {noun})"


def _value(origin: Origin, *, secret: bool) -> str:
    if secret:
        return WITHHELD
    return as_message(origin.value) if origin.value is not None else "(a mapping, a list or null)"


def _lines(shown: Any, found: dict[Tokens, Origin], is_hidden: Any) -> Iterator[tuple[str, str]]:
    """The lines of a value's YAML; the line of a leaf comes with its origin."""
    text = write_document(shown)
    starts = {line: path for path, (line, _) in locate(text)[0].items()}
    by_path = {tuple(str(token) for token in path): line for line, path in starts.items()}
    at_line = {by_path[path]: (path, origin) for path, origin in found.items() if path in by_path}
    for number, line in enumerate(text.splitlines(), 1):
        path, origin = at_line.get(number, ((), None))
        before = origin.replaced if origin else None
        replaced = f", replaced {_value(before, secret=is_hidden(path))}" if before else ""
        yield line, f"{origin}{replaced}" if origin else ""
