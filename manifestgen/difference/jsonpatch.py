"""A difference as JSON Patch (RFC 6902): deterministic, and without operations on what did not change."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from manifestgen.difference.delta import ListDelta, MapDelta
from manifestgen.model import pointer
from manifestgen.patch.order import ItemOrder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.difference.delta import Delta

Path = tuple[str | int, ...]


def operations(delta: Delta, path: Path = ()) -> Iterator[dict[str, Any]]:
    """The operations, in order, that turn the left value into the right one.

    A list first gets its new items and their order (remove, move, add), then its items are changed.
    To RFC 6902 an embedded document is a string, which is replaced as a whole.

    Args:
        delta: the difference.
        path: the path of the value in the patched document.
    """
    if isinstance(delta, MapDelta):
        for key in delta.removed:
            yield {"op": "remove", "path": pointer.to_text((*path, key))}
        for key, below in delta.changed.items():
            yield from operations(below, (*path, key))
        for key in delta.added:
            yield {"op": "add", "path": pointer.to_text((*path, key)), "value": deepcopy(delta.right[key])}
    elif isinstance(delta, ListDelta):
        places = _Places(delta, path)
        yield from places.arrange()
        for pair, below in delta.changed.items():
            yield from operations(below, (*path, places.of(pair[1])))
    else:
        yield {"op": "replace", "path": pointer.to_text(path), "value": deepcopy(delta.right)}


class _Places:
    """The positions of a list's items while they are rearranged, by their index on the right side."""

    def __init__(self, delta: ListDelta, path: Path) -> None:
        self._delta = delta
        self._path = path
        self._order = ItemOrder(len(delta.left))
        self._numbers = {j: i for i, j in delta.matching.pairs}

    def of(self, right: int) -> int:
        """The position of an item of the right side."""
        found = self._order.position(self._numbers[right])
        assert found is not None
        return found

    def arrange(self) -> Iterator[dict[str, Any]]:
        """Remove, move and add whole items."""
        found = self._delta.matching
        for i in reversed(found.removed):
            self._order.remove(i)
            yield {"op": "remove", "path": self._pointer(i)}
        known = sorted(self._numbers)
        before = dict(zip(known[1:], known, strict=False))
        for _, j in found.moved:
            source = self.of(j)
            self._order.remove(source)
            target = self.of(before[j]) + 1 if j in before else 0
            self._numbers[j] = self._order.insert(target)
            if target != source:
                yield {"op": "move", "from": self._pointer(source), "path": self._pointer(target)}
        for j in found.added:
            before_it = next((at for at in range(j - 1, -1, -1) if at in self._numbers), None)
            target = 0 if before_it is None else self.of(before_it) + 1
            self._numbers[j] = self._order.insert(target)
            yield {"op": "add", "path": self._pointer(target), "value": deepcopy(self._delta.right[j])}

    def _pointer(self, location: int) -> str:
        return pointer.to_text((*self._path, location))
