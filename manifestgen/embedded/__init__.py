"""Documents held in strings: read, and edited in place so that what an operation does not touch keeps its bytes.

Each format reads its text into plain values and carries out one RFC 6902 operation on it; every edit is proven by
reading the new text back (``edits``). ``json_text`` takes placeholders such as `__CNI_MTU__` for values; ``yaml_text``
keeps comments and styles, with the help of ``yaml_block`` for indented collections; ``flow`` edits what stands in
brackets, of both.
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
    """The `parse` and `apply` of a module that is imported when the first string of its format is looked into."""

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
