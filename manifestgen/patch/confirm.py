"""The second opinion on every JSON Patch that leaves manifestgen: python-jsonpatch, which shares no code with ours.

A patch that another program is going to apply must not depend on how our own engine reads RFC 6902. Rendering does
not come here: only what is handed out as a patch is confirmed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from manifestgen.errors import FAULT, ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Sequence


class PatchNotConfirmed(ManifestgenError):
    """The jsonpatch library does not make of a patch what manifestgen says it makes: a fault of manifestgen.

    Attributes:
        reason: what the library said, or how its result differs; never a value of the document.
    """

    exit_status = FAULT

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            "a JSON Patch does not give the object that it was made for, so it is not written",
            where=what,
            found=reason,
            next_step="this is a fault of manifestgen: please report it, with the command and its input",
        )
        self.reason = reason


def confirm(document: Any, operations: Sequence[dict[str, Any]], expected: Any, *, what: str) -> None:
    """Apply a patch with the jsonpatch library, and insist on the expected result.

    The library gets the texts that a reader of our output gets, so it shares no value with us either.

    Args:
        document: what the patch is for; it is not changed.
        operations: RFC 6902 operations.
        expected: what the patch must give; equal as RFC 6902 section 4.6 has it (1 is 1.0 but not true).
        what: names the patch in the message.

    Raises:
        PatchNotConfirmed: it gives something else, or the library cannot apply it.
    """
    if _canonical(applied(document, operations, what=what)) != _canonical(expected):
        raise PatchNotConfirmed(what, "the jsonpatch library arrives at another document")


def applied(document: Any, operations: Sequence[dict[str, Any]], *, what: str) -> Any:
    """What the jsonpatch library makes of a document.

    Args:
        document: what the patch is for; it is not changed.
        operations: RFC 6902 operations.
        what: names the patch in the message.

    Raises:
        PatchNotConfirmed: the library cannot apply it.
    """
    from jsonpatch import JsonPatch, JsonPatchException
    from jsonpointer import JsonPointerException

    try:
        return JsonPatch.from_string(_text(operations)).apply(json.loads(_text(document)), in_place=True)
    except (JsonPatchException, JsonPointerException, TypeError, ValueError, LookupError) as error:
        # Its messages quote the document, which may hold a Secret.
        raise PatchNotConfirmed(what, f"the jsonpatch library fails with {type(error).__name__}") from None


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _canonical(value: Any) -> str:
    """One text for all values that are equal."""
    return json.dumps(json.loads(_text(value), parse_float=_number), sort_keys=True)


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number
