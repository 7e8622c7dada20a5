"""The inventory of an output directory: which files manifestgen wrote there, and what they held.

One line `SHA-256  PATH` for each file, sorted by path, as `sha256sum --check manifestgen.inventory` reads it. While a
render is being written, a path has a line for its old content and one for its new content: whatever moment the render
is killed at, what it left is known to be manifestgen's.

An inventory is a file like any other, and may have been merged badly or forged. So a line counts only if its path is
one that manifestgen could have written, and it vouches for a file only as long as the file has that hash.
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
    r"""The hashes that an inventory vouches for, by path. Lines that manifestgen cannot have written do not count.

    Args:
        content: of the file; empty for none. Lines may end in `\r\n`, as Git may have written them.
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
    """Whether a relative path is one that manifestgen writes: below the directory, not hidden, one of `written`."""
    return (
        path.isprintable()
        and path.count("/") <= _DEEPEST
        and written.fullmatch(path) is not None
        and all(part and not part.startswith(".") and len(part.encode()) <= _LONGEST_NAME for part in path.split("/"))
    )
