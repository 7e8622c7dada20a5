"""Positions in a long list under insertions and removals, without shifting everything after each change.

A list is kept in blocks of a few hundred entries: a change shifts one block and updates the block counts.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 512
_MOST = 2 * _BLOCK


class ItemOrder:
    """The current positions of list items, each identified by a fixed number.

    Args:
        count: the initial number of items; they are numbered from 0.
    """

    __slots__ = ("_block_of", "_blocks", "_next")

    def __init__(self, count: int) -> None:
        self._blocks = [list(range(at, min(at + _BLOCK, count))) for at in range(0, count, _BLOCK)] or [[]]
        self._block_of = {number: block for block in self._blocks for number in block}
        self._next = count

    def __iter__(self) -> Iterator[int]:
        """The numbers in order."""
        return (number for block in self._blocks for number in block)

    def position(self, number: int) -> int | None:
        """The position of the item with a number; None if it was removed."""
        block = self._block_of.get(number)
        if block is None:
            return None
        before = 0
        for one in self._blocks:
            if one is block:
                break
            before += len(one)
        return before + block.index(number)

    def number(self, position: int) -> int:
        """The number of the item at an existing position."""
        block, within = self._at(position)
        return self._blocks[block][within]

    def insert(self, position: int) -> int:
        """Insert an item at a position; returns its number."""
        at, within = self._at(position)
        block, number = self._blocks[at], self._next
        block.insert(within, number)
        self._block_of[number] = block
        self._next += 1
        if len(block) > _MOST:
            behind = block[_BLOCK:]
            del block[_BLOCK:]
            self._blocks.insert(at + 1, behind)
            self._block_of.update(dict.fromkeys(behind, behind))
        return number

    def remove(self, position: int) -> int:
        """Remove the item at a position; returns its number."""
        at, within = self._at(position)
        number = self._blocks[at].pop(within)
        del self._block_of[number]
        if not self._blocks[at] and len(self._blocks) > 1:
            del self._blocks[at]
        return number

    def _at(self, position: int) -> tuple[int, int]:
        """The block of a position, and the offset in it; the end of the list is after its last item."""
        last = len(self._blocks) - 1
        for at, block in enumerate(self._blocks):
            if position < len(block) or (at == last and position == len(block)):
                return at, position
            position -= len(block)
        raise IndexError(position)


class KeyOrder:
    """The keys of a list's items, some of which get removed.

    Args:
        keys: the key of each item; keys can repeat.
    """

    def __init__(self, keys: list[Any]) -> None:
        self._keys = keys
        self._order = ItemOrder(len(keys))
        self._at: dict[Any, list[int]] = {}
        for at, key in reversed([*enumerate(keys)]):
            self._at.setdefault(key, []).append(at)

    def index(self, key: Any) -> int:
        """The position of the first item with a key."""
        found = self._order.position(self._at[key][-1])
        assert found is not None
        return found

    def remove(self, index: int) -> None:
        """Remove an item."""
        self._at[self._keys[self._order.remove(index)]].pop()

    def keys(self) -> list[Any]:
        """The remaining keys, in order."""
        return [self._keys[at] for at in self._order]


class _ShiftingBlock:
    """A block of positions in ascending order, each with its entry."""

    __slots__ = ("offset", "places", "things")

    def __init__(self, places: list[int], things: list[Any], offset: int) -> None:
        self.places = places
        self.things = things
        self.offset = offset  # added to every place


class Shifting:
    """Entries at some positions of a list of unknown length, under insertions and removals."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: list[_ShiftingBlock] = []

    def get(self, place: int) -> Any:
        """The entry at a position; None if there is none."""
        found = self._find(place)
        if found is None:
            return None
        block, at = found
        is_there = at < len(block.places) and block.places[at] + block.offset == place
        return block.things[at] if is_there else None

    def set(self, place: int, thing: Any) -> None:
        """Add an entry at a position without one."""
        found = self._find(place)
        if found is None:
            self._blocks.append(_ShiftingBlock([place], [thing], 0))
            return
        block, at = found
        block.places.insert(at, place - block.offset)
        block.things.insert(at, thing)
        if len(block.places) > _MOST:
            behind = _ShiftingBlock(block.places[_BLOCK:], block.things[_BLOCK:], block.offset)
            del block.places[_BLOCK:], block.things[_BLOCK:]
            self._blocks.insert(self._blocks.index(block) + 1, behind)

    def inserted(self, place: int) -> None:
        """Record that an item was inserted at a position."""
        self._shift(place, 1)

    def removed(self, place: int) -> None:
        """Record that the item at a position was removed."""
        found = self._find(place)
        if found is not None:
            block, at = found
            if at < len(block.places) and block.places[at] + block.offset == place:
                del block.places[at], block.things[at]
        self._shift(place, -1)

    def items(self) -> Iterator[tuple[int, Any]]:
        """Every position with its entry, in order."""
        for block in self._blocks:
            for place, thing in zip(block.places, block.things, strict=True):
                yield place + block.offset, thing

    def _find(self, place: int) -> tuple[_ShiftingBlock, int] | None:
        """The block of a position, and the offset in it; None if there are no blocks."""
        self._blocks = [block for block in self._blocks if block.places] if self._has_empty() else self._blocks
        for block in self._blocks:
            if block.places[-1] + block.offset >= place:
                return block, bisect_left(block.places, place - block.offset)
        return (self._blocks[-1], len(self._blocks[-1].places)) if self._blocks else None

    def _has_empty(self) -> bool:
        return any(not block.places for block in self._blocks)

    def _shift(self, start: int, by: int) -> None:
        """Shift all positions from one on."""
        for block in self._blocks:
            if not block.places or block.places[-1] + block.offset < start:
                continue
            at = bisect_left(block.places, start - block.offset)
            if at == 0:
                block.offset += by
            else:
                block.places[at:] = [place + by for place in block.places[at:]]
