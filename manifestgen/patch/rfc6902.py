"""JSON Patch (RFC 6902) on plain dict, list and scalars: strict, and copy on write.

An operation returns a new document that shares what it did not touch; its input is never changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError, as_message, nearest
from manifestgen.model import pointer
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.model.pointer import Tokens

OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")
_NEEDS_VALUE = frozenset({"add", "replace", "test"})
_NEEDS_FROM = frozenset({"move", "copy"})


class InvalidOperation(ManifestgenError):
    """A value is not a JSON Patch operation (RFC 6902 section 4)."""


class OperationFailed(ManifestgenError):
    """An operation met a document that it does not fit (RFC 6902 section 5).

    Attributes:
        pointer: how far the document goes along with the operation, as a JSON Pointer.
    """

    def __init__(
        self,
        tokens: Sequence[str],
        what: str,
        *,
        found: str = "",
        candidates: Sequence[str] = (),
        next_step: str = "",
    ) -> None:
        self.pointer = pointer.to_text(tokens)
        super().__init__(
            f"{self.pointer or 'the whole document'}: {what}",
            found=found,
            candidates=candidates,
            next_step=next_step,
        )


class Operation(Record):
    """One plain RFC 6902 operation.

    Attributes:
        op: one of `OPERATIONS`.
        path: reference tokens of the target location.
        value: the operand of add, replace and test.
        source: reference tokens of `from`, for move and copy.
        before: for adding to a mapping, the member to stand before; empty for the end. RFC 6902 knows no order
            of members, so this says how the result is written, not what it means.
    """

    op: str
    path: Tokens
    value: Any = None
    source: Tokens = ()
    before: str = ""

    def as_json(self) -> dict[str, Any]:
        """The operation as RFC 6902 writes it."""
        written: dict[str, Any] = {"op": self.op}
        if self.op in _NEEDS_FROM:
            written["from"] = pointer.to_text(self.source)
        written["path"] = pointer.to_text(self.path)
        if self.op in _NEEDS_VALUE:
            written["value"] = self.value
        return written


def operation(written: Any) -> Operation:
    """An operation from its JSON form; members that RFC 6902 does not define are ignored, as it demands.

    Raises:
        InvalidOperation: not an object, unknown `op`, or a member that is missing or of the wrong type.
        PointerSyntaxError: `path` or `from` is not a JSON Pointer.
    """
    if not isinstance(written, dict):
        raise InvalidOperation("an operation must be a mapping", found=as_message(written))
    op = written.get("op")
    if op not in OPERATIONS:
        known = nearest(op, OPERATIONS) if isinstance(op, str) else ()
        raise InvalidOperation(
            "op is missing" if op is None else f"{as_message(op)} is not an operation",
            candidates=known or OPERATIONS,
            next_step="give op one of the six operations of RFC 6902",
        )
    for member in ("path", "from") if op in _NEEDS_FROM else ("path",):
        if not isinstance(written.get(member), str):
            raise InvalidOperation(f"{op} needs {member}, a JSON pointer", found=as_message(written.get(member)))
    if op in _NEEDS_VALUE and "value" not in written:
        raise InvalidOperation(f"{op} needs value", next_step="write value: null if null is meant")
    source = pointer.parse(written["from"]) if op in _NEEDS_FROM else ()
    return Operation(op, pointer.parse(written["path"]), written.get("value"), source)


def patch(document: Any, operations: Sequence[Any]) -> Any:
    """Apply a JSON Patch document: all operations, in order, or none.

    Args:
        document: any JSON value; it is not changed.
        operations: the operations in their JSON form.

    Raises:
        InvalidOperation: one of them is malformed.
        OperationFailed: one of them does not fit the document.
    """
    for step in [operation(written) for written in operations]:
        document = apply(document, step)
    return document


def apply(document: Any, step: Operation) -> Any:
    """One operation; the result shares with `document` and with `step.value` whatever it did not change.

    Raises:
        OperationFailed: the document does not fit.
    """
    op = step.op
    if op == "add":
        return _add(document, step.path, step.value, step.before)
    if op == "replace":
        return _replace(document, step.path, step.value)
    if op == "remove":
        return _remove(document, step.path)
    if op == "test":
        return _test(document, step)
    value = find(document, step.source)
    if op == "copy":
        return _add(document, step.path, value)
    if step.path == step.source:
        return document
    if step.path[: len(step.source)] == step.source:
        raise OperationFailed(step.path, "a value cannot be moved into itself")
    return _add(_remove(document, step.source), step.path, value)


def same(left: Any, right: Any) -> bool:
    """Equality as RFC 6902 section 4.6 has it: 1 is 1.0 but not true, lists in order, objects in any order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and len(left) == len(right)
            and all(key in right and same(value, right[key]) for key, value in left.items())
        )
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _add(document: Any, path: Tokens, value: Any, before: str = "") -> Any:
    if not path:
        return value
    root, parent = _open(document, path)
    last = path[-1]
    if isinstance(parent, dict):
        parent[last] = value
        if before:
            names = list(parent)
            for name in names[names.index(before) : -1]:
                parent[name] = parent.pop(name)
    elif last == "-":
        parent.append(value)
    else:
        parent.insert(_index(parent, path, len(parent)), value)
    return root


def _replace(document: Any, path: Tokens, value: Any) -> Any:
    if not path:
        return value
    root, parent = _open(document, path)
    parent[_member(parent, path)] = value
    return root


def _remove(document: Any, path: Tokens) -> Any:
    if not path:
        raise OperationFailed(path, "the whole document cannot be removed")
    root, parent = _open(document, path)
    del parent[_member(parent, path)]
    return root


def _test(document: Any, step: Operation) -> Any:
    value = find(document, step.path)
    if not same(value, step.value):
        raise OperationFailed(step.path, f"test expects {as_message(step.value)}", found=as_message(value))
    return document


def find(document: Any, path: Tokens, above: Tokens = ()) -> Any:
    """The value at a path.

    Args:
        document: where to look.
        path: reference tokens.
        above: where the document itself stands, for messages.

    Raises:
        OperationFailed: a step of it is missing or of the wrong type; the nearest members are named.
    """
    value = document
    for depth in range(len(path)):
        value = value[_member(value, (*above, *path[: depth + 1]))]
    return value


def _open(document: Any, path: Tokens) -> tuple[Any, Any]:
    """Copy the containers along a path: the new root, and the container that holds the path's last token."""
    root = container = _copied(document, path[:0])
    for depth in range(len(path) - 1):
        key = _member(container, path[: depth + 1])
        child = container[key] = _copied(container[key], path[: depth + 1])
        container = child
    return root, container


def _copied(value: Any, path: Tokens) -> Any:
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list):
        return list(value)
    raise OperationFailed(path, "is neither a mapping nor a list", found=as_message(value))


def _member(container: Any, path: Tokens) -> Any:
    """The key or index of the existing member that the last token of `path` names in `container`."""
    last = path[-1]
    if isinstance(container, dict):
        if last in container:
            return last
        near = nearest(last, container) or tuple(sorted(container))[:8]
        raise OperationFailed(path, "there is no such member", candidates=near)
    if isinstance(container, list):
        if last == "-":
            raise OperationFailed(path, "- names the end of a list, where nothing is yet")
        return _index(container, path, len(container) - 1)
    raise OperationFailed(path[:-1], "is neither a mapping nor a list", found=as_message(container))


def _index(container: list[Any], path: Tokens, highest: int) -> int:
    token = path[-1]
    if not pointer.is_index(token):
        raise OperationFailed(path, f"{token!r} is not a list index", next_step="use 0, 1, 2 …; - for the end")
    if len(token) > 9 or int(token) > highest:
        raise OperationFailed(path, f"index {token} is outside the list", found=f"{len(container)} items")
    return int(token)
