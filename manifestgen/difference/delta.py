"""The difference of two values, as a tree of only what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from manifestgen.difference.matching import ListMatching, match_items, match_renamed
from manifestgen.difference.redaction import is_secret
from manifestgen.errors import ManifestgenError
from manifestgen.model.frozen import field, frozen
from manifestgen.model.pointer import Tokens
from manifestgen.patch.rfc6902 import same

ITEM = "*"
"""Stands for a list item in a path that is the same on both sides."""
_DOCUMENT = ""
"""Stands for a string's content in such a path."""


@frozen(eq=False, repr=False)
class ValueDelta:
    """Another value."""

    left: Any
    right: Any


@frozen(eq=False, repr=False)
class MapDelta:
    """Another mapping.

    Attributes:
        left, right: the two mappings.
        removed, added: the members that only one side has, in its order.
        changed: the differences of members that both have, in the left side's order.
    """

    left: dict[str, Any]
    right: dict[str, Any]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    changed: Mapping[str, Delta]


@frozen(eq=False, repr=False)
class ListDelta:
    """Another list.

    Attributes:
        left, right: the two lists.
        matching: which item is which.
        changed: the differences of items that both have, by their indexes, in the right side's order.
        renamed: the differences of renamed items, by their indexes.
    """

    left: list[Any]
    right: list[Any]
    matching: ListMatching
    changed: Mapping[tuple[int, int], Delta]
    renamed: Mapping[tuple[int, int], Delta] = field(factory=dict)


@frozen(eq=False, repr=False)
class EmbeddedDelta:
    """A changed document in a string.

    Attributes:
        left, right: the two texts.
        format: `JSON` or `YAML`.
        inner: the difference of the documents; None if only their texts differ.
    """

    left: str
    right: str
    format: str
    inner: Delta | None


Delta = ValueDelta | MapDelta | ListDelta | EmbeddedDelta


class IgnoreRules(Protocol):
    """Which differences to ignore."""

    def differs(self, kind: str, path: Tokens, left: Any, right: Any) -> bool:
        """Whether two values of a member are treated as equal.

        Args:
            kind: the object's kind.
            path: the member's path; list items are segments such as `[name=calico-node]`, or `ITEM` without a name.
            left: its value.
            right: its other value.
        """

    def lacks(self, kind: str, path: Tokens, value: Any, parent: Mapping[str, Any], *, left: bool) -> bool:
        """Whether a member or item that only one side has is ignored.

        Args:
            kind: the object's kind.
            path: the path of the member or list item.
            value: its value.
            parent: the mapping that it belongs to; empty for a list item.
            left: whether the left side has it; else the right side.
        """


class ListOrders(Protocol):
    """Which lists are unordered."""

    def is_free(self, path: Tokens, left: Sequence[Any], right: Sequence[Any]) -> bool:
        """Whether the order of a list has no meaning.

        Args:
            path: of the list; list items are segments such as `[name=calico-node]`, or `ITEM` without a name.
            left: the list before.
            right: the list after.
        """


class Comparison:
    """Comparing the fields of one object.

    Args:
        kind: the object's kind; embedded documents of a Secret are not compared.
        ignored: which differences to ignore; None for none.
        renames: whether to look for renamed list items.
        orders: the lists whose order has no meaning; None for none.

    Attributes:
        reordered: the paths of lists in another order that was ignored.
    """

    def __init__(
        self,
        kind: str,
        ignored: IgnoreRules | None = None,
        *,
        renames: bool = False,
        orders: ListOrders | None = None,
    ) -> None:
        self._kind = kind
        self._ignored = ignored
        self._renames = renames
        self._orders = orders
        self.reordered: list[Tokens] = []

    def delta(self, left: Any, right: Any, path: Tokens = ()) -> Delta | None:
        """The difference from `left` to `right`; None if they are equal.

        Args:
            left: a value.
            right: another.
            path: the path of both in the object; list items are `ITEM`.
        """
        if left is right or (left == right and same(left, right)):
            return None
        if isinstance(left, dict) and isinstance(right, dict):
            return self._members(left, right, path)
        if isinstance(left, list) and isinstance(right, list):
            return self._items(left, right, path)
        if isinstance(left, str) and isinstance(right, str) and not is_secret(self._kind, path):
            return self._document(left, right, path)
        return None if same(left, right) else ValueDelta(left, right)

    def _members(self, left: dict[str, Any], right: dict[str, Any], path: Tokens) -> MapDelta | None:
        added = tuple(key for key in right if key not in left and not self._lacks(path, key, right, left=False))
        removed = []
        changed = {}
        for key, value in left.items():
            if key in right:
                found = self._member((*path, key), value, right[key])
            elif self._lacks(path, key, left, left=True):
                continue
            elif self._partly_lacks(
                (*path, key), value
            ):  # reported member by member, as if it were empty on the right side
                found = self._members(value, {}, (*path, key))
            else:
                removed.append(key)
                continue
            if found:
                changed[key] = found
        return (
            MapDelta(left=left, right=right, removed=tuple(removed), added=added, changed=changed)
            if removed or added or changed
            else None
        )

    def _member(self, path: Tokens, left: Any, right: Any) -> Delta | None:
        found = self.delta(left, right, path)
        return None if found and self._ignored and self._ignored.differs(self._kind, path, left, right) else found

    def _lacks(self, path: Tokens, key: str, parent: dict[str, Any], *, left: bool) -> bool:
        return self._ignored is not None and self._ignored.lacks(
            self._kind, (*path, key), parent[key], parent, left=left
        )

    def _partly_lacks(self, path: Tokens, value: Any) -> bool:
        return (
            self._ignored is not None
            and isinstance(value, dict)
            and any(self._lacks(path, key, value, left=True) for key in value)
        )

    def _items(self, left: list[Any], right: list[Any], path: Tokens) -> ListDelta | None:
        name = path[-1] if path else ""
        free = self._orders is not None and self._orders.is_free(path, left, right)
        found = match_items(name, left, right, ordered=not free)
        if free and found.moved:
            self.reordered.append(path)
            found = found._replace(moved=())
        if self._ignored is not None and found.keys:
            found = self._without_ignored(found, left, right, path)
        deltas = {(i, j): self.delta(left[i], right[j], _item(path, found, right[j])) for i, j in found.pairs}
        changed = {pair: delta for pair, delta in deltas.items() if delta}
        if not (found.removed or found.added or found.moved or changed):
            return None
        renamed = self._renamed(found, left, right, path) if self._renames else {}
        return ListDelta(left=left, right=right, matching=found, changed=changed, renamed=renamed)

    def _renamed(
        self, found: ListMatching, left: list[Any], right: list[Any], path: Tokens
    ) -> dict[tuple[int, int], Delta]:
        pairs = match_renamed(left, right, found)
        deltas = {(i, j): self.delta(left[i], right[j], _item(path, found, right[j])) for i, j in pairs}
        return {pair: delta for pair, delta in deltas.items() if delta}

    def _without_ignored(self, found: ListMatching, left: list[Any], right: list[Any], path: Tokens) -> ListMatching:
        """A matching without unmatched items that are ignored."""
        assert self._ignored is not None
        lacks = self._ignored.lacks
        at = [_item(path, found, item) for item in left], [_item(path, found, item) for item in right]
        return found._replace(
            removed=tuple(i for i in found.removed if not lacks(self._kind, at[0][i], left[i], {}, left=True)),
            added=tuple(j for j in found.added if not lacks(self._kind, at[1][j], right[j], {}, left=False)),
        )

    def _document(self, left: str, right: str, path: Tokens) -> Delta:
        for name in _formats(left, right):
            one, other = _parsed(name, left), _parsed(name, right)
            if isinstance(one, (dict, list)) and type(one) is type(other):
                return EmbeddedDelta(
                    left=left, right=right, format=name, inner=self.delta(one, other, (*path, _DOCUMENT))
                )
        return ValueDelta(left, right)


def _item(path: Tokens, found: ListMatching, item: Any) -> Tokens:
    """The path of a list item that is the same on both sides: by name if items have names."""
    return (*path, (found.keys.segment(item) if found.keys else "") or ITEM)


def _formats(left: str, right: str) -> tuple[str, ...]:
    """The formats to try; a single line is a plain string and not a YAML document."""
    json = all(text.lstrip()[:1] in {"{", "["} for text in (left, right))
    yaml = "\n" in left and "\n" in right
    return (*(["JSON"] if json else []), *(["YAML"] if yaml else []))


def _parsed(name: str, text: str) -> Any:
    from manifestgen.embedded import json_text, yaml_text  # imported lazily: few strings are compared inside

    try:
        return {"JSON": json_text.parse, "YAML": yaml_text.parse}[name](text)
    except ManifestgenError:
        return None
