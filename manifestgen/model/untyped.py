"""Values of unknown type: a manifest can hold anything anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one; the schema check reports the wrong type."""
    return value if isinstance(value, dict) else {}


def any_of(value: Any, allowed: Iterable[Any]) -> bool:
    """Whether a value of any type is one of the given values."""
    return any(value == one for one in allowed)


def items(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The items of a list that are mappings, with their indexes."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield index, item
