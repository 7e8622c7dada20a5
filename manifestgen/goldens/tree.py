"""One golden tree: is it what rendering gives now, byte for byte, and if not, what is the difference?"""

from __future__ import annotations

import json
import os
import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Protocol

from attrs import evolve, frozen

from manifestgen.catalog.resource_files import objects
from manifestgen.difference.changes import CHANGED, FORMATTING, RENAMED
from manifestgen.difference.diff import compare
from manifestgen.difference.hunks import hunks
from manifestgen.difference.report import FileReport, Report, counted, report
from manifestgen.emit.directory import INVENTORY
from manifestgen.emit.file_names import KUSTOMIZATION, NOTES
from manifestgen.emit.layouts import kustomization
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.files import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from manifestgen.emit.directory import File
    from manifestgen.goldens.matrix import Matrix, Tree
    from manifestgen.patch.resource import Resource

MISSING, STALE, UNREADABLE = "missing", "stale", "unreadable"
_NAMES = ("golden", "rendered")
_RESOURCES = "resources/"
_NOT_COMPARED = frozenset({NOTES, INVENTORY})
"""What `render` writes beside the objects: words for people, and its own records."""
_OURS = re.compile(r"kustomization\.yaml|[a-z]+/[^/]+\.yaml")
"""What an update may remove from a golden tree: anything else is not manifestgen's."""
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_RELEASE = re.compile(r"v\d+\.\d+(?:\.\d+)?", re.ASCII)


class CannotUpdate(ManifestgenError):
    """The operating system refuses to let a golden file be written or removed.

    Attributes:
        path: the file.
    """

    def __init__(self, error: OSError, directory: str) -> None:
        self.path = str(error.filename or directory)
        super().__init__(
            f"cannot be written: {error.strerror or error}",
            where=self.path,
            next_step="what was updated before this stays so; mend it and run golden update again",
        )


class Rendered(Protocol):
    """What golden files are compared with: a bundle."""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The objects, in apply order."""

    def files(self) -> Mapping[str, File]:
        """The output directory as files by path, the resources first among equals in apply order."""


if TYPE_CHECKING:
    Render = Callable[..., Rendered]


@frozen
class Result:
    """What became of one golden tree.

    Attributes:
        name: of the tree.
        report: how it differs from what is rendered.
        error: why it could not be rendered; empty if it could.
        left: files that an update does not touch, for manifestgen did not write them.
    """

    name: str
    report: Report
    error: str = ""
    left: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.report or self.error)


def check(tree: Tree, render: Render) -> Result:
    """Compare a golden tree with what is rendered.

    Args:
        tree: of a matrix.
        render: `manifestgen.render`.
    """
    return _with_bundle(tree, render, check_bundle)


def update(tree: Tree, render: Render) -> Result:
    """Make a golden tree what is rendered; what does not differ is not touched.

    Raises:
        CannotUpdate: the operating system refuses.
    """
    return _with_bundle(tree, render, update_bundle)


def _with_bundle(tree: Tree, render: Render, work: Callable[[str, Rendered], Result]) -> Result:
    try:
        bundle = render(**tree.request)
    except ManifestgenError as error:
        return Result(tree.name, Report(_NAMES, (), 0, title=tree.name), str(error))
    found = work(tree.directory, bundle)
    return evolve(found, name=tree.name, report=evolve(found.report, title=tree.name))


def check_bundle(directory: str, bundle: Rendered) -> Result:
    """How a directory of expected files differs from what a bundle writes."""
    return Result(directory, evolve(_Comparison(directory, bundle).report(), title=directory))


def update_bundle(directory: str, bundle: Rendered) -> Result:
    """Make a directory hold what a bundle writes; the report is what was accepted.

    Raises:
        CannotUpdate: the operating system refuses.
    """
    comparison = _Comparison(directory, bundle)
    accepted = evolve(comparison.report(), title=directory)
    ours = [path for path in comparison.stale if _OURS.fullmatch(path)]
    try:
        for path in comparison.differing:
            _write(os.path.join(directory, path), comparison.expected[path])
        for path in ours:
            os.remove(os.path.join(directory, path))
        _remove_empty(directory)
    except OSError as error:
        raise CannotUpdate(error, directory) from None
    left = tuple(os.path.join(directory, path) for path in comparison.stale if path not in ours)
    return Result(directory, accepted, left=left)


def check_leftovers(matrix: Matrix) -> Result:
    """The files beside a matrix that belong to golden trees which it does not ask for."""
    files = tuple(FileReport(STALE, os.path.join(matrix.root, path)) for path in _leftovers(matrix))
    return Result("leftovers", Report(_NAMES, (), 0, files, "golden trees that the matrix does not ask for"))


def update_leftovers(matrix: Matrix) -> Result:
    """Remove them, but for files that manifestgen does not write.

    Raises:
        CannotUpdate: the operating system refuses.
    """
    found = check_leftovers(matrix)
    left = []
    try:
        for path in _leftovers(matrix):
            full = os.path.join(matrix.root, path)
            if _OURS.fullmatch("/".join(path.split("/")[2:])):
                os.remove(full)
            else:
                left.append(full)
        for release in _releases(matrix.root):
            _remove_empty(os.path.join(matrix.root, release))
    except OSError as error:
        raise CannotUpdate(error, matrix.root) from None
    return evolve(found, left=tuple(left))


def _leftovers(matrix: Matrix) -> Iterator[str]:
    names = {tree.name for tree in matrix.trees}
    for release in _releases(matrix.root):
        for path in sorted(_present(os.path.join(matrix.root, release))):
            if "/".join((release, path.split("/")[0])) not in names:
                yield f"{release}/{path}"


def _releases(root: str) -> list[str]:
    """The directories that golden trees are in: they are called as releases are."""
    try:
        names = os.listdir(root or ".")
    except OSError:
        return []
    return sorted(name for name in names if _RELEASE.fullmatch(name) and os.path.isdir(os.path.join(root, name)))


class _Comparison:
    """A directory beside what a bundle writes."""

    def __init__(self, directory: str, bundle: Rendered) -> None:
        self.expected = {path: file for path, file in bundle.files().items() if path not in _NOT_COMPARED}
        self._directory = directory
        self._bundle = bundle
        self._present = _present(directory)
        self._bytes: dict[str, bytes] = {}
        self._unreadable: dict[str, str] = {}
        for path, full in self._present.items():
            try:
                with open(full, "rb") as file:
                    self._bytes[path] = file.read()
            except OSError as error:
                self._unreadable[path] = error.strerror or str(error)
        self.differing = [path for path, file in self.expected.items() if self._bytes.get(path) != file.text.encode()]
        self.stale = sorted(path for path in self._present if path not in self.expected)
        self._moved = dict(self._renamed())

    def report(self) -> Report:
        """The difference: of objects as objects, of files as files."""
        if not self.differing and not self.stale:
            return Report(_NAMES, (), len(self._bundle.resources))
        if not self._present:
            detail = f"rendering gives {counted(len(self._bundle.resources), 'object')}"
            return Report(_NAMES, (), 0, (FileReport(MISSING, self._directory, (detail,)),))
        rendered = self._rendered()
        golden = self._golden(rendered)
        compared = [resource for path, resource in rendered.items() if path not in self._unreadable]
        diff = compare([one for found in golden.values() for one in found], compared, _NAMES)
        explained = {id(side) for one in diff for side in (one.left, one.right)}
        alike = {
            path
            for path in self.differing
            if path in golden and not {id(one) for one in (*golden[path], rendered.get(path))} & explained
        }
        return evolve(report(diff), files=tuple(self._files(alike, rendered)))

    def _rendered(self) -> dict[str, Resource]:
        """The rendered objects by the file that holds each."""
        found = {}
        for path, file in self.expected.items():
            bodies = [one.body for one in _objects(file.text, path)]
            twins = [one for one in self._bundle.resources if bodies == [one.body]]
            if twins:
                found[path] = twins[0]
        return found

    def _golden(self, rendered: Mapping[str, Resource]) -> dict[str, list[Resource]]:
        """The objects of the golden files by file; a file that is as expected stands for the rendered object."""
        found = {}
        differing = set(self.differing)
        former = set(self._moved.values())
        for path in (*rendered, *(path for path in self.stale if _is_resource(path) and path not in former)):
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
                secret = path in rendered and rendered[path].id.kind == "Secret"
                yield FileReport(FORMATTING, full, tuple(self._formatting(path, secret=secret)))
            elif path not in rendered:
                follows = path == KUSTOMIZATION and self._lists_what_is_there()
                detail = ("because the files differ",) if follows else tuple(self._lines(path))
                yield FileReport(CHANGED, full, detail)
        for path in self.stale:
            if path not in self._moved.values():
                yield FileReport(STALE, os.path.join(self._directory, path))

    def _lists_what_is_there(self) -> bool:
        """Whether the golden kustomization is as it would be for the golden resources: it differs because they do."""
        return self._bytes[KUSTOMIZATION] == kustomization(sorted(filter(_is_resource, self._present))).encode()

    def _renamed(self) -> Iterator[tuple[str, str]]:
        """Files that are missing and are there under another name."""
        stale = {self._bytes[path]: path for path in reversed(self.stale) if path in self._bytes}
        for path in self.differing:
            if path not in self._present and self.expected[path].text.encode() in stale:
                yield path, stale.pop(self.expected[path].text.encode())

    def _formatting(self, path: str, *, secret: bool) -> Iterator[str]:
        """In what a file differs whose objects do not."""
        golden, wanted = self._bytes[path], self.expected[path].text.encode()
        if golden.replace(b"\r\n", b"\n") == wanted:
            yield r"lines end in \r\n; does Git convert line ends? (* -text in .gitattributes keeps it from that)"
            return
        lines = _LINE.findall(golden), _LINE.findall(wanted)
        pairs = enumerate(zip_longest(*lines), 1)
        number, sides = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
        yield f"the objects are the same; line {number} is the first that differs"
        if not secret:
            for sign, side in zip("-+", sides, strict=True):
                yield f"{sign} {_quoted(side) if side is not None else 'nothing: the file ends here'}"

    def _lines(self, path: str) -> Iterator[str]:
        golden = self._bytes[path].decode(errors="backslashreplace")
        for hunk in hunks(golden, self.expected[path].text):
            yield f"@ {hunk.title}"
            yield from (f"{line.sign} {line.text}" for line in hunk.lines)


def _quoted(line: bytes) -> str:
    """A line as JSON, so that white space at its end is seen."""
    return json.dumps(line.decode(errors="backslashreplace"), ensure_ascii=False)


def _objects(text: str, path: str) -> list[Resource]:
    """The objects of a text; none where it holds something else."""
    try:
        return objects(text, path)
    except ManifestgenError:
        return []


def _is_resource(path: str) -> bool:
    return path.startswith(_RESOURCES)


def _present(directory: str) -> dict[str, str]:
    """Every file below a directory: path with `/` -> full path."""
    found = {}
    for parent, _, names in os.walk(directory):
        for name in names:
            full = os.path.join(parent, name)
            path = os.path.relpath(full, directory).replace(os.sep, "/")
            if path not in _NOT_COMPARED:
                found[path] = full
    return found


def _write(path: str, file: File) -> None:
    """Put a file in its place in one step: readers see the old one or the new one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fresh = f"{path}.{os.getpid()}.new"
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode), "wb") as opened:
            opened.write(file.text.encode())
        os.replace(fresh, path)
    except OSError:
        if os.path.lexists(fresh):
            os.remove(fresh)
        raise


def _remove_empty(directory: str) -> None:
    """Remove the directories in which nothing is left."""
    for parent, folders, names in os.walk(directory, topdown=False):
        if not names and not any(os.path.exists(os.path.join(parent, folder)) for folder in folders):
            os.rmdir(parent)
