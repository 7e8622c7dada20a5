"""How Kubernetes reads plain (unquoted) scalars, and which strings cannot be written plain.

The rules are those of kubectl (go-yaml v2) and kustomize (go-yaml v3) where the two agree. Where they
disagree, or where another parser (PyYAML, ruamel.yaml) silently reads another value, the word
is refused when read and quoted when written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record
from manifestgen.yamlio.errors import (
    AmbiguousDate,
    AmbiguousNumber,
    AmbiguousWord,
    EmptyInFlow,
    KeyNotString,
    MergeKey,
    NotFinite,
    NumberOutOfRange,
)

if TYPE_CHECKING:
    from manifestgen.model.location import Location
    from manifestgen.yamlio.errors import RefusedScalar

SMALLEST = -(1 << 63)
LARGEST = (1 << 63) - 1
"""The integers that kubectl reads exactly; beyond them it rounds to a float in silence."""

DEEPEST = 64
"""How deeply mappings and lists may be nested, in what is read and in what is written."""


class Refusal(Record):
    """Why a plain scalar is refused.

    Attributes:
        cause: the error to raise.
        why: what is wrong with it.
        fix: what to write instead.
    """

    cause: type[RefusedScalar]
    why: str
    fix: str

    def error(self, text: str, where: Location) -> RefusedScalar:
        """The error; an empty text means that the word must not be shown."""
        return self.cause(text, self.why, where, self.fix)


class ScalarRefused(Exception):
    """A plain scalar is refused; the argument is the :class:`Refusal`."""


_QUOTE = "quote it if it is a string"
_BOOLEAN = Refusal(
    AmbiguousWord,
    "is a boolean to kubectl and a string to kustomize",
    f"write true or false, or {_QUOTE}",
)
_NOT_FINITE = Refusal(NotFinite, "is not a number that JSON knows", _QUOTE)
_NOTATION = Refusal(
    AmbiguousNumber,
    "is a number in a notation that YAML readers disagree on",
    f"write it in decimal, or {_QUOTE}",
)
_ZERO_FIRST = Refusal(AmbiguousNumber, "starts with 0 and is not octal", f"remove the zeros at its start, or {_QUOTE}")
_TOO_LARGE = Refusal(NumberOutOfRange, "is beyond 64 bits: kubectl rounds it", f"use a smaller number, or {_QUOTE}")
_OVERFLOW = Refusal(NumberOutOfRange, "is beyond the range of a float", f"use a smaller number, or {_QUOTE}")
_DATE = Refusal(AmbiguousDate, "is a string to kubectl and a timestamp to kustomize", "quote it")
MERGE = Refusal(MergeKey, "as a key is a merge to kubectl, and dropped by kustomize", "write the merged fields out")
_NOT_A_STRING = Refusal(KeyNotString, "is a key that is not a string", "quote the key")


def _spellings(*words: str) -> list[str]:
    """Each word as go-yaml knows it: `yes`, `Yes`, `YES`."""
    return [spelling for word in words for spelling in (word, word.capitalize(), word.upper())]


_WORDS: dict[str, Any] = {
    **dict.fromkeys(["", "~", *_spellings("null")]),
    **dict.fromkeys(_spellings("true"), True),
    **dict.fromkeys(_spellings("false"), False),
    **dict.fromkeys(_spellings("y", "n", "yes", "no", "on", "off"), _BOOLEAN),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], _NOT_FINITE),
    **dict.fromkeys([sign + inf for sign in ("", "-", "+") for inf in (".inf", ".Inf", ".INF")], _NOT_FINITE),
}
"""The words that are not the strings they look like. Their other spellings (`yES`) are strings."""

_FIRST_OF_NUMBER = frozenset("+-.0123456789")

_NUMBER = re.compile(
    r"(?P<decimal>[-+]?(?:0|[1-9][0-9]*))"
    r"|(?P<octal>[-+]?0o?[0-7]+)"
    r"|(?P<zero_first>[-+]?0[0-9]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<notation>[-+]?0(?:[xX][0-9a-fA-F]+|[bB][01]+|O[0-7]+))"
)
_TIMESTAMP = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?"
)
_LIKE_NUMBER = re.compile(
    r"[-+]?(?:[0-9]*\.?[0-9]*(?:e[-+]?[0-9]*)?|0x[0-9a-f]*|0b[01]*|0o[0-7]*|[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[^\n]*"
)
_LIKE_WORD = frozenset(
    [*(word.lower() for word in _WORDS), "nan", "inf", "-inf", "+inf", "infinity", "=", "<<"],
)
_LONGEST_WORD = max(map(len, _LIKE_WORD))


def resolve(text: str) -> Any:
    """The value of a plain scalar: str, int, float, bool or None.

    Args:
        text: the scalar without the blanks around it.

    Raises:
        Refused: the word is ambiguous, or a value that Kubernetes cannot hold.
    """
    if text in _WORDS:
        return _accepted(_WORDS[text])
    if text[0] not in _FIRST_OF_NUMBER:
        return text
    # go-yaml drops every underscore before it looks for a number: +_1 is 1.
    bare = text.replace("_", "")
    match = _NUMBER.fullmatch(bare)
    if not match:
        if text[4:5] == "-" and re.fullmatch(_TIMESTAMP, text):
            raise ScalarRefused(_DATE)
        return text
    if len(bare) != len(text):
        raise ScalarRefused(_NOTATION)
    return _accepted(_NUMBERS[str(match.lastgroup)](text))


def _decimal(text: str) -> int | Refusal:
    value = int(text) if len(text) < 32 else LARGEST + 1
    return value if SMALLEST <= value <= LARGEST else _TOO_LARGE


def _octal(text: str) -> int | Refusal:
    value = int(text.replace("o", ""), 8)
    return value if SMALLEST <= value <= LARGEST else _TOO_LARGE


def _float(text: str) -> float | Refusal:
    value = float(text)
    return value if value - value == 0 else _OVERFLOW


_NUMBERS: dict[str, Any] = {
    "decimal": _decimal,
    "octal": _octal,
    "float": _float,
    "zero_first": lambda _: _ZERO_FIRST,
    "notation": lambda _: _NOTATION,
}


def _accepted(value: Any) -> Any:
    if type(value) is Refusal:
        raise ScalarRefused(value)
    return value


def looks_like_other(text: str) -> bool:
    """Whether some parser would read a plain word as something other than a string.

    Wider than what :func:`resolve` reads as a number: 12:30:45 is 45045 to PyYAML, and `-_` crashes ruamel.yaml.
    """
    if len(text) <= _LONGEST_WORD and text.isascii() and text.lower() in _LIKE_WORD:
        return True
    return text[0] in _FIRST_OF_NUMBER and bool(_LIKE_NUMBER.fullmatch(text.replace("_", "").lower()))


_MOST_KEPT = 4096


class Words(dict[str, Any]):
    """Values of plain scalars, each resolved once: `words["0400"]` is 256."""

    def __missing__(self, text: str) -> Any:
        if len(self) >= _MOST_KEPT:
            self.clear()
        value = self[text] = resolve(text)
        return value


_EMPTY = Refusal(EmptyInFlow, 'is null to kubectl and "" to kustomize', 'write null or ""')


class FlowWords(Words):
    """The same inside `{}` and `[]`, where a value must be written."""

    def __missing__(self, text: str) -> Any:
        if not text:
            raise ScalarRefused(_EMPTY)
        return super().__missing__(text)


class KeyScalars(dict[str, str]):
    """The same for keys, which are strings."""

    def __missing__(self, text: str) -> str:
        if text == "<<":
            raise ScalarRefused(MERGE)
        try:
            value = resolve(text)
        except ScalarRefused as refused:
            raise ScalarRefused(refused.args[0]._replace(fix=_NOT_A_STRING.fix)) from None
        if type(value) is not str:
            raise ScalarRefused(_NOT_A_STRING)
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[text] = text
        return text
