"""How a file was changed since manifestgen wrote it: only its line ends, only its formatting, or its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.emit.hashes import digest
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Collection

LINE_ENDS = r"only its line ends: they are \r\n; does Git convert them? (* -text in .gitattributes keeps it from that)"
FORMATTING = "only its formatting; the content is the same"


def how_changed(present: bytes, wanted: str, hashes: Collection[str]) -> str:
    """How a file was changed, if that is worth knowing; empty if its content changed.

    Args:
        present: the content of the file.
        wanted: the content that it should have.
        hashes: the hashes of what manifestgen wrote before.
    """
    unix = present.replace(b"\r\n", b"\n")
    if unix != present and (digest(unix) in hashes or unix == wanted.encode()):
        return LINE_ENDS
    said = _documents(present.decode(errors="replace"))
    return FORMATTING if said and said == _documents(wanted) else ""


def _documents(text: str) -> str:
    """The content of a YAML text, independent of the order of members; empty if it cannot be read."""
    import json

    from manifestgen.yamlio.reader import read

    try:
        return json.dumps(read(text, ""), sort_keys=True)
    except ManifestgenError:
        return ""
