"""Documents held in strings: read, and edited in place so that what an operation does not touch keeps its bytes.

Each format reads its text into plain values and carries out one RFC 6902 operation on it; every edit is proven by
reading the new text back (``edits``). ``jsontext`` takes placeholders such as `__CNI_MTU__` for values; ``yamltext``
keeps comments and styles, with the help of ``yamlblock`` for indented collections; ``flow`` edits what stands in
brackets, of both.
"""

from __future__ import annotations

from manifestgen.embedded import jsontext, yamltext
from manifestgen.patch.apply import Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Mapping[str, Format] = {
    "json": Format(jsontext.parse, jsontext.apply),
    "yaml": Format(yamltext.parse, yamltext.apply),
}
"""The formats that a patch may name, by name."""
