"""The style of a document by example: the nearest value that shows a trait, found without searching the document."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from manifestgen.embedded.text_edits import Ancestor, ValueSpan

    Trait = Callable[[str, ValueSpan], Any]
    """What a value in a text shows of a trait; None if it shows nothing."""


class Traits:
    """The traits that the values of a document show; each value is examined once per trait.

    Args:
        text: the document.
        root: its root value.
    """

    def __init__(self, text: str, root: ValueSpan) -> None:
        self.text = text
        self.root = root
        self._shown: dict[tuple[int, Trait], Any] = {}
        self._children: dict[tuple[int, Trait], tuple[list[int], list[Any]]] = {}
        self._first: dict[Trait, Any] = {}
        self._numbers: dict[int, dict[str | None, int]] = {}
        self._once: dict[Callable[[str, ValueSpan], Any], Any] = {}

    def near(self, boxes: Sequence[Ancestor], trait: Trait) -> Any:
        """The nearest example: among the siblings of a place, the collections around it and their siblings, then all.

        Args:
            boxes: the collections around the place.
            trait: what to look for.
        """
        for box, at, _ in reversed(boxes):
            found = self.child(box, at, trait)
            if found is None:
                found = self._of(box, trait)
            if found is not None:
                return found
        return self._anywhere(trait)

    def above(self, boxes: Sequence[Ancestor], trait: Trait) -> Any:
        """The nearest example among the collections around a place, then among all values."""
        shown = (self._of(box.node, trait) for box in reversed(boxes))
        return next((one for one in shown if one is not None), self._anywhere(trait))

    def child(self, box: ValueSpan, at: int, trait: Trait) -> Any:
        """The example nearest to an index among the items of a collection, the earlier of two; None without any."""
        key = (id(box), trait)
        if key not in self._children:
            pairs = [(number, trait(self.text, item.node)) for number, item in enumerate(box.items)]
            pairs = [pair for pair in pairs if pair[1] is not None]
            self._children[key] = [number for number, _ in pairs], [shown for _, shown in pairs]
        numbers, shown = self._children[key]
        if not numbers:
            return None
        behind = bisect_left(numbers, at)
        near = range(max(behind - 1, 0), min(behind + 1, len(numbers)))
        return shown[min(near, key=lambda index: abs(numbers[index] - at))]

    def once(self, make: Callable[[str, ValueSpan], Any]) -> Any:
        """The result of a function of the text and its root, which is called once."""
        if make not in self._once:
            self._once[make] = make(self.text, self.root)
        return self._once[make]

    def number(self, box: ValueSpan, key: str) -> int:
        """The number of a member of a mapping; the number of members if it is missing."""
        if id(box) not in self._numbers:
            self._numbers[id(box)] = {item.key: number for number, item in enumerate(box.items)}
        return self._numbers[id(box)].get(key, len(box.items))

    def _of(self, node: ValueSpan, trait: Trait) -> Any:
        key = (id(node), trait)
        if key not in self._shown:
            self._shown[key] = trait(self.text, node)
        return self._shown[key]

    def _anywhere(self, trait: Trait) -> Any:
        if trait not in self._first:
            shown = (trait(self.text, node) for node in _below(self.root))
            self._first[trait] = next((one for one in shown if one is not None), None)
        return self._first[trait]


def _below(node: ValueSpan) -> Iterator[ValueSpan]:
    """A node and all its descendants, from the top."""
    yield node
    for item in node.items:
        yield from _below(item.node)
