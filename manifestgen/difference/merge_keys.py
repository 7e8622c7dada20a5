"""The keys that identify list items: Kubernetes' merge keys, which are data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.record import Record
from manifestgen.patch import segments

_FILE = "kubernetes/merge-keys.yaml"
_NOT_BARE = frozenset(",]=\"' ")


class MergeKeys(Record):
    """The fields that identify the items of a list.

    Attributes:
        fields: their names; nested ones are joined by `/`.
        defaults: the value of a field that an item leaves out.
    """

    fields: tuple[str, ...]
    defaults: Mapping[str, Any]

    def of(self, items: Sequence[Any], *, ordered: bool = True) -> list[Hashable] | None:
        """The key of each item; None if an item has none, or two have the same. For `ordered` see `hashable`."""
        found = []
        for item in items:
            values = [self._value(item, field) for field in self.fields]
            if _ABSENT in values or all(value is None for value in values):
                return None
            found.append(tuple(hashable(value, ordered=ordered) for value in values))
        return list(found) if len(set(found)) == len(found) else None

    def _value(self, item: Any, field: str) -> Any:
        for name in field.split("/"):
            if not isinstance(item, dict):
                return _ABSENT
            item = item.get(name, _ABSENT)
        return self.defaults.get(field, _ABSENT) if item is _ABSENT else item

    def segment(self, item: Any) -> str:
        """The item as a path segment such as `[name=calico-node]`; empty if it cannot be written like that."""
        pairs = []
        for field in self.fields:
            value = self._value(item, field)
            if isinstance(value, (dict, list)) or "/" in field:
                return ""
            if isinstance(item, dict) and field in item:
                text = segments.written(value)
                if '"' in text:
                    return ""
                pairs.append(f'{field}="{text}"' if not text or _NOT_BARE & set(text) else f"{field}={text}")
        return f"[{','.join(pairs)}]" if pairs else ""


_ABSENT = object()


def keys_for(name: str, *versions: Sequence[Any]) -> MergeKeys | None:
    """The keys that fit every version of a list; None if its items have no names.

    Args:
        name: the name of the list's field.
        versions: the versions of the list.
    """
    fitting = (keys for keys in _table().get(name, ()) if all(keys.of(items) is not None for items in versions))
    return next(fitting, None)


def is_set(name: str) -> bool:
    """Whether the scalars in a list have no order, so that each stands for itself.

    Args:
        name: the name of the list's field.
    """
    return name in _sets()


@cache
def _table() -> dict[str, list[MergeKeys]]:
    found: dict[str, list[MergeKeys]] = {}
    for entry in shipped_documents(_FILE)[0][0]["lists"]:
        found.setdefault(entry["list"], []).append(MergeKeys(tuple(entry["keys"]), entry.get("defaults", {})))
    return found


@cache
def _sets() -> frozenset[str]:
    return frozenset(shipped_documents(_FILE)[0][0]["sets"])


def hashable(value: Any, *, ordered: bool = True) -> Hashable:
    """A value for comparison as in JSON: 1 equals 1.0 but not true, members are in any order.

    Args:
        value: the value.
        ordered: whether the order of lists counts.
    """
    if isinstance(value, dict):
        return frozenset((key, hashable(member, ordered=ordered)) for key, member in value.items())
    if isinstance(value, list):
        items = [hashable(item, ordered=ordered) for item in value]
        return ("list", *items) if ordered else ("list", frozenset(Counter(items).items()))
    return ("bool", value) if isinstance(value, bool) else value
