"""A Kubernetes object with its identity and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model import pointer
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from manifestgen.model.identity import Id
    from manifestgen.patch.history import Change, Origin
    from manifestgen.yamlio.locations import SourceRef


class Resource(Record):
    """One object of a bundle; a value: nothing changes it, and its body must not be changed.

    Attributes:
        id: what it is called.
        body: the object as plain dict, list, str, int, float, bool and None.
        component: the part of the output it belongs to, such as `node`; empty for a user's own.
        base: the object as it was read.
        original: what it was called then.
        layer: the stage that brought it.
        ref: where it was read; None for an object that no file holds.
        history: every change since, oldest first.
    """

    id: Id
    body: dict[str, Any]
    component: str
    base: dict[str, Any]
    original: Id
    layer: str
    ref: SourceRef | None = None
    history: tuple[Change, ...] = ()

    def origin(self, path: str = "") -> Origin:
        """Where a field's value came from, and what it replaced.

        Args:
            path: a JSON Pointer into the body; the empty one is the object itself.

        Raises:
            OperationFailed: there is no such field; the nearest are named.
            PointerSyntaxError: the path is not a JSON Pointer.
        """
        from manifestgen.patch.provenance import origin_of  # built only when asked for

        return origin_of(self, pointer.parse(path))
