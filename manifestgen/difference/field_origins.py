"""The origin of a field that differs: a line of a file, or the patch operation that wrote or removed it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from manifestgen.model import pointer
from manifestgen.patch import rfc6902, segments
from manifestgen.patch.copies import Copies
from manifestgen.patch.history import Origin
from manifestgen.patch.provenance import origins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.difference.changes import Paths
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.history import Change
    from manifestgen.patch.resource import Resource


class FieldOrigins:
    """The origins of one object's fields.

    Args:
        resource: the object.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def of(self, paths: Paths) -> str:
        """Where a field's value came from; empty if unknown.

        Args:
            paths: the path of the field, in plain tokens; in an embedded document, of the string and in it.
        """
        found = self.find(paths)
        return _text(found) if found else ""

    def find(self, paths: Paths) -> Origin | None:
        """The origin itself; None if unknown."""
        if not self._resource.history:
            ref = self._resource.ref
            at = ref.at(*_typed(self._resource.content, paths[0])) if ref else None
            return Origin(self._resource.layer, at) if at else None
        return self._embedded(paths) if len(paths) > 1 else self._origin(paths[0])

    def below(self, path: Tokens) -> list[Origin]:
        """The origins of the leaves of a field of the object itself, in its order."""
        return [origin for leaf, origin in self._leaves.items() if leaf[: len(path)] == path]

    def of_removal(self, name: Paths, other: Paths) -> str:
        """The operation that removed a field; empty if none did.

        Args:
            name: the path of the field, with named list items.
            other: the path of the field on the side that has it.
        """
        found = self.find_removal(name, other)
        return f"removed by {_text(found)}" if found else ""

    def find_removal(self, name: Paths, other: Paths) -> Origin | None:
        """The operation itself, as an origin without a value; None if none did."""
        if len(name) > 1:
            return _origin(writer) if (writer := self._writers.last(other)) else None
        return self._removal(name[0])

    def _removal(self, name: Tokens) -> Origin | None:
        exact = self._removals.get(name) if not any(_is_item(token) for token in name) else None
        if exact is not None:
            return _origin(exact)
        body, copies = self._resource.base, Copies()
        found = None
        for change in self._resource.history:
            before = _has(body, name)
            for operation in change.lowered:
                body = rfc6902.apply(body, operation, copies)
            if before and not _has(body, name):
                found = change
        return _origin(found) if found else None

    @cached_property
    def _removals(self) -> dict[Tokens, Change]:
        """The operations that removed a field by its own path, if no other concerned the field or its parents."""
        found: dict[Tokens, Change] = {}
        others: set[Tokens] = set()
        for change in self._resource.history:
            for operation in change.lowered:
                if operation.op == "remove":
                    found[operation.path] = change
                if operation.op in {"move", "copy"}:
                    others.add(operation.source)
                if operation.op not in {"remove", "test"}:
                    others.add(operation.path)
        holders = others | found.keys()
        return {
            path: change
            for path, change in found.items()
            if path not in others and all(path[:length] not in holders for length in range(len(path)))
        }

    @cached_property
    def _writers(self) -> _DocumentWriters:
        return _DocumentWriters(self._resource.history)

    @cached_property
    def _leaves(self) -> dict[Tokens, Origin]:
        return origins(self._resource)

    def _origin(self, path: Tokens) -> Origin:
        return self._leaves.get(path) or self._resource.origin(pointer.to_text(path))

    def _embedded(self, paths: Paths) -> Origin:
        """The last operation that wrote a field of an embedded document, or else the origin of the string."""
        writer = self._writers.last(paths)
        if writer:
            return _origin(writer)
        return list(self._origin(paths[0]).chain())[-1]


def _is_item(token: str) -> bool:
    return token.startswith("[") or pointer.is_index(token)


class _DocumentWriters:
    """The changes of embedded documents by the paths that they write."""

    def __init__(self, history: Sequence[Change]) -> None:
        self._history = history
        self._at: dict[tuple[tuple[str, ...], Tokens], int] = {}
        self._below: dict[tuple[tuple[str, ...], Tokens], int] = {}
        for number, change in enumerate(history):
            for operation in change.shown:
                self._at[change.inside, operation.path] = number
                for length in range(len(operation.path) + 1 if change.inside else 0):
                    self._below[change.inside, operation.path[:length]] = number

    def last(self, paths: Paths) -> Change | None:
        """The last change that wrote a field of an embedded document, or the document around it; None if none did."""
        found = -1
        for depth in range(len(paths)):
            inside, wanted = tuple(map(pointer.to_text, paths[:depth])), paths[depth]
            for length in range(len(wanted) + 1):
                found = max(found, self._at.get((inside, wanted[:length]), -1))
            if depth == len(paths) - 1:
                found = max(found, self._below.get((inside, wanted), -1))
        return self._history[found] if found >= 0 else None


def _origin(change: Change) -> Origin:
    return Origin(change.layer, change.ref, change.number, given=change.origin)


def _text(origin: Origin) -> str:
    return str(origin) if origin.layer else str(origin.ref or "")


def _typed(value: Any, path: Tokens) -> Iterator[str | int]:
    """The tokens of a path with list indexes as numbers, as far as the path exists."""
    for token in path:
        if isinstance(value, list) and pointer.is_index(token) and int(token) < len(value):
            yield int(token)
            value = value[int(token)]
        elif isinstance(value, dict) and token in value:
            yield token
            value = value[token]
        else:
            return


def _has(value: Any, name: Tokens) -> bool:
    """Whether a field exists at a path with named list items."""
    for token in name:
        if isinstance(value, dict):
            if token not in value:
                return False
            value = value[token]
        elif isinstance(value, list):
            segment = segments.parse(token)
            items = [item for item in value if isinstance(segment, segments.Match) and segment.holds(item)]
            if not items:
                return False
            value = items[0]
        else:
            return False
    return True
