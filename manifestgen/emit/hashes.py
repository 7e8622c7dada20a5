"""SHA-256, without the import time of hashlib if the interpreter has a built-in module."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256 as new_hash
    from typing import Any
else:
    try:  # like the standard library's random: a tenth of hashlib's import time
        from _sha2 import sha256 as new_hash
    except ImportError:
        try:
            from _sha256 import sha256 as new_hash
        except ImportError:
            from hashlib import sha256 as new_hash

__all__ = ["digest", "new_hash"]


def digest(content: bytes) -> str:
    """The SHA-256 of a content, in lower-case hexadecimal."""
    found: Any = new_hash(content)
    return str(found.hexdigest())
