"""Patterns of JSON Pointers: `*` stands for one segment, or a part of it, and `**` for any number of them."""

from __future__ import annotations

import re


def compile_pattern(path: str, *, below: bool = False) -> re.Pattern[str]:
    """A regular expression that matches the JSON Pointer of a field.

    Args:
        path: such as `/spec/containers/*/env` or `**/securityContext`.
        below: everything below the field matches, too.
    """
    words = {"**": ".*", "*": "[^/]*"}
    expression = "".join(words.get(part) or re.escape(part) for part in re.split(r"(\*\*?)", path))
    return re.compile(f"{expression}(/.*)?" if below else expression, re.DOTALL)
