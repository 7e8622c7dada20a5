"""Where every field came from: the history of an object, replayed over a tree of origins.

This costs a render nothing: the history is the list of operations that were applied anyway, and the tree is built
from it on request. The trees of the most recently used objects are kept here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.model.plain import copied
from manifestgen.model.pointer import is_index
from manifestgen.patch import rfc6902
from manifestgen.patch.history import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.history import Change, Recorded
    from manifestgen.patch.rfc6902 import Operation

MOST_REPLAYED = 512
"""Of so many objects the origins are kept."""


class _OriginNode:
    """The origin of one value, and the nodes of its members or items."""

    __slots__ = ("items", "members", "origin")

    def __init__(self, value: Any, origin: Origin, replaced: _OriginNode | None = None) -> None:
        scalar = None if isinstance(value, (dict, list)) else value
        self.origin: Origin = origin._replace(value=scalar, replaced=replaced.origin if replaced else None)
        self.members: dict[str, _OriginNode] | None = None
        self.items: list[_OriginNode] | None = None
        if isinstance(value, dict):
            before = (replaced.members if replaced else None) or {}
            self.members = {key: _OriginNode(item, _below(origin, key), before.get(key)) for key, item in value.items()}
        elif isinstance(value, list):
            self.items = [_OriginNode(item, _below(origin, index)) for index, item in enumerate(value)]

    def clone(self) -> _OriginNode:
        """An independent copy."""
        twin = _OriginNode(None, self.origin)
        twin.origin = self.origin
        twin.members = {key: node.clone() for key, node in self.members.items()} if self.members is not None else None
        twin.items = [node.clone() for node in self.items] if self.items is not None else None
        return twin

    def child(self, token: str) -> _OriginNode:
        """The child node, by member name or index."""
        if self.members is not None:
            return self.members[token]
        assert self.items is not None
        return self.items[int(token)]


def _below(origin: Origin, key: str | int) -> Origin:
    return origin._replace(ref=origin.ref.at(key) if origin.ref else None)


def origin_of(resource: Recorded, path: Tokens) -> Origin:
    """The origin of one field of an object.

    Args:
        resource: the object, or a document in one of its strings.
        path: plain reference tokens.

    Raises:
        OperationFailed: there is no such field; the message names the nearest ones.
    """
    rfc6902.find(resource.content, path)
    node = _replayed(ByIdentity(resource))
    for token in path:
        node = node.child(token)
    return node.origin


def origins(resource: Recorded) -> dict[Tokens, Origin]:
    """The origin of every leaf of an object: scalars, and mappings and lists that are empty."""
    found: dict[Tokens, Origin] = {}

    def walk(node: _OriginNode, path: Tokens) -> None:
        below = list(node.members.items()) if node.members else list(_numbered(node.items or []))
        if not below:
            found[path] = node.origin
        for token, child in below:
            walk(child, (*path, token))

    walk(_replayed(ByIdentity(resource)), ())
    return found


def _numbered(items: list[_OriginNode]) -> Iterator[tuple[str, _OriginNode]]:
    return ((str(index), item) for index, item in enumerate(items))


class ByIdentity:
    """A key that compares equal to another only if both hold the very same object."""

    __slots__ = ("resource",)

    def __init__(self, resource: Recorded) -> None:
        self.resource = resource

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and self.resource is other.resource

    def __hash__(self) -> int:
        return id(self.resource)


@lru_cache(maxsize=MOST_REPLAYED)
def _replayed(key: ByIdentity) -> _OriginNode:
    """The tree of an object's origins; it must not be changed."""
    resource = key.resource
    root = _OriginNode(resource.base, Origin(resource.layer, resource.ref))
    for change in resource.history:
        for operation in change.lowered:
            root = _replay(root, operation, change)
    return root


def _replay(root: _OriginNode, operation: Operation, change: Change) -> _OriginNode:
    at = change.ref.at("value") if change.ref else None
    if at and operation.before is not None:
        at = at.at(operation.path[-1])  # what is inserted beside a member is a mapping of members
    steps = change.shown if change.inside else (operation,)
    applied = tuple(step._replace(value=copied(step.value)) for step in steps)
    origin = Origin(
        layer=change.layer,
        ref=at,
        number=change.number,
        value=None,
        inside=change.inside,
        applied=applied,
        given=change.origin,
    )
    if operation.op == "remove":
        _cut(root, operation.path)
    elif operation.op == "move":
        if operation.path == operation.source:
            return root
        moved = _cut(root, operation.source)
        if not operation.path:
            return moved
        _put(root, operation.path, moved)
    elif operation.op == "copy":
        copy = _at(root, operation.source).clone()
        if not operation.path:
            return copy
        _put(root, operation.path, copy)
    elif operation.op in {"add", "replace"}:
        if not operation.path:
            return _OriginNode(operation.value, origin, root)
        inserts = operation.op == "add" and _at(root, operation.path[:-1]).items is not None
        before = None if inserts else _existing(root, operation.path)
        _put(root, operation.path, _OriginNode(operation.value, origin, before), replace=not inserts)
    return root


def _at(root: _OriginNode, path: Tokens) -> _OriginNode:
    for token in path:
        root = root.child(token)
    return root


def _existing(root: _OriginNode, path: Tokens) -> _OriginNode | None:
    parent = _at(root, path[:-1])
    if parent.members is not None:
        return parent.members.get(path[-1])
    return parent.child(path[-1])


def _cut(root: _OriginNode, path: Tokens) -> _OriginNode:
    parent = _at(root, path[:-1])
    if parent.members is not None:
        return parent.members.pop(path[-1])
    assert parent.items is not None
    return parent.items.pop(int(path[-1]))


def _put(root: _OriginNode, path: Tokens, node: _OriginNode, *, replace: bool = False) -> None:
    parent, token = _at(root, path[:-1]), path[-1]
    if parent.members is not None:
        parent.members[token] = node
        return
    assert parent.items is not None
    if replace and is_index(token):
        parent.items[int(token)] = node
    elif token == "-":
        parent.items.append(node)
    else:
        parent.items.insert(int(token), node)
