"""The findings of validation, as values."""

from __future__ import annotations

from typing import Any

from manifestgen.model import pointer
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.patch.provenance import origin_of
from manifestgen.patch.resource import Resource

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
"""Worst first. A note never fails."""

Path = tuple[str | int, ...]
"""Member names and list indexes from an object down to a value."""


class Fault(Record):
    """A finding of a check about one object.

    Attributes:
        code: the code of the check, such as `unknown-field`.
        path: the path of the value; for a missing one, where it would be.
        text: what is wrong, on one line.
        next_step: what to do; can be empty.
        severity: `error`, `warning` or `note`.
    """

    code: str
    path: Path
    text: str
    next_step: str = ""
    severity: str = ERROR


class ValidationFinding(Record):
    """A fault with its location.

    Attributes:
        severity: `error` (an API server, kubelet or istiod refuses or ignores it), `warning` or `note`.
        code: the code of the check.
        text: what is wrong, on one line.
        next_step: what to do; can be empty.
        object: the identity of the object, such as `apps/v1/DaemonSet kube-system/calico-node`; empty if it is about
            the whole input.
        pointer: the JSON Pointer (RFC 6901) of the value in the object.
        location: where the value, or its nearest parent, is written; None if it is not in a file.
        origin: the layer that wrote the value, such as `release v3.9` or `overlay site`; empty for a file.
    """

    severity: str
    code: str
    text: str
    next_step: str = ""
    object: str = ""
    pointer: str = ""
    location: Location | None = None
    origin: str = ""

    def __str__(self) -> str:
        """`file:line:column: severity: text [code]`, the object and the next step on lines below."""
        where = f"{self.location}: " if self.location else ""
        lines = [f"{where}{self.severity}: {self.text} [{self.code}]"]
        if self.object:
            lines.append(f"  in: {self.object}{f' {self.pointer}' if self.pointer else ''}")
        if self.origin:
            lines.append(f"  from: {self.origin}")
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join(lines)


def located(resource: Resource, fault: Fault) -> ValidationFinding:
    """A fault of an object, with the location of the value or of its nearest existing parent."""
    tokens = _existing(resource.content, tuple(str(token) for token in fault.path))
    origin = origin_of(resource, tokens)
    given = f", parameter {origin.given}" if origin.given else ""
    operation = f" operation {origin.number}" if origin.number else ""
    return ValidationFinding(
        severity=fault.severity,
        code=fault.code,
        text=fault.text,
        next_step=fault.next_step,
        object=str(resource.id),
        pointer=pointer.to_text(fault.path),
        location=origin.ref.location if origin.ref else None,
        origin=f"{origin.layer}{operation}{given}" if origin.layer else "",
    )


def _existing(body: Any, tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The part of a path that exists."""
    value = body
    for depth, token in enumerate(tokens):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and pointer.is_index(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return tokens[:depth]
    return tokens
