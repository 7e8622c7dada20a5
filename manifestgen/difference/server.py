"""What a cluster adds to the objects that are applied to it. The data is `profiles/kubernetes/defaults.yaml`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.custom_kinds import custom_kinds
from manifestgen.catalog.loading import shipped_documents
from manifestgen.model import pointer
from manifestgen.model.path_pattern import compile_pattern
from manifestgen.model.quantity import quantity
from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.difference.ignore import Ignore
    from manifestgen.model.pointer import Tokens

_FILE = "kubernetes/defaults.yaml"


class _DefaultEntry(Record):
    """One entry of the table."""

    kind: re.Pattern[str]
    path: re.Pattern[str]
    rule: Mapping[str, Any]

    def fits(self, kind: str, path: str) -> bool:
        return bool(self.kind.fullmatch(kind) and self.path.fullmatch(path))

    def allows(self, value: Any, parent: Mapping[str, Any]) -> bool:
        """Whether a server fills in a value."""
        if "like" in self.rule:
            return same(value, parent.get(self.rule["like"]))
        if "any" in self.rule:
            return any(same(value, filled) for filled in self.rule["any"])
        return "value" not in self.rule or same(value, self.rule["value"])


class LiveRules:
    """Differences of one object that are not drift. The left side is the cluster.

    Args:
        ignored: fields of the object that the user ignores.
        bundle_only: whether only fields that the bundle states count.
    """

    def __init__(self, ignored: Iterable[Ignore] = (), *, bundle_only: bool = False) -> None:
        self._ignored = tuple(ignored)
        self._bundle_only = bundle_only

    def differs(self, kind: str, path: Tokens, left: Any, right: Any) -> bool:
        """Whether a member belongs to the server, is the same quantity in another form, or is ignored."""
        at = pointer.to_text(path)
        if self._is_ignored(at) or any(entry.fits(kind, at) for entry in _table("owned")):
            return True
        if not any(entry.fits(kind, at) for entry in _table("quantities")):
            return False
        amount = quantity(left)
        return amount is not None and amount == quantity(right)

    def lacks(self, kind: str, path: Tokens, value: Any, parent: Mapping[str, Any], *, left: bool) -> bool:
        """Whether a member belongs to the server or is one of its defaults; null counts as absent."""
        at = pointer.to_text(path)
        if (left and self._bundle_only) or self._is_ignored(at):
            return True
        if value is None or any(entry.fits(kind, at) for entry in _table("owned")):
            return True
        tables = (*_table("defaults"), *_table("marks")) if left else _table("defaults")
        if any(entry.fits(kind, at) and entry.allows(value, parent) for entry in tables):
            return True
        return (
            isinstance(value, dict)
            and bool(value)
            and all(self.lacks(kind, (*path, key), member, value, left=left) for key, member in value.items())
        )

    def _is_ignored(self, path: str) -> bool:
        return any(one.path.fullmatch(path) for one in self._ignored)


@cache
def _table(part: str) -> tuple[_DefaultEntry, ...]:
    entries = [
        _DefaultEntry(re.compile(entry.get("kind", ".*")), compile_pattern(entry["path"]), entry)
        for entry in shipped_documents(_FILE)[0][0][part]
    ]
    if part == "defaults":
        entries += [
            _DefaultEntry(re.compile(re.escape(one.kind)), compile_pattern(path), {"value": value})
            for one in custom_kinds()
            for path, value in one.defaults()
        ]
    return tuple(entries)


@cache
def same_groups() -> frozenset[frozenset[str]]:
    """Pairs of API groups with the same kinds."""
    return frozenset(frozenset(pair) for pair in shipped_documents(_FILE)[0][0]["groups"])
