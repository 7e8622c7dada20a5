"""Literal prefixes and suffixes of everything that a regular expression matches, to narrow down the names to test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.patch.regex import parsed

if TYPE_CHECKING:
    from manifestgen.patch.regex import Node

_MOST = 64
_FEW_CHARACTERS = 4


def beginnings(pattern: str, *, backwards: bool = False) -> list[str]:
    """Prefixes, one of which every match has; an empty one means no restriction.

    Args:
        pattern: a regular expression.
        backwards: return suffixes instead, each reversed.
    """
    return _begun(parsed(pattern), backwards)[0]


def _begun(node: Node, backwards: bool) -> tuple[list[str], bool]:
    """The prefixes of what a node matches, and whether they are the whole match."""
    kind = node[0]
    if kind == "at":
        return [""], True
    if kind == "set":
        _, ranges, negated = node
        if negated or sum(high - low + 1 for low, high in ranges) > _FEW_CHARACTERS:
            return [""], False
        return [chr(code) for low, high in ranges for code in range(low, high + 1)], True
    if kind == "repeat":
        _, below, least, most = node
        texts, whole = _begun(below, backwards) if least else ([""], False)
        return texts, whole and least == most == 1
    if kind == "any":
        parts = [_begun(one, backwards) for one in node[1]]
        found = [text for texts, _ in parts for text in texts]
        return (found, all(whole for _, whole in parts)) if len(found) <= _MOST else ([""], False)
    return _joined(node, backwards)


def _joined(node: Node, backwards: bool) -> tuple[list[str], bool]:
    """The prefixes of a sequence: those of its first part, extended by the next part while they are whole."""
    found = [""]
    for one in reversed(node[1]) if backwards else node[1]:
        texts, whole = _begun(one, backwards)
        if len(found) * len(texts) > _MOST:
            return found, False
        found = [before + after for before in found for after in texts]
        if not whole:
            return found, False
    return found, True
