"""A mapping where the object had a list, or the reverse: no Kubernetes field accepts both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import as_message
from manifestgen.model import pointer
from manifestgen.patch.rfc6902 import OperationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.patch.lower import Lowered


def refuse_other_shape(body: Any, lowered: Sequence[Lowered]) -> None:
    """Refuse operations that replace a value by one of another shape.

    A null means absent, and true or false can stand for a whole mapping (in the schema of a custom resource): both can
    come and go.

    Raises:
        OperationFailed: a list replaces a mapping, a mapping a list, or a string or number either of them.
    """
    for operation, _, value, _ in lowered:
        if operation.op not in {"add", "replace"} or operation.path[-1:] in {(), ("-",)}:
            continue
        try:
            before = pointer.lookup(body, operation.path)
            if operation.op == "add" and isinstance(pointer.lookup(body, operation.path[:-1]), list):
                continue  # inserts
        except KeyError:
            continue
        if isinstance(before, (dict, list)) and not isinstance(value, (type(before), bool, type(None))):
            what = _named(value)
            raise OperationFailed(
                operation.path,
                f"is {_named(before)}, and {what} would take its place",
                found=as_message(value),
                next_step=_instead(before, value),
            )


def _named(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a scalar"


def _instead(before: Any, value: Any) -> str:
    if isinstance(before, list):
        return "add /- to the path to append an item" if isinstance(value, dict) else "write a list"
    return "write a mapping"
