"""JSON Pointer (RFC 6901): text to reference tokens and back, and looking a value up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from manifestgen.errors import Where

Tokens = tuple[str, ...]
"""The reference tokens of a pointer, unescaped; `()` is the whole document."""


class PointerSyntaxError(ManifestgenError):
    """A text is not a JSON Pointer.

    Attributes:
        pointer: the text.
    """

    def __init__(self, pointer: str, why: str, where: Where | None = None) -> None:
        super().__init__(
            f"{pointer!r} is not a JSON pointer: {why}",
            where=where,
            next_step="write / before every segment; ~1 stands for / and ~0 for ~ inside one (RFC 6901)",
        )
        self.pointer = pointer


def parse_pointer(text: str) -> Tokens:
    """The reference tokens of a JSON Pointer (RFC 6901 section 4).

    Raises:
        PointerSyntaxError: no leading `/`, or a `~` that is not `~0` or `~1`.
    """
    if not text:
        return ()
    if text[0] != "/":
        raise PointerSyntaxError(text, "it does not start with /")
    if "~" not in text:
        return tuple(text[1:].split("/"))
    return tuple(unescape(token, text) for token in text[1:].split("/"))


def unescape(token: str, pointer: str) -> str:
    """One reference token with `~1` and `~0` resolved; `pointer` is for the error message."""
    if "~" in token:
        rest = token.replace("~0", "").replace("~1", "")
        if "~" in rest:
            raise PointerSyntaxError(pointer, "~ is followed by neither 0 nor 1")
        return token.replace("~1", "/").replace("~0", "~")
    return token


def escape(token: str) -> str:
    """One reference token as it is written in a pointer."""
    return token.replace("~", "~0").replace("/", "~1") if "~" in token or "/" in token else token


def to_text(tokens: Iterable[str | int]) -> str:
    """The JSON Pointer of reference tokens; list indexes may be ints."""
    return "".join("/" + escape(str(token)) for token in tokens)


def lookup(document: Any, tokens: Iterable[str]) -> Any:
    """The value that a pointer refers to (RFC 6901 section 4).

    Raises:
        KeyError: nothing is there.
    """
    value = document
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and is_index(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            raise KeyError(token)
    return value


def is_index(token: str) -> bool:
    """Whether a token is an array index: ASCII digits without a leading zero (RFC 6901 section 4)."""
    return token.isascii() and token.isdigit() and (token == "0" or token[0] != "0")


def find(document: Any, tokens: Iterable[str]) -> Any:
    """The value that a pointer refers to; None if there is none."""
    try:
        return lookup(document, tokens)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
