"""Comparing the files of a directory with what rendering writes: objects as objects, everything else as files."""

from __future__ import annotations

import json
import os
import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from manifestgen.catalog.resource_files import objects
from manifestgen.difference.changes import CHANGED, FORMATTING, RENAMED
from manifestgen.difference.diff import compare
from manifestgen.difference.hunks import hunks
from manifestgen.difference.redaction import WITHHELD
from manifestgen.difference.report import FileReport, Report, report
from manifestgen.emit.edits import LINE_ENDS
from manifestgen.emit.file_names import KUSTOMIZATION
from manifestgen.emit.layouts import kustomization
from manifestgen.errors import ManifestgenError, counted
from manifestgen.model.frozen import evolve, frozen
from manifestgen.yamlio.files import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.emit.directory import File
    from manifestgen.patch.resource import Resource

MISSING, STALE, UNREADABLE = "missing", "stale", "unreadable"
_RESOURCE = re.compile(r"(?:resources|enforce|enforce/resources)/[^/]+|\d+-[^/]+")
"""Files that hold objects as they are rendered; those of the layout `overlay` hold parts of them."""

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_OTHERS = 0o077


@frozen
class Files:
    """The content of a directory.

    Attributes:
        directory: its path in messages.
        contents: the contents of the files, by path.
        unreadable: why other files cannot be read, by path.
    """

    directory: str
    contents: Mapping[str, bytes]
    unreadable: Mapping[str, str]


class TreeComparison:
    """Compares files with those that rendering writes.

    Args:
        files: the existing files.
        expected: the files that rendering writes.
        resources: the objects in those, in apply order.
        names: the names of the two sides.
    """

    def __init__(
        self, files: Files, expected: Mapping[str, File], resources: Sequence[Resource], names: tuple[str, str]
    ) -> None:
        self.expected = expected
        self._directory = files.directory
        self._resources = resources
        self._names = names
        self._bytes = files.contents
        self._unreadable = dict(files.unreadable)
        self._present = {*self._bytes, *self._unreadable}
        self.differing = [path for path, file in expected.items() if self._bytes.get(path) != file.text.encode()]
        self.stale = sorted(path for path in self._present if path not in expected)
        self._moved = dict(self._renamed())

    @property
    def is_new(self) -> bool:
        """Whether none of the rendered files exists yet."""
        return not self._present and bool(self.expected)

    def report(self) -> Report:
        """The difference."""
        if not self.differing and not self.stale:
            return Report(self._names, (), len(self._resources))
        if not self._present:
            detail = f"rendering gives {counted(len(self._resources), 'object')}"
            return Report(
                names=self._names, objects=(), same=0, files=(FileReport(MISSING, self._directory, (detail,)),)
            )
        rendered = self._rendered()
        there = self._there(rendered)
        compared = [resource for path, resource in rendered.items() if path not in self._unreadable]
        diff = compare([one for found in there.values() for one in found], compared, self._names)
        explained = {id(side) for one in diff for side in (one.left, one.right)}
        alike = {
            path
            for path in self.differing
            if path in there and not {id(one) for one in (*there[path], rendered.get(path))} & explained
        }
        return evolve(report(diff), files=tuple(self._files(alike, rendered)))

    def _rendered(self) -> dict[str, Resource]:
        """The rendered objects, by file."""
        found = {}
        by_id = {resource.id: resource for resource in self._resources}
        for path, file in self.expected.items():
            if _RESOURCE.fullmatch(path):
                for one in _objects(file.text, path)[:1]:
                    if one.id in by_id:
                        found[path] = by_id[one.id]
        return found

    def _there(self, rendered: Mapping[str, Resource]) -> dict[str, list[Resource]]:
        """The existing objects, by file; the rendered object stands for an unchanged file."""
        found = {}
        differing = set(self.differing)
        former = set(self._moved.values())
        stale = (path for path in self.stale if _RESOURCE.fullmatch(path) and path not in former)
        for path in (*rendered, *stale):
            full = os.path.join(self._directory, path)
            if path in rendered and (path not in differing or path in self._moved):
                found[path] = [rendered[path]]
            elif path in self._bytes:
                try:
                    found[path] = objects(decode(self._bytes[path], full), full)
                except ManifestgenError as error:
                    self._unreadable[path] = str(error)
        return found

    def _files(self, alike: set[str], rendered: Mapping[str, Resource]) -> Iterator[FileReport]:
        for path in self.differing:
            full = os.path.join(self._directory, path)
            if path in self._moved:
                yield FileReport(RENAMED, full, (f"was {os.path.basename(self._moved[path])}",))
            elif path in self._unreadable:
                yield FileReport(UNREADABLE, full, tuple(self._unreadable[path].splitlines()))
            elif path not in self._present:
                yield FileReport(MISSING, full)
            elif path in alike:
                yield FileReport(FORMATTING, full, tuple(self._formatting(path)))
            elif path not in rendered:
                follows = path == KUSTOMIZATION and self._lists_what_is_there()
                detail = ("because the files differ",) if follows else tuple(self._lines(path))
                yield FileReport(CHANGED, full, detail)
        for path in self.stale:
            if path not in self._moved.values():
                yield FileReport(STALE, os.path.join(self._directory, path))

    def _lists_what_is_there(self) -> bool:
        """Whether the kustomization fits the existing resources: then it differs only because they do."""
        there = sorted(path for path in self._present if path.startswith("resources/"))
        return self._bytes[KUSTOMIZATION] == kustomization(there).encode()

    def _renamed(self) -> Iterator[tuple[str, str]]:
        """Files that are missing but exist under another name."""
        stale = {self._bytes[path]: path for path in reversed(self.stale) if path in self._bytes}
        for path in self.differing:
            if path not in self._present and self.expected[path].text.encode() in stale:
                yield path, stale.pop(self.expected[path].text.encode())

    def _is_secret(self, path: str) -> bool:
        """Whether only its owner can read a file."""
        return not self.expected[path].mode & _OTHERS

    def _formatting(self, path: str) -> Iterator[str]:
        """How a file differs whose objects do not differ."""
        there, wanted = self._bytes[path], self.expected[path].text.encode()
        if there.replace(b"\r\n", b"\n") == wanted:
            yield LINE_ENDS
            return
        lines = _LINE.findall(there), _LINE.findall(wanted)
        pairs = enumerate(zip_longest(*lines), 1)
        number, sides = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
        yield f"the objects are the same; line {number} is the first that differs"
        if not self._is_secret(path):
            for sign, side in zip("-+", sides, strict=True):
                yield f"{sign} {_quoted(side) if side is not None else 'nothing: the file ends here'}"

    def _lines(self, path: str) -> Iterator[str]:
        """The lines that differ in a file without rendered objects."""
        there, wanted = self._bytes[path], self.expected[path].text
        if there.replace(b"\r\n", b"\n") == wanted.encode():
            yield LINE_ENDS
        elif self._is_secret(path):
            yield WITHHELD
        else:
            for hunk in hunks(there.decode(errors="backslashreplace"), wanted):
                yield f"@ {hunk.title}"
                yield from (f"{line.sign} {line.text}" for line in hunk.lines)


def _quoted(line: bytes) -> str:
    """A line as JSON, so that trailing white space is visible."""
    return json.dumps(line.decode(errors="backslashreplace"), ensure_ascii=False)


def _objects(text: str, path: str) -> list[Resource]:
    """The objects of a text; empty if it has something else."""
    try:
        return objects(text, path)
    except ManifestgenError:
        return []
