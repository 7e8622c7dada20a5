"""The origins of an object's fields, as text and as plain values. Values of Secrets are withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.difference.redaction import WITHHELD, is_secret, redacted
from manifestgen.errors import as_message, visible
from manifestgen.model import pointer
from manifestgen.patch.provenance import origins
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.history import Origin
    from manifestgen.patch.resource import Resource
    from manifestgen.patch.rfc6902 import Operation

_WIDEST = 72


def chain(resource: Resource, path: str) -> str:
    """One field: its value and origin, then what that replaced, back to the first.

    Raises:
        OperationFailed: there is no such field; the nearest are named.
    """
    tokens = pointer.parse(path)
    found = resource.origin(path)
    secret = is_secret(resource.id.kind, tokens)
    lines = [f"{resource.id} {path or '/'}"]
    for depth, origin in enumerate(found.chain()):
        value = WITHHELD if secret else _value(origin)
        lines.append(f"  {'replaced ' if depth else ''}{value}")
        lines.append(f"    {origin}")
        lines += [f"    inside the document at {location}" for location in origin.inside]
        lines += [f"    as {as_message(_without_value(step))}" for step in origin.applied]
    return "\n".join(map(visible, lines)) + "\n"


def annotated(resource: Resource) -> str:
    """The whole object as YAML, every line with the origin of what it says."""
    found = origins(resource)
    lines = list(_lines(redacted(resource.id.kind, (), resource.content), found))
    width = min(max((len(text) for text, _ in lines), default=0), _WIDEST)
    return "".join(visible(f"{text.ljust(width)}  # {origin}" if origin else text) + "\n" for text, origin in lines)


def as_json(resource: Resource, path: str | None) -> list[dict[str, Any]]:
    """Each field (or the one asked for) with its chain of origins, as plain values."""
    if path is not None:
        tokens = pointer.parse(path)
        return [_entry(resource, tokens, resource.origin(path))]
    return [_entry(resource, tokens, origin) for tokens, origin in origins(resource).items()]


def _entry(resource: Resource, tokens: Tokens, origin: Origin) -> dict[str, Any]:
    secret = is_secret(resource.id.kind, tokens)
    return {
        "object": str(resource.id),
        "pointer": pointer.to_text(tokens),
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
    """A lowered operation; its value is shown beside it, or is a Secret's."""
    return {member: value for member, value in step.as_json().items() if member != "value"}


def _value(origin: Origin) -> str:
    return as_message(origin.value) if origin.value is not None else "(a mapping, a list or null)"


def _lines(body: dict[str, Any], found: dict[Tokens, Origin]) -> Iterator[tuple[str, str]]:
    """The lines of the object's YAML; a line that says a leaf comes with the leaf's origin."""
    from manifestgen.yamlio.reader import locate  # only for this view

    text = write_document(body)
    starts = {line: path for path, (line, _) in locate(text)[0].items()}
    by_path = {tuple(str(token) for token in path): line for line, path in starts.items()}
    at_line = {by_path[path]: origin for path, origin in found.items() if path in by_path}
    for number, line in enumerate(text.splitlines(), 1):
        origin = at_line.get(number)
        replaced = f", replaced {_value(origin.replaced)}" if origin and origin.replaced else ""
        yield line, f"{origin}{replaced}" if origin else ""
