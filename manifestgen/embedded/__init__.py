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
    from collections.abc import Mapping, Sequence
    from typing import Any

    from manifestgen.patch.rfc6902 import Operation

_TEMPLATES = "manifestgen.embedded.gotemplate.format"


def _format(module: str) -> Format:
    """The functions of a module that is imported when a string of its format is first parsed."""

    def parse(text: str) -> Any:
        return import_module(module).parse(text)

    def apply(text: str, step: Operation) -> str:
        edited: str = import_module(module).apply(text, step)
        return edited

    def apply_all(text: str, steps: Sequence[Operation]) -> str:
        edited: str = import_module(module).apply_all(text, steps)
        return edited

    def as_read(step: Operation) -> Operation:
        read: Operation = import_module(module).as_read(step) if module == _TEMPLATES else step
        return read

    return Format(parse=parse, apply=apply, apply_all=apply_all, as_read=as_read)


FORMATS: Mapping[str, Format] = {
    "json": _format("manifestgen.embedded.json_text"),
    "yaml": _format("manifestgen.embedded.yaml_text"),
    "gotemplate": _format(_TEMPLATES),
}
"""The formats that a patch may name, by name."""
