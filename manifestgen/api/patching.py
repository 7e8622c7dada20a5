"""`apply_patch`: JSON Patch, strictly as in RFC 6902."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manifestgen.api.arguments import check_types
from manifestgen.model.plain import copied
from manifestgen.patch import rfc6902


def apply_patch(document: Any, operations: Sequence[Any]) -> Any:
    """Apply a JSON Patch document (RFC 6902): all operations in order, or none.

    The RFC is not extended: members of an operation that it does not define are ignored, list items have only
    indexes, and a missing parent is an error.

    Args:
        document: any JSON value as dict, list, str, int, float, bool and None; it is not changed.
        operations: a list of operations in their JSON form, such as `{"op": "add", "path": "/a", "value": 1}`.

    Returns:
        The patched document, which shares nothing with the arguments.

    Raises:
        InvalidOperation, PointerSyntaxError: an operation is malformed.
        OperationFailed: an operation cannot be applied to the document.
    """
    check_types(operations=operations)
    return copied(rfc6902.patch(document, operations))
