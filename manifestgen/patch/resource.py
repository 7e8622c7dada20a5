"""A Kubernetes object with its identity and its history."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from manifestgen.model.identity import Id
from manifestgen.model.plain import copied
from manifestgen.model.record import Record
from manifestgen.patch.history import Change, Origin
from manifestgen.yamlio.locations import SourceRef


class Resource(Record):
    """One object of a bundle; immutable.

    Attributes:
        id: its identity.
        content: the object as plain dict, list, str, int, float, bool and None. It shares its parts with other
            bundles, so do not change it; `body` is a copy.
        component: the component it belongs to, such as `node`; empty for a user's own.
        base: the object as it was read, shared like `content`.
        original: its identity then.
        layer: the layer that added it.
        ref: where it was read; None for an object that no file holds.
        history: every change since, oldest first.
    """

    id: Id
    content: dict[str, Any]
    component: str
    base: dict[str, Any]
    original: Id
    layer: str
    ref: SourceRef | None = None
    history: tuple[Change, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """A copy of the object as plain dict, list, str, int, float, bool and None; edit it as you like."""
        body: dict[str, Any] = copied(self.content)
        return body

    def origin(self, path: str = "") -> Origin:
        """Where a field's value came from, and what it replaced.

        Args:
            path: a JSON Pointer into the body; the empty one is the object itself. List items may be named, as in
                `/spec/template/spec/containers/[name=calico-node]/image`, and the path may go on into a document that
                a string holds, with or without ` ▸ ` between the two, as `manifestgen diff` writes it.

        Raises:
            OperationFailed: there is no such field; the message names the nearest ones.
            PointerSyntaxError: the path is not a JSON Pointer.
        """
        # Embedded documents belong to a higher package; as with their formats, the reader is looked up here by name.
        origin: Origin = import_module("manifestgen.origins.lookup").origin_at(self, path)
        return origin

    def __repr__(self) -> str:
        component = f", component {self.component}" if self.component else ""
        return f"<Resource {self.id}{component}>"
