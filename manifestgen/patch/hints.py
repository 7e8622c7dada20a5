"""Hints about a path that does not exist: the next step of an error, found by looking at its surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model import pointer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.segments import Match

_PREFIXED = ("labels", "annotations", "matchLabels", "nodeSelector")
"""Mappings whose keys may hold a slash: `example.org/name`."""


def missing_parent(above: Tokens, container: Any, rest: Tokens, *, makes: bool) -> str:
    """A hint about a missing member.

    Args:
        above: the path of the container.
        container: where the member is missing.
        rest: the member's name, and the segments after it.
        makes: whether `create: true` would make the missing parents.
    """
    if not isinstance(container, dict) or len(rest) == 1:
        return ""
    for count in range(len(rest), 1, -1):
        name = "/".join(rest[:count])
        if name in container:
            return f"write the / inside a name as ~1: {pointer.to_text((*above, name, *rest[count:]))}"
    if "." in rest[0] and above[-1:] and above[-1] in _PREFIXED:
        return f"write the / inside a name as ~1: {pointer.to_text((*above, '/'.join(rest)))}"
    return "correct the path, or add create: true to the operation to make the missing parents" if makes else ""


def elsewhere(above: Sequence[str], parent: Any, segment: Match) -> str:
    """Finds the item that a segment names in another list of the same parent.

    Args:
        above: the path of the list that does not hold it.
        parent: what holds that list.
        segment: names the item.
    """
    if not isinstance(parent, dict):
        return ""
    for name, items in parent.items():
        if isinstance(items, list) and any(segment.holds(item) for item in items):
            return f"it is in {name}: write {pointer.to_text((*above[:-1], name, segment.text))}"
    return ""
