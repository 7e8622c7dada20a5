"""Copy on write for a series of operations: each container is copied only once, then changed in place.

Without it, every operation would copy the containers along its path again, and n operations on a mapping of n members
would take n² steps. For the same reason list items are looked up by name through an index.
"""

from __future__ import annotations

from typing import Any

from manifestgen.patch.segments import written

_WORTH_AN_INDEX = 24
"""Lists shorter than this are searched; an index would cost more than it saves."""


class Copies:
    """The containers that one series of operations has copied and can change in place.

    Keeping a reference to each prevents its `id` from being reused for another container.
    """

    __slots__ = ("_indexes", "_owned")

    def __init__(self) -> None:
        self._owned: dict[int, Any] = {}
        self._indexes: dict[int, tuple[list[Any], dict[str, dict[str, list[int]]]]] = {}

    def writable(self, container: Any) -> Any:
        """The container itself where it is a copy already, else a copy of it."""
        if id(container) in self._owned:
            return container
        copied = dict(container) if isinstance(container, dict) else list(container)
        self._owned[id(copied)] = copied
        return copied

    def share(self, value: Any) -> None:
        """Disown a value that is about to be in two places: changing one must not change the other."""
        if id(value) in self._owned:
            del self._owned[id(value)]
            self._indexes.pop(id(value), None)
            for below in value.values() if isinstance(value, dict) else value:
                if isinstance(below, (dict, list)):
                    self.share(below)

    def changed(self, container: Any, above: Any, field: str) -> None:
        """Drop the index of a list that has changed, or one of whose items has changed a field."""
        if self._indexes:
            self._indexes.pop(id(container), None)
            self._indexes.get(id(above), _NONE)[1].pop(field, None)

    def appended(self, items: list[Any]) -> None:
        """Note the new last item of a list."""
        for field, index in self._indexes.get(id(items), _NONE)[1].items():
            _enter(index, field, items, len(items) - 1)

    def candidates(self, items: list[Any], field: str, text: str) -> range | list[int]:
        """The indexes of items whose field may have this text; each still has to be checked.

        Args:
            items: the list.
            field: of its items; empty for the items themselves.
            text: the scalar as a path segment writes it.
        """
        if len(items) < _WORTH_AN_INDEX:
            return range(len(items))
        _, indexes = self._indexes.setdefault(id(items), (items, {}))
        if field not in indexes:
            index = indexes[field] = {}
            for number in range(len(items)):
                _enter(index, field, items, number)
        return indexes[field].get(text, [])


def _enter(index: dict[str, list[int]], field: str, items: list[Any], number: int) -> None:
    item = items[number]
    value = item if not field else item.get(field, _ABSENT) if isinstance(item, dict) else _ABSENT
    if value is not _ABSENT and not isinstance(value, (dict, list)):
        index.setdefault(written(value), []).append(number)


_ABSENT = object()
_NONE: tuple[list[Any], dict[str, dict[str, list[int]]]] = ([], {})
