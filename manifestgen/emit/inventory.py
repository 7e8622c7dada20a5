"""The inventory of an output directory: the files that manifestgen wrote there, with their hashes.

One line `SHA-256  PATH` for each file, sorted by path, as `sha256sum --check manifestgen.inventory` reads it. While a
render is being written, a path has a line for its old content and one for its new content: whenever the render
is killed, its files are known to be manifestgen's.

An inventory can have been merged badly or forged, like any file. So a line counts only if its path is
one that manifestgen can write, and only as long as the file has that hash.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping

INVENTORY = "manifestgen.inventory"
"""Name of the inventory: neither .yaml nor .json, so that nothing applies it."""

_HASH = 64
_HEXADECIMAL = "0123456789abcdef"
_FOLDERS = ("resources/", "enforce/", "istio/", "calico/", "base/", "overlays/", "flux/")
_STEMS = frozenset({"kustomization", "NOTES", "applicationset"})
_ENDINGS = frozenset({"yaml", "json", "md"})
_LONGEST_NAME = 255
_DEEPEST = 16


def read_inventory(content: bytes, written: re.Pattern[str] | None = None) -> dict[str, frozenset[str]]:
    r"""The hashes in an inventory, by path. Lines that manifestgen cannot have written are ignored.

    Args:
        content: the content of the file; empty for none. Lines can end in `\r\n`, as Git may have written them.
        written: the paths that manifestgen writes into such a directory; by default those of the layouts.
    """
    found: dict[str, frozenset[str]] = {}
    for line in content.decode(errors="replace").split("\n"):
        one, between, path = line[:_HASH], line[_HASH : _HASH + 2], line[_HASH + 2 :].rstrip("\r")
        if between == "  " and not one.strip(_HEXADECIMAL) and is_output_path(path, written):
            found[path] = found.get(path, frozenset()) | {one}
    return found


def write_inventory(hashes: Mapping[str, Iterable[str]]) -> bytes:
    """The content of an inventory.

    Args:
        hashes: by path.
    """
    return "".join(f"{one}  {path}\n" for path in sorted(hashes) for one in sorted(hashes[path])).encode()


def is_output_path(path: str, written: re.Pattern[str] | None = None) -> bool:
    """Whether a relative path is one that manifestgen writes: inside the directory, not hidden.

    Args:
        path: with `/`.
        written: the paths that manifestgen writes into such a directory; by default those of the layouts.
    """
    return (
        path.isprintable()
        and path.count("/") <= _DEEPEST
        and (_is_of_a_layout(path) if written is None else written.fullmatch(path) is not None)
        and all(part and not part.startswith(".") and len(part.encode()) <= _LONGEST_NAME for part in path.split("/"))
    )


def _is_of_a_layout(path: str) -> bool:
    """Whether a path belongs to a layout, to the catalog's extra files or to a fleet's files for its controllers.

    An inventory cannot claim any other file. This uses no regular expression, because importing re takes longer than
    checking every path of a bundle.
    """
    stem, _, ending = path.rpartition(".")
    number, dash, name = stem.partition("-")
    return ending in _ENDINGS and (
        stem in _STEMS
        or any(stem.startswith(folder) and stem != folder for folder in _FOLDERS)
        or bool(number.isdecimal() and dash and name and "/" not in name)
    )
