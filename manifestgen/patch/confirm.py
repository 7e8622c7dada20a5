"""An independent check, by python-jsonpatch, of every JSON Patch that manifestgen hands out.

A patch that another program will apply must not depend on how our own engine reads RFC 6902. Rendering does
not use this: only patches that are handed out are confirmed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from manifestgen.errors import FAULT, ManifestgenError
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Sequence


class PatchNotConfirmed(ManifestgenError):
    """The jsonpatch library gets another result from a patch than manifestgen: a bug in manifestgen.

    Attributes:
        reason: the library's message, or how its result differs; never contains a value of the document.
    """

    exit_status = FAULT

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            "a JSON Patch does not give the object that it was made for, so it is not written",
            where=Location(what),
            found=reason,
            next_step="this is a fault of manifestgen: please report it, with the command and its input",
        )
        self.reason = reason


def confirm(document: Any, operations: Sequence[dict[str, Any]], expected: Any, *, what: str) -> None:
    """Apply a patch with the jsonpatch library, and check the result.

    The library is given the same text as a user, so it shares no values with our engine either.

    Args:
        document: what the patch applies to; it is not changed.
        operations: RFC 6902 operations.
        expected: the result that the patch must have; compared as in RFC 6902 section 4.6 (1 equals 1.0 but not true).
        what: names the patch in the message.

    Raises:
        PatchNotConfirmed: the result differs, or the library cannot apply the patch.
    """
    if _canonical(applied(document, operations, what=what)) != _canonical(expected):
        raise PatchNotConfirmed(what, "the jsonpatch library arrives at another document")


def applied(document: Any, operations: Sequence[dict[str, Any]], *, what: str) -> Any:
    """The result of applying a patch with the jsonpatch library.

    Args:
        document: what the patch applies to; it is not changed.
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
        # The library's messages quote the document, which may be a Secret.
        raise PatchNotConfirmed(what, f"the jsonpatch library fails with {type(error).__name__}") from None


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _canonical(value: Any) -> str:
    """A text that is the same for all equal values."""
    return json.dumps(json.loads(_text(value), parse_float=_number), sort_keys=True)


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number
