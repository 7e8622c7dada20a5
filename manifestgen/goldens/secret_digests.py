"""Golden trees are for Git: of a Secret they have the keys and, for each value, a digest that shows when it changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from manifestgen.difference.redaction import is_secret
from manifestgen.emit.hashes import digest
from manifestgen.model import pointer

if TYPE_CHECKING:
    from manifestgen.model.identity import Id
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource


def with_digests(resource: Resource) -> Resource:
    """An object with digests instead of a Secret's values; other objects stay as they are."""
    body = _digested(resource.id, (), resource.content)
    return resource if body is resource.content else resource._replace(content=body)


def _digested(identity: Id, path: Tokens, value: Any) -> Any:
    if isinstance(value, dict) and len(path) < 3:
        members = {key: _digested(identity, (*path, key), member) for key, member in value.items()}
        return members if any(members[key] is not value[key] for key in value) else value
    if not is_secret(identity.kind, path) or value in (None, "", {}):
        return value
    # The path is the salt, so that equal values have different digests. Characters that base64 does not have keep
    # a digest from being applied to a cluster as a value.
    salted = json.dumps([str(identity), pointer.to_text(path), value], sort_keys=True)
    return f"salted-sha256:{digest(salted.encode())}"
