"""What a cluster adds to the objects that are applied to it, and how to look past that."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.difference.diff import compare
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.difference.diff import Diff
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource

_FILE = "kubernetes/defaults.yaml"
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


class _Entry(Record):
    """One line of the table of what a server adds."""

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


class ServerDefaults:
    """Looks past what a server adds; the table is `profiles/kubernetes/defaults.yaml`."""

    def differs(self, kind: str, path: Tokens, left: Any, right: Any) -> bool:
        """Whether a member belongs to the server, or is one amount in two forms."""
        at = pointer.to_text(path)
        if any(entry.fits(kind, at) for entry in _table("owned")):
            return True
        if not any(entry.fits(kind, at) for entry in _table("quantities")):
            return False
        amount = quantity(left)
        return amount is not None and amount == quantity(right)

    def lacks(self, kind: str, path: Tokens, value: Any, parent: Mapping[str, Any]) -> bool:
        """Whether a member is the server's own or what it fills in; null is as good as nothing."""
        at = pointer.to_text(path)
        if value is None or any(entry.fits(kind, at) for entry in _table("owned")):
            return True
        if any(entry.fits(kind, at) and entry.allows(value, parent) for entry in _table("defaults")):
            return True
        return (
            isinstance(value, dict)
            and bool(value)
            and all(self.lacks(kind, (*path, key), member, value) for key, member in value.items())
        )


def drift(live: Sequence[Resource], wanted: Sequence[Resource], names: tuple[str, str]) -> Diff:
    """How the objects of a cluster differ from a bundle, beyond what the server adds.

    Args:
        live: what was read from a cluster; objects that are not wanted do not count, nor does their order.
        wanted: the bundle.
        names: of the two sides.
    """
    return compare(
        [_stored(resource) for resource in live],
        [_stored(resource) for resource in wanted],
        names,
        ignored=ServerDefaults(),
        subset=True,
    )


def _stored(resource: Resource) -> Resource:
    """An object as a cluster keeps it: `stringData` of a Secret is written into its `data`."""
    if resource.id.kind != "Secret" or not isinstance(resource.body.get("stringData"), dict):
        return resource
    from base64 import b64encode  # few bundles hold such a Secret

    encoded = {key: b64encode(str(text).encode()).decode() for key, text in resource.body["stringData"].items()}
    body = {key: value for key, value in resource.body.items() if key != "stringData"}
    return resource._replace(body={**body, "data": {**(body.get("data") or {}), **encoded}})


def quantity(value: Any) -> Fraction | None:
    """What an amount such as `500m`, `1Gi` or 2 is worth; None for what is none (resource.Quantity of Kubernetes)."""
    match = None if isinstance(value, bool) else _QUANTITY.fullmatch(str(value))
    if not match:
        return None
    number, exponent, suffix = match.groups()
    if exponent:
        return Fraction(f"{number}{exponent}") if len(exponent) < 5 else None
    if suffix in _BINARY:
        return Fraction(number) * (1 << _BINARY[suffix])
    return Fraction(number) * Fraction(f"1e{_DECIMAL[suffix or '']}")


@cache
def _table(part: str) -> tuple[_Entry, ...]:
    entries = shipped_documents(_FILE)[0][0][part]
    return tuple(_Entry(re.compile(entry.get("kind", ".*")), _pattern(entry["path"]), entry) for entry in entries)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*?)", path)
    words = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(words.get(part) or re.escape(part) for part in parts))
