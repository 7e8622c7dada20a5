"""Checking values against OpenAPI v3 schemas, like an API server with strict field validation.

One checker serves both kinds of schema: those of Kubernetes' OpenAPI document and those of CustomResourceDefinitions.
An object that lists its properties has no others, unless the schema says `additionalProperties` or
`x-kubernetes-preserve-unknown-fields`. Null counts as absent, as it does for an API server.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.errors import as_message, nearest
from manifestgen.model.record import Record
from manifestgen.schemas.finding import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.schemas.finding import Path

_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
}
_LIMITS = {"int32": 1 << 31, "int64": 1 << 63}
_KEY_DEFAULTS = {"protocol": "TCP"}
"""What a list map key is where an item leaves it out (the defaults of Kubernetes' ports)."""


class Checker(Record):
    """Checks values against schemas.

    Attributes:
        definitions: what `$ref` refers to, by the last part of the reference.
        secret: whether values must not be shown.
    """

    definitions: Mapping[str, Any]
    secret: bool = False

    def faults(self, value: Any, schema: Mapping[str, Any], path: Path = (), *, closed: bool = True) -> Iterator[Fault]:
        """The faults of a value.

        Args:
            value: the value.
            schema: its schema.
            path: the path of the value, for the faults.
            closed: whether an object has only the listed members; false in `allOf`, `anyOf` and `oneOf`.
        """
        schema = self._resolved(schema)
        if value is None:
            return
        if not self._has_type(value, schema):
            yield self._wrong_type(value, schema, path)
            return
        yield from self._alternatives(value, schema, path)
        if isinstance(value, dict):
            yield from self._members(value, schema, path, closed=closed)
        elif isinstance(value, list):
            yield from self._items(value, schema, path)
        else:
            yield from self._scalar(value, schema, path)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            beside = {key: member for key, member in schema.items() if key.startswith("x-")}
            schema = {**self.definitions[schema["$ref"].rpartition("/")[2]], **beside}
        return schema

    def _has_type(self, value: Any, schema: Mapping[str, Any]) -> bool:
        if schema.get("x-kubernetes-int-or-string"):
            return isinstance(value, (int, str)) and not isinstance(value, bool)
        wanted = types_of(schema)
        return not wanted or _type_of(value) in wanted or ("number" in wanted and _type_of(value) == "integer")

    def _wrong_type(self, value: Any, schema: Mapping[str, Any], path: Path) -> Fault:
        if schema.get("x-kubernetes-int-or-string"):
            wanted = "an integer or a string"
        else:
            wanted = " or ".join(_NAMES[name] for name in types_of(schema) if name in _NAMES)
        quote = wanted == "a string" and not isinstance(value, (dict, list))
        found = self._shown(value, path) if not isinstance(value, (dict, list)) else _NAMES[_type_of(value)]
        return Fault(
            code="wrong-type",
            path=path,
            text=f"{_last(path)} must be {wanted}, not {found}",
            next_step="quote it" if quote else "",
        )

    def _members(
        self, value: Mapping[str, Any], schema: Mapping[str, Any], path: Path, *, closed: bool
    ) -> Iterator[Fault]:
        properties = schema.get("properties") or {}
        others = schema.get("additionalProperties")
        free = bool(others) or not closed or schema.get("x-kubernetes-preserve-unknown-fields") or not properties
        for name in schema.get("required") or ():
            if value.get(name) is None:
                yield Fault("missing-field", (*path, name), f"{_last(path)} has no {name}, which is required")
        for name, member in value.items():
            if name in properties:
                yield from self.faults(member, properties[name], (*path, name), closed=closed)
            elif isinstance(others, dict):
                yield from self.faults(member, others, (*path, name), closed=closed)
            elif not free:
                yield self._unknown(name, properties, path)

    @staticmethod
    def _unknown(name: str, properties: Mapping[str, Any], path: Path) -> Fault:
        close = nearest(name, properties)
        known = f"did you mean {close[0]}?" if close else _fields(properties)
        return Fault(
            code="unknown-field",
            path=(*path, name),
            text=f"{_last(path)} has no field {as_message(name)}",
            next_step=known,
        )

    def _items(self, value: Sequence[Any], schema: Mapping[str, Any], path: Path) -> Iterator[Fault]:
        items = schema.get("items")
        if isinstance(items, dict):
            for index, item in enumerate(value):
                yield from self.faults(item, items, (*path, index))
        yield from self._duplicates(value, schema, path)
        yield from _outside("items", len(value), schema.get("minItems"), schema.get("maxItems"), path)

    def _duplicates(self, value: Sequence[Any], schema: Mapping[str, Any], path: Path) -> Iterator[Fault]:
        """Items with the same key: an API server refuses them, and an apply merges them into one."""
        keys = schema.get("x-kubernetes-list-map-keys") or ()
        if not keys and schema.get("x-kubernetes-patch-merge-key"):
            keys = (schema["x-kubernetes-patch-merge-key"],)
        seen: dict[str, int] = {}
        for index, item in enumerate(value):
            if keys and isinstance(item, dict):
                pairs = {key: item.get(key, _KEY_DEFAULTS.get(key)) for key in keys}
                if all(member is None for member in pairs.values()):
                    continue
                key = ", ".join(f"{name} {as_message(member)}" for name, member in pairs.items() if member is not None)
            elif schema.get("x-kubernetes-list-type") == "set":
                key = self._shown(item, path)
            else:
                continue
            if key in seen:
                yield Fault(
                    code="duplicate-item",
                    path=(*path, index),
                    text=f"{_last(path)} has two items with {key}",
                    next_step=f"remove one of items {seen[key]} and {index}",
                )
            seen.setdefault(key, index)

    def _scalar(self, value: Any, schema: Mapping[str, Any], path: Path) -> Iterator[Fault]:
        allowed = schema.get("enum")
        if allowed and not any(value == one and type(value) is type(one) for one in allowed):
            close = nearest(value, [one for one in allowed if isinstance(one, str)]) if isinstance(value, str) else ()
            words = ", ".join(map(str, close or allowed))
            text = f"{_last(path)} cannot be {self._shown(value, path)}"
            yield Fault(
                code="value-not-allowed",
                path=path,
                text=text,
                next_step=f"{'nearest' if close else 'allowed'}: {words}",
            )
        if isinstance(value, str):
            pattern = schema.get("pattern")
            if pattern and (compiled := _pattern(pattern)) and not compiled.search(value):
                text = f"{_last(path)} cannot be {self._shown(value, path)}"
                yield Fault(code="value-not-allowed", path=path, text=text, next_step=f"it must match {pattern}")
            yield from _outside("characters", len(value), schema.get("minLength"), schema.get("maxLength"), path)
        elif not isinstance(value, bool):
            limit = _LIMITS.get(schema.get("format", ""))
            low, high = schema.get("minimum"), schema.get("maximum")
            if (
                (low is not None and value < low)
                or (high is not None and value > high)
                or (limit and not -limit <= value < limit)
            ):
                text = f"{_last(path)} cannot be {self._shown(value, path)}: it is out of range"
                bounds = [
                    f"{word} {bound}" for word, bound in (("at least", low), ("at most", high)) if bound is not None
                ]
                yield Fault(
                    code="value-not-allowed",
                    path=path,
                    text=text,
                    next_step=f"it must be {' and '.join(bounds)}" if bounds else "",
                )

    def _alternatives(self, value: Any, schema: Mapping[str, Any], path: Path) -> Iterator[Fault]:
        for part in schema.get("allOf") or ():
            yield from self.faults(value, part, path, closed=False)
        for word in ("anyOf", "oneOf"):
            parts = schema.get(word) or ()
            if not parts or all(set(self._resolved(part)) <= {"type"} for part in parts):
                continue  # types alone are checked by `types_of`
            fit = sum(not any(self.faults(value, part, path, closed=False)) for part in parts)
            if fit == 0 or (word == "oneOf" and fit > 1):
                count = "none" if fit == 0 else f"{fit}"
                text = f"{_last(path)} fits {count} of the {len(parts)} forms of which it must fit "
                yield Fault("value-not-allowed", path, text + ("one" if word == "oneOf" else "at least one"))
        if "not" in schema and not any(self.faults(value, schema["not"], path, closed=False)):
            yield Fault("value-not-allowed", path, f"{_last(path)} has a form that its schema excludes")

    def _shown(self, value: Any, path: Path) -> str:
        """A value as shown in messages; for a Secret only its type."""
        return (
            _NAMES[_type_of(value)] if self.secret and path[:1] in {("data",), ("stringData",)} else as_message(value)
        )


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The JSON types that a schema allows, without null; empty if it does not say."""
    names = _named(schema)
    if not names:
        for word in ("anyOf", "oneOf"):
            parts = schema.get(word) or ()
            if parts and all("type" in part for part in parts):
                names = tuple(name for part in parts for name in _named(part))
    return tuple(name for name in names if name != "null")


def _named(schema: Mapping[str, Any]) -> tuple[str, ...]:
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "string" if isinstance(value, str) else "null"


def _outside(what: str, count: int, low: int | None, high: int | None, path: Path) -> Iterator[Fault]:
    if low is not None and count < low:
        yield Fault("value-not-allowed", path, f"{_last(path)} has {count} {what}; at least {low} are required")
    if high is not None and count > high:
        yield Fault("value-not-allowed", path, f"{_last(path)} has {count} {what}; at most {high} are allowed")


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str] | None:
    """An RE2 expression as a Python one, with flags at the front; None if Python does not support it."""
    flagged = f"(?i){text.replace('(?i)', '')}" if "(?i)" in text else text
    try:
        return re.compile(flagged)
    except re.error:
        return None


def _last(path: Path) -> str:
    """The name of a value in messages: `env[2]`, `spec`, or `the object`."""
    if not path:
        return "the object"
    name = str(path[-1])
    return f"{path[-2]}[{name}]" if isinstance(path[-1], int) and len(path) > 1 else as_message(name)[1:-1]


def _fields(properties: Mapping[str, Any]) -> str:
    names = sorted(properties)
    return f"its fields are {', '.join(names)}" if len(names) <= 8 else ""
