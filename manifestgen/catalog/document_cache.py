"""Parsed shipped data, kept beside it the way Python keeps compiled modules in `__pycache__`.

Parsing YAML, and importing a parser, takes longer than everything else in a render. The cache is one file; an
entry counts only while its source has the size and modification time that it was made from. Nothing depends on
the cache: where it cannot be written, the data is parsed each time.
"""

from __future__ import annotations

import marshal
import os
import sys
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector

if TYPE_CHECKING:
    from collections.abc import Callable

    Parse = Callable[[str], list[Any]]
    Entry = tuple[int, int, list[Any]]

_FORMAT = "manifestgen 1"


class DocumentCache:
    """Documents of the YAML files below one directory.

    Args:
        root: the directory.
        parse: gives the documents of a file by its full path.
    """

    def __init__(self, root: str, parse: Parse) -> None:
        self._root = root
        self._parse = parse
        self._file = _location(root)
        self._entries = _load(self._file)

    def documents(self, path: str) -> list[Any]:
        """The documents of one file.

        Args:
            path: relative to the root, with `/`.
        """
        full = os.path.join(self._root, path)
        stamp = _stamp(full)
        entry = self._entries.get(path)
        if entry is None or entry[:2] != stamp:
            entry = self._entries[path] = (*stamp, self._parse(full))
            if os.access(self._root, os.W_OK):
                self._refresh()
        return entry[2]

    def _refresh(self) -> None:
        """Parse every file that has no entry or an old one, and write the cache once."""
        entries: dict[str, Entry] = {}
        for parent, _, names in os.walk(self._root):
            for name in names:
                if name.endswith(".yaml"):
                    full = os.path.join(parent, name)
                    path = os.path.relpath(full, self._root).replace(os.sep, "/")
                    stamp, known = _stamp(full), self._entries.get(path)
                    if known and known[:2] == stamp:
                        entries[path] = known
                    else:
                        with ErrorCollector():  # a file that cannot be read is reported to who asks for it
                            entries[path] = (*stamp, self._parse(full))
        self._entries = entries
        _save(self._file, entries)


def _location(root: str) -> str:
    return os.path.join(root, "__pycache__", f"catalog.{sys.implementation.cache_tag}.marshal")


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


def _load(file: str) -> dict[str, Entry]:
    try:
        with open(file, "rb") as opened:
            version, entries = marshal.loads(opened.read())
    except (OSError, EOFError, ValueError, TypeError):
        return {}
    return dict(entries) if version == _FORMAT else {}


def _save(file: str, entries: dict[str, Entry]) -> None:
    fresh = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(fresh, "wb") as opened:
            opened.write(marshal.dumps((_FORMAT, entries)))
        os.replace(fresh, file)
    except OSError:
        return
