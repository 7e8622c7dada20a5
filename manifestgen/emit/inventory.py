"""The inventory of an output directory: the files that manifestgen wrote there, with their hashes.

One line `SHA-256  PATH` for each file, sorted by path, as `sha256sum --check manifestgen.inventory` reads it. While a
render is being written, a path has a line for its old content and one for its new content: whenever the render
is killed, its files are known to be manifestgen's.

An inventory can have been merged badly or forged, like any file. So a line counts only if its path is
one that manifestgen can write, and only as long as the file has that hash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INVENTORY = "manifestgen.inventory"
"""Name of the inventory: neither .yaml nor .json, so that nothing applies it."""

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
LAYOUTS = re.compile(
    r"(?:(?:resources|enforce|istio|calico|base|overlays|flux)/.+|\d+-[^/]+|kustomization|NOTES|applicationset)"
    r"\.(?:yaml|json|md)"
)
"""The paths that the layouts write, the catalog's extra files and those for the controllers of a fleet included. Of
nothing else can the inventory of an output directory say that it is manifestgen's."""

_LONGEST_NAME = 255
_DEEPEST = 16


def read_inventory(content: bytes, written: re.Pattern[str] = LAYOUTS) -> dict[str, frozenset[str]]:
    r"""The hashes in an inventory, by path. Lines that manifestgen cannot have written are ignored.

    Args:
        content: the content of the file; empty for none. Lines can end in `\r\n`, as Git may have written them.
        written: the paths that manifestgen writes into such a directory.
    """
    found: dict[str, frozenset[str]] = {}
    for line in content.decode(errors="replace").split("\n"):
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match and is_output_path(match[2], written):
            found[match[2]] = found.get(match[2], frozenset()) | {match[1]}
    return found


def write_inventory(hashes: Mapping[str, Iterable[str]]) -> bytes:
    """The content of an inventory.

    Args:
        hashes: by path.
    """
    return "".join(f"{one}  {path}\n" for path in sorted(hashes) for one in sorted(hashes[path])).encode()


def is_output_path(path: str, written: re.Pattern[str] = LAYOUTS) -> bool:
    """Whether a relative path is one that manifestgen writes: inside the directory, not hidden, one of `written`."""
    return (
        path.isprintable()
        and path.count("/") <= _DEEPEST
        and written.fullmatch(path) is not None
        and all(part and not part.startswith(".") and len(part.encode()) <= _LONGEST_NAME for part in path.split("/"))
    )
