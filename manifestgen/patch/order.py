"""The order of many things while some come in and others go, so that no change moves all that stand behind it.

A list is kept in blocks of some hundred entries: a change moves those of its block, and counts the blocks.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 512
_MOST = 2 * _BLOCK


class ItemOrder:
    """Where the items of a list are now, each under a number that stays its own.

    Args:
        count: how many items there are at first; they are numbered from 0.
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
        """Where the item with a number is; None where it has gone."""
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
        """The number of the item at a position, which must be there."""
        block, within = self._at(position)
        return self._blocks[block][within]

    def insert(self, position: int) -> int:
        """A new item at a position, before the one that is there; its number."""
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
        """Take out the item at a position; its number."""
        at, within = self._at(position)
        number = self._blocks[at].pop(within)
        del self._block_of[number]
        if not self._blocks[at] and len(self._blocks) > 1:
            del self._blocks[at]
        return number

    def _at(self, position: int) -> tuple[int, int]:
        """The block of a position, and where in it; the end of the list is behind its last item."""
        last = len(self._blocks) - 1
        for at, block in enumerate(self._blocks):
            if position < len(block) or (at == last and position == len(block)):
                return at, position
            position -= len(block)
        raise IndexError(position)


class KeyOrder:
    """The keys of a list's items while some are removed.

    Args:
        keys: the key of each item; several may have the same.
    """

    def __init__(self, keys: list[Any]) -> None:
        self._keys = keys
        self._order = ItemOrder(len(keys))
        self._at: dict[Any, list[int]] = {}
        for at, key in reversed([*enumerate(keys)]):
            self._at.setdefault(key, []).append(at)

    def index(self, key: Any) -> int:
        """Where the first item with a key is now."""
        found = self._order.position(self._at[key][-1])
        assert found is not None
        return found

    def remove(self, index: int) -> None:
        """Remove an item."""
        self._at[self._keys[self._order.remove(index)]].pop()

    def keys(self) -> list[Any]:
        """The keys that are left, in order."""
        return [self._keys[at] for at in self._order]


class _ShiftingBlock:
    """Places that go up, each with what is there."""

    __slots__ = ("offset", "places", "things")

    def __init__(self, places: list[int], things: list[Any], offset: int) -> None:
        self.places = places
        self.things = things
        self.offset = offset  # added to every place


class Shifting:
    """What is known of some places of a list of unknown length, while items come in before them and go."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: list[_ShiftingBlock] = []

    def get(self, place: int) -> Any:
        """What is known of a place; None where nothing is."""
        found = self._find(place)
        if found is None:
            return None
        block, at = found
        is_there = at < len(block.places) and block.places[at] + block.offset == place
        return block.things[at] if is_there else None

    def set(self, place: int, thing: Any) -> None:
        """Note something of a place of which nothing is known."""
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
        """An item has come in at a place."""
        self._shift(place, 1)

    def removed(self, place: int) -> None:
        """The item at a place has gone."""
        found = self._find(place)
        if found is not None:
            block, at = found
            if at < len(block.places) and block.places[at] + block.offset == place:
                del block.places[at], block.things[at]
        self._shift(place, -1)

    def items(self) -> Iterator[tuple[int, Any]]:
        """Every known place with what is there, in order."""
        for block in self._blocks:
            for place, thing in zip(block.places, block.things, strict=True):
                yield place + block.offset, thing

    def _find(self, place: int) -> tuple[_ShiftingBlock, int] | None:
        """The block of a place, and where in it; None where there is no block at all."""
        self._blocks = [block for block in self._blocks if block.places] if self._has_empty() else self._blocks
        for block in self._blocks:
            if block.places[-1] + block.offset >= place:
                return block, bisect_left(block.places, place - block.offset)
        return (self._blocks[-1], len(self._blocks[-1].places)) if self._blocks else None

    def _has_empty(self) -> bool:
        return any(not block.places for block in self._blocks)

    def _shift(self, start: int, by: int) -> None:
        """Move every place from one on."""
        for block in self._blocks:
            if not block.places or block.places[-1] + block.offset < start:
                continue
            at = bisect_left(block.places, start - block.offset)
            if at == 0:
                block.offset += by
            else:
                block.places[at:] = [place + by for place in block.places[at:]]
