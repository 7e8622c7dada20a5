"""How one value becomes another, as a tree that holds what differs and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from manifestgen.difference.matching import match_items
from manifestgen.difference.redaction import is_secret
from manifestgen.embedded import json_text, yaml_text
from manifestgen.errors import ManifestgenError
from manifestgen.patch.rfc6902 import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.difference.matching import Matching
    from manifestgen.model.pointer import Tokens

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
        removed, added: the members that one side has, in its order.
        changed: what became of members that both have, in the left side's order.
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
        changed: what became of items that both have, by their indexes, in the right side's order.
    """

    left: list[Any]
    right: list[Any]
    matching: Matching
    changed: Mapping[tuple[int, int], Delta]


@frozen(eq=False, repr=False)
class EmbeddedDelta:
    """Another text of a document that a string holds.

    Attributes:
        left, right: the two texts.
        format: `JSON` or `YAML`.
        inner: how the documents differ; None where only their texts do.
    """

    left: str
    right: str
    format: str
    inner: Delta | None


Delta = ValueDelta | MapDelta | ListDelta | EmbeddedDelta


class IgnoreRules(Protocol):
    """What is no difference though it differs."""

    def differs(self, kind: str, path: Tokens, left: Any, right: Any) -> bool:
        """Whether two values of a member that both sides have are taken for the same.

        Args:
            kind: of the object.
            path: of the member; list items are `ITEM`.
            left: its value.
            right: its other value.
        """

    def lacks(self, kind: str, path: Tokens, value: Any, parent: Mapping[str, Any]) -> bool:
        """Whether a member that one side has is taken for one that both or neither have.

        Args:
            kind: of the object.
            path: of the member; list items are `ITEM`.
            value: of the member.
            parent: what it is a member of.
        """


class Comparison:
    """Comparing the fields of one object.

    Args:
        kind: the object's; values of a Secret are not looked into.
        ignored: what is no difference; None for nothing.
    """

    def __init__(self, kind: str, ignored: IgnoreRules | None = None) -> None:
        self._kind = kind
        self._ignored = ignored

    def delta(self, left: Any, right: Any, path: Tokens = ()) -> Delta | None:
        """How `left` becomes `right`; None where they are the same value.

        Args:
            left: a value.
            right: another.
            path: where both stand in the object; list items are `ITEM`.
        """
        if left == right and same(left, right):
            return None
        if isinstance(left, dict) and isinstance(right, dict):
            return self._members(left, right, path)
        if isinstance(left, list) and isinstance(right, list):
            return self._items(left, right, path)
        if isinstance(left, str) and isinstance(right, str) and not is_secret(self._kind, path):
            return self._document(left, right, path)
        return None if same(left, right) else ValueDelta(left, right)

    def _members(self, left: dict[str, Any], right: dict[str, Any], path: Tokens) -> MapDelta | None:
        removed = tuple(key for key in left if key not in right and not self._lacks(path, key, left))
        added = tuple(key for key in right if key not in left and not self._lacks(path, key, right))
        changed = {}
        for key, value in left.items():
            found = self._member((*path, key), value, right[key]) if key in right else None
            if found:
                changed[key] = found
        return MapDelta(left, right, removed, added, changed) if removed or added or changed else None

    def _member(self, path: Tokens, left: Any, right: Any) -> Delta | None:
        found = self.delta(left, right, path)
        return None if found and self._ignored and self._ignored.differs(self._kind, path, left, right) else found

    def _lacks(self, path: Tokens, key: str, parent: dict[str, Any]) -> bool:
        return self._ignored is not None and self._ignored.lacks(self._kind, (*path, key), parent[key], parent)

    def _items(self, left: list[Any], right: list[Any], path: Tokens) -> ListDelta | None:
        found = match_items(path[-1] if path else "", left, right)
        below = (*path, ITEM)
        deltas = {(i, j): self.delta(left[i], right[j], below) for i, j in found.pairs}
        changed = {pair: delta for pair, delta in deltas.items() if delta}
        if found.removed or found.added or found.moved or changed:
            return ListDelta(left, right, found, changed)
        return None

    def _document(self, left: str, right: str, path: Tokens) -> Delta:
        for name in _formats(left, right):
            one, other = _parsed(name, left), _parsed(name, right)
            if isinstance(one, (dict, list)) and type(one) is type(other):
                return EmbeddedDelta(left, right, name, self.delta(one, other, (*path, _DOCUMENT)))
        return ValueDelta(left, right)


_PARSERS = {"JSON": json_text.parse, "YAML": yaml_text.parse}


def _formats(left: str, right: str) -> tuple[str, ...]:
    """The formats worth trying; a text on one line is no YAML document but a string."""
    json = all(text.lstrip()[:1] in {"{", "["} for text in (left, right))
    yaml = "\n" in left and "\n" in right
    return (*(["JSON"] if json else []), *(["YAML"] if yaml else []))


def _parsed(name: str, text: str) -> Any:
    try:
        return _PARSERS[name](text)
    except ManifestgenError:
        return None
