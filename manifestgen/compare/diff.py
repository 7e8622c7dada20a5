"""The semantic difference of two bundles."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from attrs import frozen

from manifestgen.compare.changes import ADDED, CHANGED, MOVED, REMOVED, RENAMED, Change, Move, changes, moves
from manifestgen.compare.delta import Comparison, Items
from manifestgen.compare.objects import match_objects
from manifestgen.compare.secrets import redacted
from manifestgen.errors import ManifestgenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.compare.delta import Delta, Ignored
    from manifestgen.compare.report import Report
    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource


class SecretInPatch(ManifestgenError):
    """A JSON Patch that makes one bundle out of another would show values of a Secret.

    Attributes:
        secrets: the Secrets.
    """

    def __init__(self, secrets: Sequence[Id]) -> None:
        super().__init__(
            "a JSON Patch would show the values of a Secret",
            found=", ".join(map(str, secrets)),
            next_step="take the Secrets out of both sides, or use another format, which says that they differ",
        )
        self.secrets = tuple(secrets)


@frozen(eq=False, repr=False)
class ObjectDiff:
    """An object that differs.

    Attributes:
        left: the object on the left side; None where it is added.
        right: the object on the right side; None where it is removed.
        delta: how the fields differ; None where they do not, or one side has no object.
        move: where it stands among the others now, if elsewhere.
    """

    left: Resource | None
    right: Resource | None
    delta: Delta | None = None
    move: Move | None = None

    def __repr__(self) -> str:
        return f"<ObjectDiff {self.kind}: {self.id}>"

    @property
    def kind(self) -> str:
        """`added`, `removed`, `renamed`, `changed`, or `moved` where nothing but the place differs."""
        if not self.left:
            return ADDED
        if not self.right:
            return REMOVED
        one, other = self.left.id, self.right.id
        if one.name != other.name or (one.namespace and other.namespace and one.namespace != other.namespace):
            return RENAMED
        return CHANGED if self.delta else MOVED

    @property
    def id(self) -> Id:
        """What the object is called: on the right side, if it is there."""
        found = self.right or self.left
        assert found
        return found.id

    @property
    def changes(self) -> tuple[Change, ...]:
        """The differences of its fields."""
        return tuple(changes(self.delta)) if self.delta else ()


@frozen(eq=False, repr=False, slots=False)
class Diff:
    """How two bundles differ; false where they do not.

    Iterating gives the objects that differ, in the right side's order; those that are gone, where they stood.

    Attributes:
        left: the objects of the left side.
        right: the objects of the right side.
        names: what the two sides are called.
        tree: the difference of the two as lists of objects.
    """

    left: tuple[Resource, ...]
    right: tuple[Resource, ...]
    tree: Items
    names: tuple[str, str] = ("left", "right")

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
                yield ObjectDiff(left, right, delta, move)

    def __repr__(self) -> str:
        return f"<Diff {self.names[0]} {self.names[1]}: {len(self)} objects>"

    def __bool__(self) -> bool:
        return bool(self.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[ObjectDiff]:
        return iter(self.objects)

    def __str__(self) -> str:
        return self.to_text()

    def report(self) -> Report:
        """The difference as plain values, with origins, without what is secret: what every format shows."""
        from manifestgen.compare.report import report  # noqa: PLC0415 - whoever asks only whether they differ

        return report(self)

    def to_text(self, *, color: bool = False) -> str:
        """The difference grouped by object, for people; empty where there is none.

        Args:
            color: with the escape codes of a terminal.
        """
        from manifestgen.compare.text import to_text  # noqa: PLC0415

        return to_text(self.report(), color=color)

    def to_unified(self) -> str:
        """The difference as `diff -u` would show it of objects written alike, object by object."""
        from manifestgen.compare.unified import to_unified  # noqa: PLC0415

        return to_unified(self)

    def to_json(self) -> str:
        """The difference as a JSON text."""
        from manifestgen.compare.report import to_json  # noqa: PLC0415

        return to_json(self.report())

    def to_json_patch(self, *, secrets: bool = False) -> list[dict[str, Any]]:
        """The operations of RFC 6902 that make the right bundle out of the left one.

        They apply to the document that `Bundle.to_json` writes: a Kubernetes List with the objects under `items`.

        Args:
            secrets: give the values of Secrets too.

        Raises:
            SecretInPatch: values of a Secret differ, and `secrets` is not set.
        """
        from manifestgen.compare.jsonpatch import operations  # noqa: PLC0415

        if not secrets:
            self._refuse_secrets()
        return list(operations(self.tree, ("items",)))

    def to_html(self) -> str:
        """The difference as one HTML page that needs nothing else."""
        from manifestgen.compare.html import page  # noqa: PLC0415
        from manifestgen.compare.report import summary  # noqa: PLC0415

        found = self.report()
        return page(f"{self.names[0]} and {self.names[1]}", summary(found), [found])

    def _refuse_secrets(self) -> None:
        found = [one.id for one in self if _shows_secret(one)]
        if found:
            raise SecretInPatch(found)


def _shows_secret(one: ObjectDiff) -> bool:
    """Whether a patch would have to carry values of a Secret to make the change."""
    if one.right is None:
        return False
    written = (
        [((), one.right.body)] if one.left is None else [(change.right_at[0], change.right) for change in one.changes]
    )
    return any(redacted(one.right.id.kind, path, value) != value for path, value in written)


def compare(
    left: Sequence[Resource],
    right: Sequence[Resource],
    names: tuple[str, str] = ("left", "right"),
    *,
    ignored: Ignored | None = None,
    subset: bool = False,
) -> Diff:
    """How two sequences of objects differ.

    Args:
        left: objects.
        right: objects.
        names: what the two sides are called.
        ignored: what of their fields is no difference; None for nothing.
        subset: the left side may hold more, and in another order.
    """
    found = match_objects(left, right)
    if subset:
        found = found._replace(removed=(), moved=())
    deltas = {(i, j): Comparison(right[j].id.kind, ignored).delta(left[i].body, right[j].body) for i, j in found.pairs}
    changed = {pair: delta for pair, delta in deltas.items() if delta}
    bodies = [resource.body for resource in left], [resource.body for resource in right]
    return Diff(tuple(left), tuple(right), Items(*bodies, found, changed), names)
