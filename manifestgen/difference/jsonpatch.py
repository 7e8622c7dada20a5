"""A difference as JSON Patch (RFC 6902): deterministic, and without operations on what did not change."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from manifestgen.difference.delta import ListDelta, MapDelta
from manifestgen.model import pointer

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
        pairs = dict(delta.matching.pairs)
        self._delta = delta
        self._path = path
        self._now: list[tuple[int | None, int]] = [(pairs.get(i), i) for i in range(len(delta.left))]

    def of(self, right: int) -> int:
        """The position of an item of the right side."""
        return next(location for location, (j, _) in enumerate(self._now) if j == right)

    def arrange(self) -> Iterator[dict[str, Any]]:
        """Remove, move and add whole items."""
        found = self._delta.matching
        for i in reversed(found.removed):
            del self._now[i]
            yield {"op": "remove", "path": self._pointer(i)}
        known = [j for _, j in found.pairs]
        for pair in found.moved:
            source = self.of(pair[1])
            item = self._now.pop(source)
            target = self._after(known[: known.index(pair[1])])
            self._now.insert(target, item)
            if target != source:
                yield {"op": "move", "from": self._pointer(source), "path": self._pointer(target)}
        for j in found.added:
            target = self._after(range(j))
            self._now.insert(target, (j, -1))
            yield {"op": "add", "path": self._pointer(target), "value": deepcopy(self._delta.right[j])}

    def _after(self, before: Any) -> int:
        """The position after the last existing item that comes before it on the right side; else the first."""
        return self.of(before[-1]) + 1 if before else 0

    def _pointer(self, location: int) -> str:
        return pointer.to_text((*self._path, location))
