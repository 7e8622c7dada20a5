"""Copy on write for a series of operations: each container is copied only once, then changed in place.

Without it, every operation would copy the containers along its path again, and n operations on a mapping of n members
would take n² steps. For the same reason list items are looked up by name through an index, and members that are
inserted before others are put in order only at the end.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from manifestgen.patch.segments import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.order import ItemOrder

_WORTH_AN_INDEX = 24
"""Lists shorter than this are searched; an index would cost more than it saves."""


class Copies:
    """The containers that one series of operations has copied and can change in place.

    Keeping a reference to each prevents its `id` from being reused for another container.
    """

    __slots__ = ("_chains", "_indexes", "_owned")

    def __init__(self) -> None:
        self._owned: dict[int, Any] = {}
        self._indexes: dict[int, _ItemIndex] = {}
        self._chains: dict[int, _MemberOrder] = {}

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
            self._settle(value)
            for below in value.values() if isinstance(value, dict) else value:
                if isinstance(below, (dict, list)):
                    self.share(below)

    def set_member(self, parent: dict[str, Any], path: Tokens, value: Any, above: Any, before: str | None) -> None:
        """Add or replace a member of a mapping.

        Args:
            parent: the mapping, a writable copy.
            path: the path of the member.
            value: its value.
            above: the container that holds the mapping.
            before: the member to insert it before; empty for the end.
        """
        name = path[-1]
        chain = self._chains.get(id(parent))
        if before and chain is None:
            chain = self._chains[id(parent)] = _MemberOrder(parent)
        if chain is not None and (before or name not in parent):
            chain.insert(name, before)
        parent[name] = value
        self._member_changed(path, above)

    def remove_member(self, parent: dict[str, Any], path: Tokens, above: Any) -> None:
        """Remove a member of a mapping."""
        if id(parent) in self._chains:
            self._chains[id(parent)].remove(path[-1])
        del parent[path[-1]]
        self._member_changed(path, above)

    def _member_changed(self, path: Tokens, above: Any) -> None:
        index = self._indexes.get(id(above)) if self._indexes else None
        if index is not None:
            index.changed(int(path[-2]), path[-1])

    def insert_item(self, items: list[Any], position: int, value: Any) -> None:
        """Insert an item at an index."""
        items.insert(position, value)
        if id(items) in self._indexes:
            self._indexes[id(items)].inserted(position)

    def set_item(self, items: list[Any], position: int, value: Any) -> None:
        """Replace an item."""
        items[position] = value
        if id(items) in self._indexes:
            self._indexes[id(items)].changed(position)

    def remove_item(self, items: list[Any], position: int) -> None:
        """Remove an item."""
        del items[position]
        if id(items) in self._indexes:
            self._indexes[id(items)].order.remove(position)

    def candidates(self, items: list[Any], fields: Sequence[tuple[str, str]]) -> range | list[int]:
        """The indexes of items that may have these fields; each still has to be checked.

        Args:
            items: the list.
            fields: names of fields, each with the scalar as a path segment writes it; an empty name means the item
                itself.
        """
        if len(items) < _WORTH_AN_INDEX:
            return range(len(items))
        index = self._indexes.get(id(items))
        if index is None:
            index = self._indexes[id(items)] = _ItemIndex(items)
        return index.positions(fields)

    def following(self, parent: dict[str, Any], name: str) -> str:
        """The member that follows another; empty for the last one."""
        if id(parent) in self._chains:
            return self._chains[id(parent)].after(name)
        names = [*parent, ""]
        return names[names.index(name) + 1]

    def settle(self) -> None:
        """Put the members of every mapping in order; before that, only their values are correct."""
        for chain in self._chains.values():
            chain.settle()
        self._chains.clear()

    def _settle(self, value: Any) -> None:
        chain = self._chains.pop(id(value), None)
        if chain is not None:
            chain.settle()


class _ItemIndex:
    """The items of a list by the text of a field; stale entries do no harm because each match is checked."""

    __slots__ = ("_fields", "items", "order")

    def __init__(self, items: list[Any]) -> None:
        from manifestgen.patch.order import ItemOrder  # most lists are short

        self.items = items
        self.order: ItemOrder = ItemOrder(len(items))
        self._fields: dict[str, dict[str, dict[int, None]]] = {}

    def positions(self, fields: Sequence[tuple[str, str]]) -> list[int]:
        fewest = min((self._numbers(field, text) for field, text in fields), key=len)
        places = [self.order.position(number) for number in fewest]
        return sorted(place for place in places if place is not None)

    def _numbers(self, field: str, text: str) -> dict[int, None]:
        if field not in self._fields:
            self._fields[field] = {}
            for number, item in zip(self.order, self.items, strict=True):
                self._enter(field, item, number)
        return self._fields[field].get(text, {})

    def inserted(self, position: int) -> None:
        number = self.order.insert(position)
        for field in self._fields:
            self._enter(field, self.items[position], number)

    def changed(self, position: int, member: str | None = None) -> None:
        """Record that an item was replaced, or one of its members."""
        for field in self._fields if member is None else [member] if member in self._fields else ():
            self._enter(field, self.items[position], self.order.number(position))

    def _enter(self, field: str, item: Any, number: int) -> None:
        value = item if not field else item.get(field, _ABSENT) if isinstance(item, dict) else _ABSENT
        if value is not _ABSENT and not isinstance(value, (dict, list)):
            self._fields[field].setdefault(written(value), {})[number] = None


class _MemberOrder:
    """The members of a mapping as a linked list, so that inserting one anywhere takes one step."""

    __slots__ = ("_before", "_following", "_members")

    def __init__(self, members: dict[str, Any]) -> None:
        names = [_START, *members, _END]
        self._members = members
        self._following: dict[Any, Any] = dict(pairwise(names))
        self._before: dict[Any, Any] = {other: one for one, other in pairwise(names)}

    def insert(self, name: str, before: str | None) -> None:
        behind = before or _END
        self._link(self._before[behind], name)
        self._link(name, behind)

    def remove(self, name: str) -> None:
        self._link(self._before.pop(name), self._following.pop(name))

    def after(self, name: str) -> str:
        found = self._following[name]
        return "" if found is _END else str(found)

    def _link(self, one: Any, other: Any) -> None:
        self._following[one] = other
        self._before[other] = one

    def settle(self) -> None:
        values, name = dict(self._members), self._following[_START]
        self._members.clear()
        while name is not _END:
            self._members[name] = values[name]
            name = self._following[name]


_ABSENT = object()
_START = object()
_END = object()
