"""Values that are refused although their schema allows them. The data is `profiles/schemas/values.yaml`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.errors import as_message, nearest
from manifestgen.model import pointer
from manifestgen.model.path_pattern import compile_pattern
from manifestgen.model.quantity import quantity
from manifestgen.model.record import Record
from manifestgen.schemas.finding import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.patch.resource import Resource
    from manifestgen.schemas.finding import Path

_FILE = "schemas/values.yaml"
_TEXTS = frozenset({"ConfigMap", "Secret"})
"""Kinds whose members are the user's own."""
_HIGHEST_PORT = 65535


class _Restriction(Record):
    """A restriction on the values at a path.

    Attributes:
        path: the path.
        kind, group: the objects that it is about.
        allowed: allowed strings; empty for any.
        minimum: the minimum of a number; None for none.
        port: whether it must be a port.
        amount: whether it must be a quantity such as `500m`.
    """

    path: re.Pattern[str]
    kind: re.Pattern[str]
    group: re.Pattern[str]
    allowed: tuple[str, ...]
    minimum: int | None
    port: bool
    amount: bool

    def faults(self, value: Any, path: Path) -> Iterator[Fault]:
        """The faults of a value."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if self.allowed and isinstance(value, str) and value not in self.allowed:
            words = ", ".join(nearest(value, self.allowed) or filter(None, self.allowed))
            yield Fault(
                code="value-not-allowed",
                path=path,
                text=f"{_name(path)} cannot be {as_message(value)}",
                next_step=f"allowed: {words}",
            )
        elif self.port and number and not (self.minimum or 0) + (self.minimum is None) <= value <= _HIGHEST_PORT:
            yield Fault(
                code="port", path=path, text=f"{value} is not a port", next_step=f"allowed: 1 to {_HIGHEST_PORT}"
            )
        elif self.amount and (number or isinstance(value, str)):
            yield from _amount(value, path)
        elif self.minimum is not None and number and value < self.minimum:
            text = f"{_name(path)} cannot be {as_message(value)}"
            yield Fault(code="value-not-allowed", path=path, text=text, next_step=f"allowed: {self.minimum} or more")


def check(resource: Resource) -> Iterator[Fault]:
    """The faults of the values of an object."""
    one = resource.id
    if one.kind in _TEXTS:
        return
    entries = [entry for entry in _entries() if entry.kind.fullmatch(one.kind) and entry.group.fullmatch(one.group)]
    if entries:
        yield from _walk(resource.content, (), entries)


def _walk(value: Any, path: Path, entries: list[_Restriction]) -> Iterator[Fault]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _walk(member, (*path, name), entries)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _walk(member, (*path, index), entries)
    else:
        at = pointer.to_text(path)
        for entry in entries:
            if entry.path.fullmatch(at):
                yield from entry.faults(value, path)


def _amount(value: Any, path: Path) -> Iterator[Fault]:
    amount = quantity(value)
    if amount is None:
        then = "write a number and a unit: 500m, 128Mi, 2"
        yield Fault(code="quantity", path=path, text=f"{as_message(value)} is not an amount", next_step=then)
    elif amount < 0:
        yield Fault("quantity", path, f"{as_message(value)} is negative")


def _name(path: Path) -> str:
    names = [str(token) for token in path if not isinstance(token, int)]
    return names[-1] if names else "the object"


@cache
def _entries() -> tuple[_Restriction, ...]:
    return tuple(
        _Restriction(
            path=compile_pattern(entry["path"]),
            kind=re.compile(entry.get("kind", ".*")),
            group=re.compile(entry.get("group", r"[^.]*|.*\.k8s\.io")),
            allowed=tuple(entry.get("allowed", ())),
            minimum=entry.get("minimum"),
            port=entry.get("port", False),
            amount=entry.get("amount", False),
        )
        for entry in shipped_documents(_FILE)[0][0]["values"]
    )
