"""Golden trees are for Git: of a Secret they hold its keys, and for each value a digest that tells when it changes."""

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
    """An object with digests in place of the values of a Secret; any other object as it is."""
    body = _digested(resource.id, (), resource.content)
    return resource if body is resource.content else resource._replace(content=body)


def _digested(identity: Id, path: Tokens, value: Any) -> Any:
    if isinstance(value, dict) and len(path) < 3:
        members = {key: _digested(identity, (*path, key), member) for key, member in value.items()}
        return members if any(members[key] is not value[key] for key in value) else value
    if not is_secret(identity.kind, path) or value in (None, "", {}):
        return value
    # The place is the salt: the same value gives another digest elsewhere. Characters that base64 does not have keep
    # a digest from being applied to a cluster as a value.
    salted = json.dumps([str(identity), pointer.to_text(path), value], sort_keys=True)
    return f"salted-sha256:{digest(salted.encode())}"
