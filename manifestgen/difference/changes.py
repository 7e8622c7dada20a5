"""The differences of an object as a list, each with its path on both sides and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.difference.delta import EmbeddedDelta, ListDelta, MapDelta, ValueDelta
from manifestgen.model.frozen import evolve, field, frozen
from manifestgen.model.pointer import Tokens
from manifestgen.model.record import Record
from manifestgen.patch import segments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.difference.delta import Delta
    from manifestgen.difference.matching import ListMatching
    from manifestgen.difference.merge_keys import MergeKeys

ADDED, REMOVED, CHANGED, RENAMED, MOVED, FORMATTING = "added", "removed", "changed", "renamed", "moved", "formatting"
MISSING = "missing"
"""Of an object that a bundle has and a cluster has not."""

Paths = tuple["Tokens", ...]
"""A place in an object: the path to it; for one in a document in a string, to the string and on from there."""


class Move(Record):
    """A list item whose position has changed.

    Attributes:
        item: its name.
        left, right: its index on each side.
        after: the item before it on the right side; empty for the first.
    """

    item: str
    left: int
    right: int
    after: str


@frozen(eq=False)
class FieldChange:
    """One difference in an object.

    Attributes:
        kind: `added`, `removed`, `changed`; `moved` for a list whose items are in another order, `formatting` for a
            document in a string with the same content but other text.
        name: the path for people, with named list items.
        formats: the formats of the embedded documents in `name`.
        left_at, right_at: the path on each side, in plain tokens; if a side lacks the field, the path of its parent.
        left, right: the values; None if a side has none.
        moves: for a list in another order.
        becomes: for a removed list item that was renamed, its new name.
        was: for an added list item that was renamed, its old name.
        within: the other differences of a renamed item.
    """

    kind: str
    name: Paths
    formats: tuple[str, ...]
    left_at: Paths
    right_at: Paths
    left: Any = field(default=None, repr=False)
    right: Any = field(default=None, repr=False)
    moves: tuple[Move, ...] = ()
    becomes: str = ""
    was: str = ""
    within: tuple[FieldChange, ...] = ()


class _Position(Record):
    """A position while the tree is walked."""

    name: Paths = ((),)
    left: Paths = ((),)
    right: Paths = ((),)
    formats: tuple[str, ...] = ()

    def below(self, name: str, left: str | None, right: str | None) -> _Position:
        return self._replace(
            name=_longer(self.name, name), left=_longer(self.left, left), right=_longer(self.right, right)
        )

    def inside(self, form: str) -> _Position:
        return _Position(
            name=(*self.name, ()), left=(*self.left, ()), right=(*self.right, ()), formats=(*self.formats, form)
        )

    def change(self, kind: str, left: Any = None, right: Any = None, moves: tuple[Move, ...] = ()) -> FieldChange:
        return FieldChange(
            kind=kind,
            name=self.name,
            formats=self.formats,
            left_at=self.left,
            right_at=self.right,
            left=left,
            right=right,
            moves=moves,
        )


def _longer(paths: Paths, token: str | None) -> Paths:
    return paths if token is None else (*paths[:-1], (*paths[-1], token))


def changes(delta: Delta) -> Iterator[FieldChange]:
    """The differences in a tree, in the order of the object."""
    yield from _walk(delta, _Position())


def moves(found: ListMatching, names: list[str]) -> tuple[Move, ...]:
    """The items that have moved.

    Args:
        found: the matching.
        names: the names of the right side's items; an item without a name is identified by its index on the left side.
    """
    before = {j: i for i, j in found.pairs}
    called = [name or f"item {before.get(j, j)}" for j, name in enumerate(names)]
    return tuple(Move(item=called[j], left=i, right=j, after=called[j - 1] if j else "") for i, j in found.moved)


def _walk(delta: Delta, at: _Position) -> Iterator[FieldChange]:
    if isinstance(delta, ValueDelta):
        yield at.change(CHANGED, delta.left, delta.right)
    elif isinstance(delta, EmbeddedDelta):
        if delta.inner is None:
            yield at.change(FORMATTING, delta.left, delta.right)
        else:
            yield from _walk(delta.inner, at.inside(delta.format))
    elif isinstance(delta, MapDelta):
        yield from _members(delta, at)
    else:
        yield from _items(delta, at)


def _members(delta: MapDelta, at: _Position) -> Iterator[FieldChange]:
    removed = set(delta.removed)
    for key in delta.left:
        if key in removed:
            yield at.below(key, key, None).change(REMOVED, left=delta.left[key])
        elif key in delta.changed:
            yield from _walk(delta.changed[key], at.below(key, key, key))
    for key in delta.added:
        yield at.below(key, None, key).change(ADDED, right=delta.right[key])


def _items(delta: ListDelta, at: _Position) -> Iterator[FieldChange]:
    found = delta.matching
    if found.moved:
        names = [found.keys.segment(item) if found.keys else _by_value(item) for item in delta.right]
        yield at.change(MOVED, moves=moves(found, names))
    old, new = dict(delta.renamed.keys()), {j: i for i, j in delta.renamed}
    for i, j in found.in_order():
        if j is None:
            assert i is not None
            change = at.below(_name(found.keys, delta.left[i], i), str(i), None).change(REMOVED, left=delta.left[i])
            yield evolve(change, becomes=_name(found.keys, delta.right[old[i]], old[i])) if i in old else change
            continue
        name = _name(found.keys, delta.right[j], j)
        if i is None:
            change = at.below(name, None, str(j)).change(ADDED, right=delta.right[j])
            yield _renamed(change, delta, new[j], j, at) if j in new else change
        elif (i, j) in delta.changed:
            yield from _walk(delta.changed[i, j], at.below(name, str(i), str(j)))


def _renamed(added: FieldChange, delta: ListDelta, i: int, j: int, at: _Position) -> FieldChange:
    """An added item as a renamed one, with its other differences."""
    keys = delta.matching.keys
    assert keys
    spot = at.below(_name(keys, delta.right[j], j), str(i), str(j))
    named = {(*added.name[-1], *field.split("/")) for field in keys.fields}
    within = (one for one in _walk(delta.renamed[i, j], spot) if one.name[-1] not in named)
    return evolve(added, was=_name(keys, delta.left[i], i), within=tuple(within))


def _name(keys: MergeKeys | None, item: Any, index: int) -> str:
    """A list item as a path segment: its key, or its index."""
    return (keys.segment(item) if keys else "") or str(index)


def _by_value(item: Any) -> str:
    return "" if isinstance(item, (dict, list)) else f"[={segments.written(item)}]"
