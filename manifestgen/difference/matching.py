"""Matching the items of two lists: by key, by value, then by similarity and position."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from manifestgen.difference.merge_keys import MergeKeys, hashable, keys_for
from manifestgen.embedded.line_matching import longest_rising, match_equal
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

ALIKE = 0.5
"""Two things are versions of one thing where they share at least this part of what they say."""

_LEAST_SHARED = 2
"""So many fields beside its name must an item share with another to be that one under a new name."""

_MOST_COMPARED = 10_000
"""So many pairs are looked at; of longer lists each item is compared with the one in its place."""

_MOST_RENAMED = 400
"""Where more pairs could be renamed, none is taken to be."""


class ListMatching(Record):
    """A matching of two versions of a list, as indexes.

    Attributes:
        pairs: the items on both sides, in the right side's order.
        removed: items only on the left side.
        added: items only on the right side.
        moved: those of `pairs` that changed position; as few as possible.
        keys: the fields that identified the items; None if they were matched by value.
    """

    pairs: tuple[tuple[int, int], ...]
    removed: tuple[int, ...]
    added: tuple[int, ...]
    moved: tuple[tuple[int, int], ...]
    keys: MergeKeys | None = None

    def in_order(self) -> Iterator[tuple[int | None, int | None]]:
        """Every item with its index on each side, in the right side's order; removed ones at their old position."""
        moved = set(self.moved)
        still = {j: i for i, j in self.pairs if (i, j) not in moved}
        pairs = {j: i for i, j in self.pairs}
        removed = list(reversed(self.removed))
        for j in sorted([*pairs, *self.added]):
            while removed and j in still and removed[-1] < still[j]:
                yield removed.pop(), None
            yield pairs.get(j), j
        yield from ((i, None) for i in reversed(removed))


def match_items(name: str, left: Sequence[Any], right: Sequence[Any], *, ordered: bool = True) -> ListMatching:
    """The items of two versions of a list.

    Args:
        name: the name of the list's field.
        left: the items before.
        right: the items after.
        ordered: whether the order of the list has a meaning; otherwise the order of lists in its items has none either.
    """
    keys = keys_for(name, left, right)
    lefts = (keys.of(left, ordered=ordered) if keys else None) or [hashable(item, ordered=ordered) for item in left]
    rights = (keys.of(right, ordered=ordered) if keys else None) or [hashable(item, ordered=ordered) for item in right]
    pairs = list(match_equal(lefts, rights))
    if not keys:
        pairs += _leftovers(left, right, pairs, ordered=ordered)
    return matching(pairs, len(left), len(right), keys)


def match_renamed(left: Sequence[Any], right: Sequence[Any], found: ListMatching) -> Iterator[tuple[int, int]]:
    """Pairs of similar items under different names, each of which only one side has.

    Only items that are named by one field are compared: otherwise a rule about pods and a rule about nodes would be
    taken for versions of each other.

    Args:
        left: the items before.
        right: the items after.
        found: the matching by name.
    """
    if not found.keys or len(found.keys.fields) != 1 or not found.removed or not found.added:
        return
    name = found.keys.fields[0].split("/")[0]
    lefts = {i: _beside(name, left[i]) for i in found.removed if isinstance(left[i], dict)}
    rights = {j: _beside(name, right[j]) for j in found.added if isinstance(right[j], dict)}
    if len(lefts) * len(rights) > _MOST_RENAMED:
        return
    for i, j in match_alike(lefts, rights):
        if (lefts[i] & rights[j]).total() >= _LEAST_SHARED:
            yield i, j


def _beside(name: str, item: dict[str, Any]) -> Counter[Hashable]:
    return leaves({key: value for key, value in item.items() if key != name})


def matching(pairs: Iterable[tuple[int, int]], left: int, right: int, keys: MergeKeys | None = None) -> ListMatching:
    """A matching from its pairs and the lengths of the two lists."""
    ordered = tuple(sorted(pairs, key=lambda pair: pair[1]))
    kept = longest_rising([i for i, _ in ordered])
    moved = tuple(pair for number, pair in enumerate(ordered) if number not in kept)
    lefts, rights = {i for i, _ in ordered}, {j for _, j in ordered}
    removed = tuple(i for i in range(left) if i not in lefts)
    added = tuple(j for j in range(right) if j not in rights)
    return ListMatching(pairs=ordered, removed=removed, added=added, moved=moved, keys=keys)


def match_alike(
    left: Mapping[int, Counter[Hashable]], right: Mapping[int, Counter[Hashable]]
) -> Iterator[tuple[int, int]]:
    """Pairs of items that are similar enough, the most similar first; ties go to the earlier.

    Args:
        left: the items to pair, with the content of each.
        right: the same of the other side.
    """
    few = len(left) * len(right) <= _MOST_COMPARED
    candidates = product(left, right) if few else zip(left, right, strict=False)
    scores = sorted((-likeness(left[i], right[j]), i, j) for i, j in candidates)
    free_left, free_right = set(left), set(right)
    for score, i, j in scores:
        if -score >= ALIKE and i in free_left and j in free_right:
            free_left.remove(i)
            free_right.remove(j)
            yield i, j


def likeness(left: Counter[Hashable], right: Counter[Hashable]) -> float:
    """The similarity of the content of two values, from 0 to 1."""
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0


def leaves(value: Any) -> Counter[Hashable]:
    """The content of a value: its scalars with their paths, without list indexes."""
    found: Counter[Hashable] = Counter()

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, dict) and value:
            for key, member in value.items():
                walk(member, (*path, key))
        elif isinstance(value, list) and value:
            for item in value:
                walk(item, (*path, ""))
        else:
            found[path, hashable(value)] += 1

    walk(value, ())
    return found


def _leftovers(
    left: Sequence[Any], right: Sequence[Any], pairs: Sequence[tuple[int, int]], *, ordered: bool
) -> Iterator[tuple[int, int]]:
    """Pairs of items without an equal: similar mappings, and other items that follow the same item."""
    settled = matching(pairs, len(left), len(right))
    kept = sorted(set(settled.pairs) - set(settled.moved))
    befores = [i for i, _ in kept], [j for _, j in kept]
    gaps: dict[tuple[type, int], tuple[list[int], list[int]]] = {}
    for side, indexes, items in ((0, settled.removed, left), (1, settled.added, right)):
        for index in indexes:
            gap = (_shape(items[index]), bisect_left(befores[side], index) if ordered else 0)
            gaps.setdefault(gap, ([], []))[side].append(index)
    for (shape, _), (lefts, rights) in gaps.items():
        if shape is dict:
            yield from match_alike({i: leaves(left[i]) for i in lefts}, {j: leaves(right[j]) for j in rights})
        else:
            yield from zip(lefts, rights, strict=False)


def _shape(value: Any) -> type:
    return type(value) if isinstance(value, (dict, list)) else object
