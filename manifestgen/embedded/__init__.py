"""Documents held in strings: read, and edited in place so that everything else in them keeps its bytes.

Each format reads its text into plain values and carries out RFC 6902 operations on it; every edit is verified by
reading the new text back (``edits``). ``json_text`` takes placeholders such as `__CNI_MTU__` for values; ``yaml_text``
keeps comments and styles, with the help of ``yaml_block`` for indented collections; ``flow`` edits collections in
brackets, for both.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from manifestgen.patch.model import Format

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from manifestgen.patch.rfc6902 import Operation


def _format(module: str) -> Format:
    """The `parse` and `apply` of a module that is imported when a string of its format is first parsed."""

    def parse(text: str) -> Any:
        return import_module(module).parse(text)

    def apply(text: str, step: Operation) -> str:
        edited: str = import_module(module).apply(text, step)
        return edited

    return Format(parse, apply)


FORMATS: Mapping[str, Format] = {
    "json": _format("manifestgen.embedded.json_text"),
    "yaml": _format("manifestgen.embedded.yaml_text"),
    "gotemplate": _format("manifestgen.embedded.gotemplate.format"),
}
"""The formats that a patch may name, by name."""
