"""What names the items of a list: Kubernetes' merge keys, which are data."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.record import Record
from manifestgen.patch import segments

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

_FILE = "kubernetes/merge-keys.yaml"
_NOT_BARE = frozenset(",]=\"' ")


class Keys(Record):
    """The fields that tell the items of a list apart.

    Attributes:
        fields: their names, those of a nested field joined by `/`.
        defaults: what a field is where an item leaves it out.
    """

    fields: tuple[str, ...]
    defaults: Mapping[str, Any]

    def of(self, items: Sequence[Any]) -> list[Hashable] | None:
        """The key of each item; None where one has none, or two have the same."""
        found = []
        for item in items:
            values = [self._value(item, field) for field in self.fields]
            if _ABSENT in values or all(value is None for value in values):
                return None
            found.append(tuple(hashable(value) for value in values))
        return list(found) if len(set(found)) == len(found) else None

    def _value(self, item: Any, field: str) -> Any:
        for name in field.split("/"):
            if not isinstance(item, dict):
                return _ABSENT
            item = item.get(name, _ABSENT)
        return self.defaults.get(field, _ABSENT) if item is _ABSENT else item

    def segment(self, item: Any) -> str:
        """The item as a path segment such as `[name=calico-node]`; empty where it cannot be written so."""
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


def keys_for(name: str, left: Sequence[Any], right: Sequence[Any]) -> Keys | None:
    """The keys that fit two versions of a list; None where items have no names.

    Args:
        name: of the field that holds the list.
        left: its items before.
        right: its items after.
    """
    return next(
        (keys for keys in _table().get(name, ()) if keys.of(left) is not None and keys.of(right) is not None), None
    )


@cache
def _table() -> dict[str, list[Keys]]:
    found: dict[str, list[Keys]] = {}
    for entry in shipped_documents(_FILE)[0][0]["lists"]:
        found.setdefault(entry["list"], []).append(Keys(tuple(entry["keys"]), entry.get("defaults", {})))
    return found


def hashable(value: Any) -> Hashable:
    """A value that is equal to another's exactly where JSON says so: 1 is 1.0 but not true, members in any order."""
    if isinstance(value, dict):
        return frozenset((key, hashable(member)) for key, member in value.items())
    if isinstance(value, list):
        return ("list", *map(hashable, value))
    return ("bool", value) if isinstance(value, bool) else value
