"""Redaction of Secrets, in every view and every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manifestgen.model.pointer import Tokens

WITHHELD = "(not shown: a Secret)"
_KIND = "Secret"
_MEMBERS = frozenset({"data", "stringData"})
_COPY = ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
"""Where kubectl keeps the whole object as it was applied, its values included."""


def is_secret(kind: str, path: Tokens) -> bool:
    """Whether a field holds secret material and nothing else.

    Args:
        kind: the object's.
        path: the path of the field.
    """
    return kind == _KIND and (path[:3] == _COPY or (path != () and path[0] in _MEMBERS))


def redacted(kind: str, path: Tokens, value: Any) -> Any:
    """A field's value without secrets; the names of a Secret's entries stay.

    Args:
        kind: the kind of the field's object.
        path: the path of the field; `()` is the object.
        value: the value of the field.
    """
    if kind != _KIND or value is None:
        return value
    secret = is_secret(kind, path)
    if isinstance(value, dict) and len(path) < (2 if secret else len(_COPY)):
        return {key: redacted(kind, (*path, key), member) for key, member in value.items()}
    return WITHHELD if secret else value
