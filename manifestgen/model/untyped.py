"""Plain values that may be of any type, as a manifest may hold anything anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def mapping(value: Any) -> dict[str, Any]:
    """A value that should be a mapping; an empty one where it is not, which the schema reports."""
    return value if isinstance(value, dict) else {}


def any_of(value: Any, allowed: Iterable[Any]) -> bool:
    """Whether a value, of whatever type a manifest may hold, is one of some values."""
    return any(value == one for one in allowed)


def items(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The mappings of a value that should be a list of them, with their indexes."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield index, item
