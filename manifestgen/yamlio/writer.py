"""Plain values to YAML: the same bytes everywhere, and the same values in every parser.

A string is written plain only where kubectl, kustomize, PyYAML and ruamel.yaml all read that very
string back; multi-line text as a literal block; the rest in quotes. Nothing is folded, sorted or anchored.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from manifestgen.errors import ErrorCollector
from manifestgen.model import pointer
from manifestgen.yamlio.errors import Unwritable
from manifestgen.yamlio.scalars import DEEPEST, LARGEST, SMALLEST, looks_like_other

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_LONGEST_SIMPLE_KEY = 512
"""In bytes; longer keys are written `? key`, for go-yaml refuses others beyond 1,024."""

_MOST_FAULTS = 20
"""So many are looked for in a document that cannot be written; one that contains itself has no end of them."""

_COMMON = re.compile(r"[A-Za-z/][A-Za-z0-9/_.-]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FOREIGN = "[\x80-\xa0\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
"""What a reader would not see, or takes for something else: also marks that change the direction of a line."""
_INDICATORS = frozenset("?:,[]{}#&*!|>'\"%@`")

_ESCAPES = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA1))},
    **{code: f"\\u{code:04x}" for code in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))},
    **{code: f"\\u{code:04x}" for code in (0xFEFF, 0xFFFE, 0xFFFF)},
    ord("\t"): "\\t",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


def write(documents: Iterable[Any]) -> str:
    """A YAML stream of documents, `---` between them.

    Args:
        documents: see :func:`write_document`.

    Raises:
        Unwritable: a value that has no place in JSON; several come as Failures.
    """
    writer = _Writer()
    return "---\n".join([writer.document(body) for body in documents])


def write_document(body: Any) -> str:
    """One document as YAML text that ends with a newline.

    Args:
        body: dict with str keys, list, str, int (64 bits), finite float, bool and None, in their plain types.

    Raises:
        Unwritable: a value that has no place in JSON; several come as Failures.
    """
    return _Writer().document(body)


def style(text: str) -> str:
    """The style of a string: plain (empty), quoted (`'` or `"`) or a literal block (`|`).

    Fixed tables decide, not the locale or this Python's version of Unicode.
    """
    if _COMMON.fullmatch(text):
        return '"' if looks_like_other(text) else ""
    if not text or _is_special(text):
        return '"'
    if "\n" in text:
        return "|" if text[0] not in " \t\n" else '"'
    if "\t" not in text:
        if not looks_like_other(text) and _may_be_plain(text):
            return ""
        if ('"' in text or "\\" in text) and "'" not in text:
            return "'"
    return '"'


def _is_special(text: str) -> bool:
    """Whether a string has characters that need an escape, apart from tabs and newlines."""
    if _CONTROL.search(text):
        return True
    return not text.isascii() and re.search(_FOREIGN, text) is not None


def _may_be_plain(text: str) -> bool:
    """Whether the characters of a single line without tabs allow it to be unquoted."""
    first = text[0]
    return not (
        first in _INDICATORS
        or first == " "
        or text[-1] in " :"
        or text == "-"
        or text.startswith(("- ", "---", "..."))
        or ": " in text
        or " #" in text
    )


class _WriteRefused(Exception):
    """Something cannot be written; what and where is worked out afterwards."""


class _Writer:
    """Writes documents; the style of each distinct string is worked out once."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._texts: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def document(self, body: Any) -> str:
        self._lines = []
        try:
            if body and type(body) is dict:
                self._mapping(body, "", "", 1)
            elif body and type(body) is list:
                self._sequence(body, "", "", 1)
            else:
                self._lines.append(f"{self._leaf(body, '')}\n")
        except _WriteRefused:
            gathered = ErrorCollector()
            for error in islice(_faults(body, ()), _MOST_FAULTS):
                gathered.add(error)
            gathered.raise_all()
            raise
        return "".join(self._lines)

    def _mapping(self, body: dict[str, Any], pad: str, lead: str, depth: int) -> None:
        """Add the lines of a mapping.

        Args:
            body: at least one member.
            pad: the indentation of the members.
            lead: what comes before the first member: the indentation, and dashes if there are any.
            depth: the nesting depth, including this container.
        """
        if depth > DEEPEST:
            raise _WriteRefused
        add = self._lines.append
        for name, value in body.items():
            key = self._keys.get(name) or self._key(name, pad)
            kind = type(value)
            if kind is str:
                add(f"{lead}{key}: {self._texts.get(value) or self._text(value, pad)}\n")
            elif kind is dict and value:
                add(f"{lead}{key}:\n")
                deeper = f"{pad}  "
                self._mapping(value, deeper, deeper, depth + 1)
            elif kind is list and value:
                add(f"{lead}{key}:\n")
                self._sequence(value, pad, pad, depth + 1)
            else:
                add(f"{lead}{key}: {self._leaf(value, pad)}\n")
            lead = pad

    def _sequence(self, items: list[Any], pad: str, lead: str, depth: int) -> None:
        """Add the lines of a list; for the arguments see :meth:`_mapping`."""
        if depth > DEEPEST:
            raise _WriteRefused
        deeper = f"{pad}  "
        for item in items:
            if item and type(item) is dict:
                self._mapping(item, deeper, f"{lead}- ", depth + 1)
            elif item and type(item) is list:
                self._sequence(item, deeper, f"{lead}- ", depth + 1)
            else:
                self._lines.append(f"{lead}- {self._leaf(item, pad)}\n")
            lead = pad

    def _leaf(self, value: Any, pad: str) -> str:
        """A scalar or an empty container; `pad` is the indentation of its parent."""
        kind = type(value)
        if kind is str:
            return self._texts.get(value) or self._text(value, pad)
        if value is None:
            return "null"
        if kind is bool:
            return "true" if value else "false"
        if kind is int and SMALLEST <= value <= LARGEST:
            return str(value)
        if kind is float and value - value == 0:
            return _float(value)
        if kind is dict and not value:
            return "{}"
        if kind is list and not value:
            return "[]"
        raise _WriteRefused

    def _text(self, text: str, pad: str) -> str:
        how = style(text)
        if how == "|":
            return _literal(text, f"{pad}  ")
        written = self._texts[text] = _inline(text, how)
        return written

    def _key(self, name: str, pad: str) -> str:
        if type(name) is not str:
            raise _WriteRefused
        how = style(name)
        if how and _key_fault(name):
            raise _WriteRefused
        key = _inline(name, '"' if how == "|" else how)
        if len(key.encode()) > _LONGEST_SIMPLE_KEY:
            return f"? {key}\n{pad}"
        self._keys[name] = key
        return key


def _inline(text: str, how: str) -> str:
    if how != '"':
        return f"{how}{text}{how}"
    written = f'"{text.translate(_ESCAPES)}"'
    if not written.isascii() and re.search("[\ud800-\udfff]", written):
        raise _WriteRefused
    return written


def _literal(text: str, pad: str) -> str:
    """A literal block; its header says how many newlines end the text: zero, one or more."""
    body = text.rstrip("\n")
    newlines = len(text) - len(body)
    lines = [f"{pad}{line}" if line else "" for line in body.split("\n")]
    header = ("|-", "|", "|+")[min(newlines, 2)]
    return "\n".join((header, *lines)) + "\n" * (newlines - 1)


def _float(value: float) -> str:
    """A float with a point: to PyYAML `1e+16` is a string."""
    text = repr(value)
    return text if "." in text else text.replace("e", ".0e")


def _faults(value: Any, path: tuple[str, ...]) -> Iterator[Unwritable]:
    """Everything in a value that cannot be written, each with its pointer."""
    where = pointer.to_text(path)
    kind = type(value)
    if kind not in (dict, list):
        fault = _leaf_fault(value)
        if fault:
            yield Unwritable(where, *fault)
    elif len(path) >= DEEPEST and value:
        yield Unwritable(where, f"it is nested deeper than {DEEPEST} levels", "flatten it; does it contain itself?")
    elif kind is list:
        for index, item in enumerate(value):
            yield from _faults(item, (*path, str(index)))
    else:
        for key, member in value.items():
            fault = _key_fault(key)
            if fault:
                yield Unwritable(where, *fault)
            yield from _faults(member, (*path, str(key)))


def _key_fault(key: Any) -> tuple[str, str] | None:
    if type(key) is not str:
        return f"its key {key!r} is not a string but {type(key).__name__}", "use a string"
    if key == "<<":
        return "its key << is a merge key to some readers, and dropped by kustomize", "use another key"
    if re.search("[\x7f-\x9f\ufffe\uffff]", key):
        return f"its key {key!r} holds a character that kustomize cannot read", "use another key"
    return _leaf_fault(key)


def _leaf_fault(value: Any) -> tuple[str, str] | None:
    kind = type(value)
    if value is None or kind is bool:
        return None
    if kind is str:
        if value.isascii() or not re.search("[\ud800-\udfff]", value):
            return None
        return "the string holds half a surrogate pair, which is not a character", "decode the text properly first"
    if kind is int:
        if SMALLEST <= value <= LARGEST:
            return None
        return "the integer is beyond 64 bits, and kubectl would round it", "use a smaller number, or a string"
    if kind is float:
        if value - value == 0:
            return None
        return f"the number {value} is not finite", "use a finite number, or a string"
    return f"the value is {kind.__name__}, which JSON does not have", "use dict, list, str, int, float, bool or None"
