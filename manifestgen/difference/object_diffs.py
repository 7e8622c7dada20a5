"""The difference of two lists of objects: which objects differ, and how their fields differ."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from manifestgen.compose.finding import Finding
from manifestgen.difference.changes import (
    ADDED,
    CHANGED,
    MISSING,
    MOVED,
    REMOVED,
    RENAMED,
    FieldChange,
    Move,
    changes,
    moves,
)
from manifestgen.difference.delta import Delta, ListDelta
from manifestgen.model.frozen import frozen
from manifestgen.model.identity import Id
from manifestgen.model.record import Record
from manifestgen.patch.resource import Resource


class IgnoredOrder(Record):
    """Differences of order that were ignored.

    Attributes:
        objects: how many objects have another position.
        lists: the lists in another order, each with its object and its path.
    """

    objects: int
    lists: tuple[tuple[Id, str], ...]

    def told(self) -> str:
        """`the order of 2 objects and of 1 list`; empty if nothing was left out."""
        counts = ((self.objects, "object"), (len(self.lists), "list"))
        parts = [f"of {count} {word}{'s' if count > 1 else ''}" for count, word in counts if count]
        return f"the order {' and '.join(parts)}" if parts else ""


@frozen(eq=False, repr=False)
class ObjectDiff:
    """An object that differs.

    Attributes:
        left: the object on the left side; None where it is added.
        right: the object on the right side; None where it is removed.
        delta: the difference of the fields; None if there is none, or one side has no object.
        move: its new position, if it moved.
        live: whether the left side is a cluster: objects that it lacks are missing, and none is ever renamed.
        partial: whether `delta` leaves out differences that are ignored.
    """

    left: Resource | None
    right: Resource | None
    delta: Delta | None = None
    move: Move | None = None
    live: bool = False
    partial: bool = False

    def __repr__(self) -> str:
        return f"<ObjectDiff {self.kind}: {self.id}>"

    @property
    def kind(self) -> str:
        """`added`, `missing`, `removed`, `renamed`, `changed`, or `moved` if only the position differs."""
        if not self.left:
            return MISSING if self.live else ADDED
        if not self.right:
            return REMOVED
        one, other = self.left.id, self.right.id
        if self.live:
            return CHANGED
        if one.name != other.name or (one.namespace and other.namespace and one.namespace != other.namespace):
            return RENAMED
        return CHANGED if self.delta else MOVED

    @property
    def id(self) -> Id:
        """The identity of the object, on the right side if it is there."""
        found = self.right or self.left
        assert found
        return found.id

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """The differences of its fields."""
        return tuple(changes(self.delta)) if self.delta else ()


@frozen(eq=False, repr=False, slots=False)
class ObjectDiffs:
    """The difference of two bundles; false if there is none.

    Iterating gives the objects that differ, in the right side's order; removed ones at their old position.

    Attributes:
        left: the objects of the left side.
        right: the objects of the right side.
        names: the names of the two sides.
        tree: the difference of the two as lists of objects.
        live: whether the left side is a cluster.
        order: the ignored differences of order; None if order counts.
        warnings: reasons in the objects of one side against applying the other to the same cluster.
    """

    left: tuple[Resource, ...]
    right: tuple[Resource, ...]
    tree: ListDelta
    names: tuple[str, str] = ("left", "right")
    live: bool = False
    order: IgnoredOrder | None = None
    warnings: tuple[Finding, ...] = ()

    @cached_property
    def objects(self) -> tuple[ObjectDiff, ...]:
        """The objects that differ."""
        return tuple(self._objects())

    def _objects(self) -> Iterator[ObjectDiff]:
        found = self.tree.matching
        places = {move.right: move for move in moves(found, [str(resource.id) for resource in self.right])}
        for i, j in found.in_order():
            left = None if i is None else self.left[i]
            right = None if j is None else self.right[j]
            delta = self.tree.changed.get((i, j)) if i is not None and j is not None else None
            move = places.get(j) if j is not None else None
            if delta or move or left is None or right is None:
                yield ObjectDiff(
                    left=left,
                    right=right,
                    delta=delta,
                    move=move,
                    live=self.live,
                    partial=self.live or self.order is not None,
                )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.names[0]} {self.names[1]}: {len(self)} objects>"

    def __bool__(self) -> bool:
        return bool(self.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[ObjectDiff]:
        return iter(self.objects)
