"""Plain data: the dict, list and scalars of a JSON document."""

from __future__ import annotations

from typing import Any


def copied(value: Any) -> Any:
    """A deep copy: it shares no dict or list with the value."""
    if isinstance(value, dict):
        return {key: copied(member) if isinstance(member, (dict, list)) else member for key, member in value.items()}
    if isinstance(value, list):
        return [copied(item) if isinstance(item, (dict, list)) else item for item in value]
    return value
