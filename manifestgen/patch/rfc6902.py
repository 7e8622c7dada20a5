"""JSON Patch (RFC 6902) on plain dict, list and scalars: strict, and copy on write.

An operation returns a new document that shares what it did not touch; its input is never changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError, as_message, nearest
from manifestgen.model import pointer
from manifestgen.model.pointer import Tokens
from manifestgen.model.record import Record
from manifestgen.patch.copies import Copies

if TYPE_CHECKING:
    from collections.abc import Sequence

OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")
_NEEDS_VALUE = frozenset({"add", "replace", "test"})
_NEEDS_FROM = frozenset({"move", "copy"})


class InvalidOperation(ManifestgenError):
    """A value is not a JSON Patch operation (RFC 6902 section 4)."""


class OperationFailed(ManifestgenError):
    """An operation cannot be applied to a document (RFC 6902 section 5).

    Attributes:
        pointer: how much of the path exists in the document, as a JSON Pointer.
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


class MissingPlace(OperationFailed):
    """A member, item or parent that an operation needs does not exist."""


class Operation(Record):
    """One plain RFC 6902 operation.

    Attributes:
        op: one of `OPERATIONS`.
        path: reference tokens of the target location.
        value: the operand of add, replace and test.
        source: reference tokens of `from`, for move and copy.
        before: for members inserted beside another, the member to insert before; empty for the end. RFC 6902 knows
            no order of members, so this affects how the result is written, not what it means.
    """

    op: str
    path: Tokens
    value: Any = None
    source: Tokens = ()
    before: str | None = None

    def __repr__(self) -> str:
        return f"<Operation {self.op} {pointer.to_text(self.path)}>"  # the value may be secret

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
    """An operation from its JSON form; members that RFC 6902 does not define are ignored, as it requires.

    Raises:
        InvalidOperation: not an object, unknown `op`, or a member that is missing or of the wrong type.
        PointerSyntaxError: `path` or `from` is not a JSON Pointer.
    """
    if not isinstance(written, dict):
        raise InvalidOperation(
            "an operation must be a mapping", found=as_message(written), next_step="write op, path and what op needs"
        )
    op = written.get("op")
    if op not in OPERATIONS:
        known = nearest(op, OPERATIONS) if isinstance(op, str) else ()
        raise InvalidOperation(
            "an operation must have the member op" if op is None else f"op cannot be {as_message(op)}",
            candidates=known or OPERATIONS,
            next_step="give op one of the six operations of RFC 6902",
        )
    for member in ("path", "from") if op in _NEEDS_FROM else ("path",):
        if not isinstance(written.get(member), str):
            if member not in written:
                raise InvalidOperation(f"{op} must have the member {member}", next_step=f"add {member}")
            raise InvalidOperation(
                f"{member} must be a string, a JSON pointer",
                found=as_message(written[member]),
                next_step="write one such as /spec/replicas",
            )
    if op in _NEEDS_VALUE and "value" not in written:
        raise InvalidOperation(f"{op} must have the member value", next_step="write value: null if null is meant")
    source = pointer.parse_pointer(written["from"]) if op in _NEEDS_FROM else ()
    return Operation(op=op, path=pointer.parse_pointer(written["path"]), value=written.get("value"), source=source)


def patch(document: Any, operations: Sequence[Any]) -> Any:
    """Apply a JSON Patch document: all operations, in order, or none.

    Args:
        document: any JSON value; it is not changed.
        operations: the operations in their JSON form.

    Raises:
        InvalidOperation: one of them is malformed.
        OperationFailed: one of them cannot be applied to the document.
    """
    copies = Copies()
    for step in [operation(written) for written in operations]:
        document = apply(document, step, copies)
    return document


def apply(document: Any, step: Operation, copies: Copies | None = None) -> Any:
    """One operation; the result shares with `document` and with `step.value` whatever it did not change.

    Args:
        document: any JSON value.
        step: what to do.
        copies: the containers of `document` that can be changed in place, by default none; settle it before the
            order of members matters.

    Raises:
        OperationFailed: the operation cannot be applied.
    """
    op = step.op
    if op == "test":
        return _test(document, step)
    if copies is None:
        copies = Copies()
        result = apply(document, step, copies)
        copies.settle()
        return result
    if op == "add":
        return _add(document, step.path, step.value, copies, step.before)
    if op == "replace":
        return _replace(document, step.path, step.value, copies)
    if op == "remove":
        return _remove(document, step.path, copies)
    value = find(document, step.source)
    if op == "copy":
        copies.share(value)
        return _add(document, step.path, value, copies)
    if step.path == step.source:
        return document
    if step.path[: len(step.source)] == step.source:
        raise OperationFailed(step.path, "a value cannot be moved into itself")
    return _add(_remove(document, step.source, copies), step.path, value, copies)


def same(left: Any, right: Any) -> bool:
    """Equality as defined in RFC 6902 section 4.6: 1 equals 1.0 but not true, lists in order, objects in any order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict):
        return left is right or (
            isinstance(right, dict)
            and len(left) == len(right)
            and all(key in right and same(value, right[key]) for key, value in left.items())
        )
    if isinstance(left, list):
        return left is right or (isinstance(right, list) and len(left) == len(right) and all(map(same, left, right)))
    return bool(left == right)


def _add(document: Any, path: Tokens, value: Any, copies: Copies, before: str | None = None) -> Any:
    if not path:
        return value
    root, parent, above = _open(document, path, copies)
    if isinstance(parent, dict):
        copies.set_member(parent, path, value, above, before)
    elif path[-1] == "-":
        copies.insert_item(parent, len(parent), value)
    else:
        copies.insert_item(parent, _index(parent, path, len(parent)), value)
    return root


def _replace(document: Any, path: Tokens, value: Any, copies: Copies) -> Any:
    if not path:
        return value
    root, parent, above = _open(document, path, copies)
    member = _member(parent, path)
    if isinstance(parent, dict):
        copies.set_member(parent, path, value, above, None)
    else:
        copies.set_item(parent, member, value)
    return root


def _remove(document: Any, path: Tokens, copies: Copies) -> Any:
    if not path:
        raise OperationFailed(path, "the whole document cannot be removed")
    root, parent, above = _open(document, path, copies)
    member = _member(parent, path)
    if isinstance(parent, dict):
        copies.remove_member(parent, path, above)
    else:
        copies.remove_item(parent, member)
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
        above: the path of the document itself, for messages.

    Raises:
        OperationFailed: a part of it is missing or of the wrong type; the message names the nearest members.
    """
    value = document
    for depth in range(len(path)):
        value = value[_member(value, (*above, *path[: depth + 1]))]
    return value


def _open(document: Any, path: Tokens, copies: Copies) -> tuple[Any, Any, Any]:
    """Make the containers along a path writable; returns the new root, the last container and its parent."""
    root = container = _writable(document, path[:0], copies)
    above = None
    for depth in range(len(path) - 1):
        key = _member(container, path[: depth + 1])
        child = container[key] = _writable(container[key], path[: depth + 1], copies)
        above, container = container, child
    return root, container, above


def _writable(value: Any, path: Tokens, copies: Copies) -> Any:
    if isinstance(value, (dict, list)):
        return copies.writable(value)
    raise _no_container(value, path)


def _no_container(value: Any, path: Tokens) -> OperationFailed:
    """The error for a path that goes through a scalar; Kubernetes treats a null as absent."""
    kind = MissingPlace if value is None else OperationFailed
    next_step = ""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        next_step = f"look inside the string with document: {{path: {pointer.to_text(path)}, format: json}}"
    elif isinstance(value, str) and "\n" in value.strip():
        next_step = f"if the string holds YAML, say document: {{path: {pointer.to_text(path)}, format: yaml}}"
    return kind(path, "is neither a mapping nor a list", found=as_message(value), next_step=next_step)


def _member(container: Any, path: Tokens) -> Any:
    """The key or index of the existing member of `container` that the last token of `path` names."""
    last = path[-1]
    if isinstance(container, dict):
        if last in container:
            return last
        near = nearest(last, container) or tuple(sorted(container))[:8]
        raise MissingPlace(path, "there is no such member", candidates=near)
    if isinstance(container, list):
        if last == "-":
            raise MissingPlace(path, "- names the end of a list, where nothing is yet")
        return _index(container, path, len(container) - 1)
    raise _no_container(container, path[:-1])


def _index(container: list[Any], path: Tokens, highest: int) -> int:
    token = path[-1]
    if not pointer.is_index(token):
        names = [str(item["name"]) for item in container if isinstance(item, dict) and "name" in item]
        near = (*nearest(token, names, 1), *names)[:1]
        way = "use 0, 1, 2 …; - for the end"
        raise OperationFailed(
            path,
            f"{token!r} is not a list index",
            next_step=f"name the item, as in [name={near[0]}], or {way}" if near else way,
        )
    if len(token) > 9 or int(token) > highest:
        raise MissingPlace(path, f"index {token} is outside the list", found=f"{len(container)} items")
    return int(token)
