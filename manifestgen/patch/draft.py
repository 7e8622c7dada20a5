"""A resource while patches are applied to it: changed in place where possible, an immutable value again afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import as_message
from manifestgen.model.identity import identify
from manifestgen.patch import rfc6902
from manifestgen.patch.copies import Copies
from manifestgen.patch.rfc6902 import OperationFailed

if TYPE_CHECKING:
    from manifestgen.model.identity import Id
    from manifestgen.patch.history import Change
    from manifestgen.patch.resource import Resource
    from manifestgen.yamlio.locations import SourceRef

_IDENTITY_MEMBERS = frozenset({"apiVersion", "kind", "metadata", ""})


class Draft:
    """One resource under the patches of one layer.

    Attributes:
        resource: as it was before the layer.
        id: its identity now.
        original: its identity when it was read.
        content: the object now.
        copies: the containers of the content that this draft owns.
        removed: the operation that took the object out; None while it is there.
    """

    __slots__ = ("_changes", "_is_halfway", "content", "copies", "id", "removed", "resource")

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.id = resource.id
        self.content: Any = resource.content
        self.copies = Copies()
        self.removed: SourceRef | None = None
        self._changes: list[Change] = []
        self._is_halfway = False

    @property
    def original(self) -> Id:
        """The identity of the resource when it was read."""
        return self.resource.original

    def change(self, change: Change) -> None:
        """Apply one change: the only place where a resource gets a new body.

        Raises:
            OperationFailed: the change cannot be applied; the draft has to be reset.
        """
        writes = False
        self._is_halfway = True
        for operation in change.lowered:
            self.content = rfc6902.apply(self.content, operation, self.copies)
            writes = writes or operation.op != "test"
        if not writes:
            self._is_halfway = False
            return
        if any(not operation.path or operation.path[0] in _IDENTITY_MEMBERS for operation in change.lowered):
            self.id = _identity(self.content)
        self._changes.append(change)
        self._is_halfway = False

    def mark(self) -> int:
        """A checkpoint for `reset`."""
        return len(self._changes)

    def reset(self, mark: int) -> None:
        """Go back to a checkpoint, after a patch that failed halfway."""
        self.removed = None
        if mark == len(self._changes) and not self._is_halfway:
            return
        done, fresh = self._changes[:mark], Draft(self.resource)
        for change in done:
            fresh.change(change)
        self.id, self.content, self.copies, self._is_halfway = fresh.id, fresh.content, fresh.copies, False
        self._changes = fresh._changes

    def finish(self) -> Resource:
        """The resource with all changes applied and in its history."""
        self.copies.settle()
        if not self._changes:
            return self.resource
        return self.resource._replace(
            id=self.id, content=self.content, history=(*self.resource.history, *self._changes)
        )


def amend(resource: Resource, change: Change) -> Resource:
    """A resource with one more change.

    Raises:
        OperationFailed: the change cannot be applied.
    """
    draft = Draft(resource)
    draft.change(change)
    return draft.finish()


def _identity(body: Any) -> Id:
    """The identity of an object after a change, which must still be complete.

    Raises:
        OperationFailed: apiVersion, kind or metadata.name is missing, empty or not a string.
    """
    wrong: tuple[str, ...] = ()
    if isinstance(body, dict) and isinstance(body.get("metadata"), dict):
        name = body["metadata"].get("name")
        values = {("apiVersion",): body.get("apiVersion"), ("kind",): body.get("kind"), ("metadata", "name"): name}
        wrong = next((path for path, value in values.items() if not isinstance(value, str) or not value), ())
        namespace = body["metadata"].get("namespace")
        if not wrong and namespace is not None and not isinstance(namespace, str):
            wrong, values = ("metadata", "namespace"), {("metadata", "namespace"): namespace}
        if not wrong:
            return identify(body)
        if values[wrong] is not None:
            raise OperationFailed(wrong, "must be a string that is not empty", found=as_message(values[wrong]))
    raise OperationFailed((), "would no longer be an object with apiVersion, kind and metadata.name")
