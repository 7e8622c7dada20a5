"""Finding the new path of something: a similar value elsewhere in the object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.difference.matching import ALIKE, leaves, likeness
from manifestgen.embedded import FORMATS
from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.patch.lower import resolve
from manifestgen.patch.rfc6902 import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.model import Embedded

_NAMES = ("name", "type", "mountPath", "key", "ip")
"""Members by which an item of a list can be named, the best first."""
_FEWEST = 2
"""Something with less to say is too common to be known again."""


def document_of(content: Any, inside: Sequence[Embedded]) -> Any:
    """The document that a patch edits: the object, or the document in one of its strings; None if there is none."""
    for at in inside:
        try:
            text = find(content, resolve(content, at.path))
            content = FORMATS[at.format].parse(text) if isinstance(text, str) else None
        except ManifestgenError:
            return None
    return content


def resolved(document: Any, path: Tokens) -> Tokens:
    """A path in plain tokens, as far as it exists."""
    for length in range(len(path), 0, -1):
        if _leads(document, path[:length]):
            return resolve(document, path[:length])
    return ()


def named(document: Any, path: Tokens) -> list[str]:
    """A path with named list items instead of indexes, as far as it exists."""
    found: list[str] = []
    for token in resolved(document, path):
        found.append(_name(document[int(token)], int(token)) if isinstance(document, list) else token)
        document = document[int(token)] if isinstance(document, list) else document[token]
    return found


def moved_to(path: Tokens, before: Any, after: Any) -> str:
    """The new path of what a path led to, with named list items; empty if nothing is similar.

    Args:
        path: with named list items.
        before: the document in which the path exists.
        after: the document in which it does not.
    """
    for length in range(len(path), 0, -1):
        if _leads(after, path[:length]):
            return ""
        if _leads(before, path[:length]):
            old = find(before, resolve(before, path[:length]))
            found = _nearest(old, before, after)
            if found:
                return _continued(found, path[length:], after)
    return ""


def _continued(found: Tokens, rest: Tokens, after: Any) -> str:
    """The rest of a path, as far as it exists."""
    for length in range(len(rest), -1, -1):
        if _leads(after, (*found, *rest[:length])):
            return pointer.to_text((*found, *rest[:length]))
    return pointer.to_text(found)


def _leads(document: Any, path: Tokens) -> bool:
    try:
        resolve(document, path)
    except ManifestgenError:
        return False
    return True


def _nearest(old: Any, before: Any, after: Any) -> Tokens:
    """The most similar of the new mappings."""
    if not isinstance(old, dict):
        return ()
    said = leaves(old)
    if said.total() < _FEWEST:
        return ()
    scores = [
        (-likeness(said, leaves(value)), len(path), path)
        for path, value in _mappings(after, ())
        if not _leads(before, path)
    ]
    best = min(scores, default=(0.0, 0, ()))
    return best[2] if -best[0] >= ALIKE else ()


def _mappings(value: Any, path: Tokens) -> Iterator[tuple[Tokens, dict[str, Any]]]:
    """Every mapping of a document with its path."""
    if isinstance(value, dict):
        if path:
            yield path, value
        for key, member in value.items():
            yield from _mappings(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mappings(item, (*path, _name(item, index)))


def _name(item: Any, index: int) -> str:
    if isinstance(item, dict):
        for key in _NAMES:
            if isinstance(item.get(key), str):
                return f"[{key}={item[key]}]"
    return str(index)
