"""Parsed shipped data, kept beside it the way Python keeps compiled modules in `__pycache__`.

Parsing YAML, and importing a parser, takes longer than everything else in a render. The cache is one file. As in a
`.pyc` file (PEP 552) hashes tell whether it is intact and whether an entry is up to date: a source is read and
hashed again when its size or one of its times has changed since the entry was made. Nothing depends on the cache:
if it cannot be written, the data is parsed each time.
"""

from __future__ import annotations

import marshal
import os
import sys
from typing import TYPE_CHECKING, Any

from manifestgen._version import __version__
from manifestgen.catalog.cache_file import hashed, load, made, save
from manifestgen.errors import ErrorCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Parse = Callable[[str], list[Any]]
    Stamp = tuple[int, int, int]
    Entry = tuple[Stamp, bytes, list[Any]]

_FORMAT = f"manifestgen documents 2 {__version__}\n".encode()


class DocumentCache:
    """Documents of the YAML files below one directory.

    Args:
        root: the directory.
        parse: returns the documents of a file by its full path, or raises an error.
        apart: folders whose files are ignored.
    """

    def __init__(self, root: str, parse: Parse, apart: Collection[str] = ()) -> None:
        self._root = root
        self._parse = parse
        self._apart = apart
        self._file = os.path.join(root, "__pycache__", f"catalog.{sys.implementation.cache_tag}.marshal")
        self._entries = _load(self._file)

    def documents(self, path: str) -> list[Any]:
        """The documents of one file.

        Args:
            path: relative to the root, with `/`.

        Raises:
            ManifestgenError: there is a mistake in the file or, if the cache is being written, in any file.
        """
        full = os.path.join(self._root, path)
        entry = self._entries.get(path)
        if entry is None or not _is_of(entry, full):
            if made(os.path.dirname(self._file)):
                self._refresh()
            entry = self._entries.get(path)
            if entry is None or not _is_of(entry, full):
                entry = self._entries[path] = self._made(full)
        return entry[2]

    def fingerprint(self) -> bytes:
        """A hash of all files in the cache; it checks each file for changes."""
        for path in sorted(self._entries):
            if os.path.exists(os.path.join(self._root, path)):
                self.documents(path)
        told = [path.encode() + b" " + entry[1] for path, entry in sorted(self._entries.items())]
        return hashed(b"\n".join(told))

    def _refresh(self) -> None:
        """Parse every file whose entry is missing or out of date, then write the cache once."""
        entries: dict[str, Entry] = {}
        errors = ErrorCollector()
        for parent, folders, names in os.walk(self._root):
            folders[:] = [folder for folder in folders if folder not in self._apart]
            for name in names:
                if name.endswith(".yaml"):
                    full = os.path.join(parent, name)
                    path = os.path.relpath(full, self._root).replace(os.sep, "/")
                    known = self._entries.get(path)
                    with errors:
                        entries[path] = known if known and _is_of(known, full) else self._made(full)
        self._entries = entries
        _save(self._file, entries)
        errors.raise_all()

    def _made(self, full: str) -> Entry:
        documents = self._parse(full)
        return _stamp(full), _hash_of(full), documents


def _stamp(path: str) -> Stamp:
    """A stamp that changes with a file; its change time cannot be set back."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _hash_of(path: str) -> bytes:
    with open(path, "rb") as opened:
        return hashed(opened.read())


def _is_of(entry: Entry, path: str) -> bool:
    """Whether an entry was made from the current content of a file."""
    try:
        return entry[0] == _stamp(path) or entry[1] == _hash_of(path)
    except OSError:
        return False


def _load(file: str) -> dict[str, Entry]:
    payload = load(file, _FORMAT)
    entries: dict[str, Entry] = {} if payload is None else marshal.loads(payload)
    return entries


def _save(file: str, entries: dict[str, Entry]) -> None:
    save(file, _FORMAT, marshal.dumps(entries))
