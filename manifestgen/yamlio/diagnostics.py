"""Parser errors rewritten so that they say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.model.location import Location
from manifestgen.yamlio.errors import (
    DirectiveRefused,
    ForbiddenCharacter,
    TabIndentation,
    TagRefused,
    YamlSyntaxError,
)
from manifestgen.yamlio.files import location_of

if TYPE_CHECKING:
    from typing import Any

    from manifestgen.yamlio.errors import YamlError

_QUOTE = "quote the value if it is a string"
_COMPLETE = f"complete it, or {_QUOTE}"
_INDENT = "give all keys of a mapping, and all dashes of a list, the same indentation"

_PHRASES = (
    # words that occur in the parser's message; what is wrong; what to do; whether the location is where
    # the construct starts rather than where the parser gave up
    (("mapping values are not allowed",), "a colon where no key can be",
     "quote the value if it holds a colon and a space; put a nested mapping on lines of its own", False),
    (("mapping keys are not allowed",), "a question mark where no key can be", _QUOTE, False),
    (("sequence entries are not allowed",), "a dash where no list can start",
     "put the list on the lines below its key", False),
    (("',' or ']'",), "the list [ of line {start} lacks a comma or its closing bracket", _COMPLETE, False),
    (("',' or '}'",), "the mapping { of line {start} lacks a comma or its closing brace", _COMPLETE, False),
    (("unexpected ':'",), "a colon in an unquoted value inside [ ] or { }", "quote the value", False),
    (("could not find expected ':'",), "a line that is neither `key: value` nor `- item`",
     "is a colon, a dash, or indentation missing?", True),
    (("block collection", "expected"), "neither an item of the list of line {start} nor a key beside it",
     _INDENT, False),
    (("block mapping", "expected"), "neither a key of the mapping of line {start} nor one beside it", _INDENT, False),
    (("quoted scalar", "end of stream"), "a quoted string is not closed", "close it", True),
    (("quoted scalar", "document"), "a quoted string is not closed before the document ends", "close it", True),
    (("unknown escape character",), "an unknown escape in a double-quoted string",
     "write \\\\ for a backslash, or use single quotes", False),
    (("hexdecimal number",), "an escape in a double-quoted string is cut short",
     "write two digits after \\x, four after \\u, eight after \\U", False),
    (("Unicode character escape",), "an escape in a double-quoted string is not a character",
     "write one \\U escape instead of a pair of \\u", False),
    (("node content",), "a value or a closing bracket is missing", _QUOTE, False),
    (("document start",), "text after the end of the document", "start another document with a line ---", False),
    (("scanning an a", "alphabetic"), "an anchor or alias without a name", f"{_QUOTE}: it starts with & or *", True),
    (("block scalar", "line break"), "text behind | or >", "start the text on the next line", False),
)  # fmt: skip

_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"


def syntax_error(error: Any, text: str, file: str) -> YamlError:
    """A parser's error as one of ours.

    Args:
        error: a YAMLError of ruamel.yaml.
        text: what was parsed.
        file: its name in errors.
    """
    if not hasattr(error, "problem"):
        return forbidden_character(text, file) or YamlSyntaxError(str(error), where=Location(file))
    mark = error.problem_mark or error.context_mark
    location = Location(file, mark.line + 1, mark.column + 1)
    said = f"{error.context or ''}: {error.problem}".removeprefix(": ")
    first = text[mark.index : mark.index + 1]
    if "directive" in said or "incompatible YAML" in said:
        return DirectiveRefused(Location(file, mark.line + 1, 1))
    if "tab character" in said or ("cannot start any token" in said and first == "\t"):
        return TabIndentation(location)
    if "cannot start any token" in said:
        return YamlSyntaxError(f"a value cannot start with {first}", where=location, next_step=_QUOTE)
    if "tag" in said:
        return TagRefused(location)
    if "while parsing a block" in said and text[: mark.index].rpartition("\n")[2].strip():
        return YamlSyntaxError("text after the end of a value", where=location, next_step="quote the value as a whole")
    for parts, what, next_step, at_start in _PHRASES:
        if all(part in said for part in parts):
            start = error.context_mark or mark
            if at_start:
                location = Location(file, start.line + 1, start.column + 1)
            return YamlSyntaxError(what.replace("{start}", str(start.line + 1)), where=location, next_step=next_step)
    return YamlSyntaxError(said, where=location)


def forbidden_character(text: str, file: str) -> ForbiddenCharacter | None:
    """The first character of a text that YAML forbids or that parsers interpret differently."""
    match = re.search(_FORBIDDEN, text)
    if not match:
        return None
    character = match.group()
    if character == "\ufeff":
        why = "is a byte order mark inside the text"
    elif character in "\x85\u2028\u2029":
        why = "is a line break to some YAML readers and text to others"
    elif "\ud800" <= character <= "\udfff":
        why = "is half a surrogate pair, not a character"
    else:
        why = "is not allowed in YAML"
    return ForbiddenCharacter(character, why, location_of(text, match.start(), file))
