"""A three-way merge of plain values: the old published value, the user's, and the newly published one.

A change on one side is taken; equal changes on both sides are taken once; anything else that both changed is a
conflict, in which the user's value is kept. List items are identified by Kubernetes' merge keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.compose.images import mirrored
from manifestgen.difference.matching import leaves, match_alike, match_items
from manifestgen.difference.merge_keys import hashable, is_set, keys_for
from manifestgen.embedded.line_matching import match_equal
from manifestgen.model.image import join_image, split_image
from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from manifestgen.difference.merge_keys import MergeKeys
    from manifestgen.model.pointer import Tokens


class _Missing:
    """Stands for a missing value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
"""Stands for the value of a side that has none."""


class MergePlace(Record):
    """A path in three versions of an object.

    Attributes:
        name: the path with named list items.
        old, mine, new: the plain path on each side, or that of the parent if a side does not have it.
    """

    name: Tokens = ()
    old: Tokens = ()
    mine: Tokens = ()
    new: Tokens = ()

    def member(self, key: str, old: Any, mine: Any, new: Any) -> MergePlace:
        """The path of a member of a mapping, given each side's mapping."""
        sides = ((*at, key) if key in body else at for at, body in zip(self[1:], (old, mine, new), strict=True))
        return MergePlace((*self.name, key), *sides)

    def item(self, name: str, row: _ItemRow) -> MergePlace:
        """The path of a list item."""
        sides = (at if index is None else (*at, str(index)) for at, index in zip(self[1:], row, strict=True))
        return MergePlace((*self.name, name), *sides)


class MergeConflict(Record):
    """Different changes of the same field on both sides.

    Attributes:
        place: its path.
        old, mine, new: the values; `MISSING` if a side has none.
    """

    place: MergePlace
    old: Any
    mine: Any
    new: Any


class MergedValue(Record):
    """The result of a merge.

    Attributes:
        value: the merged value, with the user's value for each conflict.
        conflicts: the conflicts, in the order of the result.
    """

    value: Any
    conflicts: tuple[MergeConflict, ...]


class _ItemRow(Record):
    """A list item, by its index on each side; None if a side does not have it."""

    old: int | None
    mine: int | None
    new: int | None


def merge(old: Any, mine: Any, new: Any) -> MergedValue:
    """Combine the changes from `old` to `mine` with those from `old` to `new`.

    Args:
        old: what was published.
        mine: the user's version.
        new: what is published now.
    """
    conflicts: list[MergeConflict] = []
    return MergedValue(
        _value(MergeConflict(place=MergePlace(), old=old, mine=mine, new=new), conflicts), tuple(conflicts)
    )


def _value(at: MergeConflict, conflicts: list[MergeConflict]) -> Any:
    """The merged value at a path, `MISSING` for none."""
    place, old, mine, new = at
    if _same(mine, new) or _same(old, mine):
        return new
    if _same(old, new):
        return mine
    if isinstance(mine, dict) and isinstance(new, dict):
        return _members(place, old if isinstance(old, dict) else {}, mine, new, conflicts)
    if isinstance(mine, list) and isinstance(new, list):
        return _list(at._replace(old=old if isinstance(old, list) else []), conflicts)
    if place.name[-1:] == ("image",) and all(isinstance(one, str) for one in (old, mine, new)):
        image = _image(old, mine, new)
        if image:
            return image
    conflicts.append(at)
    return mine


def _same(one: Any, other: Any) -> bool:
    if one is MISSING or other is MISSING:
        return one is other
    return same(one, other)


def _members(
    place: MergePlace, old: dict[str, Any], mine: dict[str, Any], new: dict[str, Any], conflicts: list[MergeConflict]
) -> dict[str, Any]:
    found = {}
    for key in [*new, *(key for key in mine if key not in new)]:
        values = (side.get(key, MISSING) for side in (old, mine, new))
        value = _value(MergeConflict(place.member(key, old, mine, new), *values), conflicts)
        if value is not MISSING:
            found[key] = value
    return found


def _list(at: MergeConflict, conflicts: list[MergeConflict]) -> list[Any]:
    place, old, mine, new = at
    name = place.name[-1] if place.name else ""
    if not any(isinstance(item, dict) for item in (*old, *mine, *new)):
        if is_set(name):
            return _set(old, mine, new)
        conflicts.append(at)
        kept: list[Any] = mine
        return kept
    keys = keys_for(name, old, mine, new)
    rows = _rows(keys, name, (old, mine, new))
    found = []
    named = keys is not None and all(keys.segment(item) for item in (*old, *mine, *new))
    for row in _ordered(rows, at_end=not named):
        values = [MISSING if index is None else side[index] for index, side in zip(row, (old, mine, new), strict=True)]
        item = next(one for one in reversed(values) if one is not MISSING)
        called = (keys.segment(item) if keys else "") or str(next(one for one in row[1:] if one is not None))
        value = _value(MergeConflict(place.item(called, row), *values), conflicts)
        if value is not MISSING:
            found.append(value)
    return found


def _set(old: list[Any], mine: list[Any], new: list[Any]) -> list[Any]:
    before, here, there = ({hashable(one) for one in side} for side in (old, mine, new))
    return [
        *(one for one in new if hashable(one) in here or hashable(one) not in before),
        *(one for one in mine if hashable(one) not in before and hashable(one) not in there),
    ]


def _rows(keys: MergeKeys | None, name: str, sides: tuple[list[Any], list[Any], list[Any]]) -> list[_ItemRow]:
    """Matches the items of the three sides."""
    old, mine, new = sides
    to_mine, to_new = dict(_pairs(keys, name, old, mine)), dict(_pairs(keys, name, old, new))
    rows = [_ItemRow(i, to_mine.get(i), to_new.get(i)) for i in range(len(old))]
    mine_only = sorted(set(range(len(mine))) - set(to_mine.values()))
    new_only = sorted(set(range(len(new))) - set(to_new.values()))
    left, right = [mine[i] for i in mine_only], [new[i] for i in new_only]
    lefts = (keys.of(left) if keys else None) or [hashable(one) for one in left]
    rights = (keys.of(right) if keys else None) or [hashable(one) for one in right]
    both = {mine_only[i]: new_only[j] for i, j in match_equal(lefts, rights)}
    rows += [_ItemRow(None, i, both.get(i)) for i in mine_only]
    return rows + [_ItemRow(None, None, j) for j in new_only if j not in both.values()]


def _pairs(keys: MergeKeys | None, name: str, left: list[Any], right: list[Any]) -> Iterable[tuple[int, int]]:
    if keys is None:
        return match_items(name, left, right).pairs
    found = list(match_equal(keys.of(left) or (), keys.of(right) or ()))
    # Content does not identify an item if a release changes it: an RBAC rule with one more resource is the same rule.
    lefts, rights = (set(range(len(side))) - {pair[at] for pair in found} for at, side in enumerate((left, right)))
    unnamed = [
        {i: leaves(side[i]) for i in sorted(indexes) if not keys.segment(side[i])}
        for side, indexes in ((left, lefts), (right, rights))
    ]
    return [*found, *match_alike(*unnamed)]


def _ordered(rows: Sequence[_ItemRow], *, at_end: bool) -> list[_ItemRow]:
    """The rows in the order of the result: the new order, unless only the user changed it.

    Args:
        rows: the matched items.
        at_end: put items that only one side has at the end, where a patch can add them without an index.
    """
    everywhere = [row for row in rows if None not in row]
    old, mine, new = ([row for _, row in _along(everywhere, side)] for side in range(3))
    first, second = (1, 2) if old == new and old != mine else (2, 1)
    found = [row for _, row in _along(rows, first)]
    rest = _along([row for row in rows if row[first] is None], second)
    if at_end:
        return [*found, *(row for _, row in rest)]
    for index, row in rest:
        # after its predecessor on its own side
        before = [(place, at) for at, one in enumerate(found) if (place := one[second]) is not None and place < index]
        found.insert(max(before, default=(0, -1))[1] + 1, row)
    return found


def _along(rows: Iterable[_ItemRow], side: int) -> list[tuple[int, _ItemRow]]:
    """The rows of a side, in its order, each with its index there."""
    return sorted((index, row) for row in rows if (index := row[side]) is not None)


def _image(old: str, mine: str, new: str) -> str:
    """The image with the user's registry or tag and the release's version; empty if they cannot be combined."""
    before, here, there = split_image(old), split_image(mine), split_image(new)
    if here[2] != before[2] and there != before:
        return ""  # the user's digest is of the old image
    tags = {here[1], there[1]} - {before[1]}
    if len(tags) > 1:
        return ""
    name = _name(before[0], here[0], there[0])
    return join_image(name, tags.pop() if tags else before[1], there[2]) if name else ""


def _name(old: str, mine: str, new: str) -> str:
    """The new name in the user's registry; empty if the user's image is another repository."""
    if mine == old:
        return new
    if new == old:
        return mine
    rest = mirrored(old, "")
    return mirrored(new, mine.removesuffix(rest)) if mine.endswith(rest) else ""
