"""Comparing one golden tree with the current render, byte for byte, and reporting the difference."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Protocol

from manifestgen.catalog.resource_files import objects
from manifestgen.difference.changes import CHANGED, FORMATTING
from manifestgen.difference.report import FileReport, Report
from manifestgen.emit.directory import replace_files
from manifestgen.emit.errors import CannotWrite
from manifestgen.emit.file_names import NOTES
from manifestgen.emit.inventory import INVENTORY, is_output_path
from manifestgen.emit.unchanged import STAGING
from manifestgen.errors import ManifestgenError
from manifestgen.goldens.comparison import MISSING, STALE, UNREADABLE, Files, TreeComparison
from manifestgen.goldens.secret_digests import with_digests
from manifestgen.model.frozen import evolve, frozen
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from manifestgen.emit.directory import File
    from manifestgen.goldens.matrix import Matrix, Tree
    from manifestgen.patch.resource import Resource

_NAMES = ("golden", "rendered")
_NOT_COMPARED = frozenset({NOTES, INVENTORY})
"""What `render` writes beside the objects: words for people, and its own records."""
_OTHERS = 0o077
_RELEASE = re.compile(r"v\d+\.\d+(?:\.\d+)?", re.ASCII)


class Rendered(Protocol):
    """What golden files are compared with: a bundle."""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The objects, in apply order."""

    def files(self) -> Mapping[str, File]:
        """The files of the output directory by path, with resources in apply order."""


if TYPE_CHECKING:
    Render = Callable[..., Rendered]


@frozen
class Result:
    """The result for one golden tree.

    Attributes:
        name: the name of the tree.
        report: how it differs from what is rendered.
        error: why it could not be rendered; empty if it was.
        left: files that an update does not touch because manifestgen did not write them.
        is_new: whether nothing of the tree was there.
        written: how many files an update wrote.
    """

    name: str
    report: Report
    error: str = ""
    left: tuple[str, ...] = ()
    is_new: bool = False
    written: int = 0

    def __bool__(self) -> bool:
        return bool(self.report or self.error)


def check(tree: Tree, render: Render) -> Result:
    """Compare a golden tree with what is rendered.

    Args:
        tree: a tree of a matrix.
        render: `manifestgen.render`.
    """
    return _with_bundle(tree, render, check_bundle)


def update(tree: Tree, render: Render) -> Result:
    """Update a golden tree to what is rendered; files that do not differ are not touched.

    Raises:
        CannotWrite: the operating system refuses; the tree is unchanged.
    """
    return _with_bundle(tree, render, update_bundle)


def _with_bundle(tree: Tree, render: Render, work: Callable[..., Result]) -> Result:
    try:
        bundle = render(**tree.request)
    except ManifestgenError as error:
        return Result(tree.name, Report(_NAMES, (), 0, title=tree.name), str(error))
    found = work(tree.directory, bundle, clear_secrets=tree.clear_secrets)
    return evolve(found, name=tree.name, report=evolve(found.report, title=tree.name))


def check_bundle(directory: str, bundle: Rendered, *, clear_secrets: bool = False) -> Result:
    """How a directory of expected files differs from what a bundle writes.

    Args:
        directory: the directory of the golden tree.
        bundle: the bundle that is rendered.
        clear_secrets: whether the tree has the values of Secrets instead of digests.
    """
    comparison = _compared(directory, bundle, clear_secrets)
    return Result(directory, evolve(comparison.report(), title=directory), is_new=comparison.is_new)


def update_bundle(directory: str, bundle: Rendered, *, clear_secrets: bool = False) -> Result:
    """Update a directory to what a bundle writes; returns what was accepted. For the arguments see `check_bundle`.

    Raises:
        CannotWrite: the operating system refuses; the tree is unchanged.
    """
    comparison = _compared(directory, bundle, clear_secrets)
    accepted = evolve(comparison.report(), title=directory)
    ours = [path for path in comparison.stale if is_output_path(path)]
    replace_files(directory, {path: comparison.expected[path] for path in comparison.differing}, ours)
    left = tuple(os.path.join(directory, path) for path in comparison.stale if path not in ours)
    return Result(
        name=directory,
        report=_accepted(accepted, left),
        left=left,
        is_new=comparison.is_new,
        written=len(comparison.differing),
    )


_ACCEPTED = {
    MISSING: "written",
    STALE: "removed",
    UNREADABLE: "replaced",
    FORMATTING: "rewritten",
    CHANGED: "rewritten",
}
"""What becomes of a file in an update, by how it differed."""


def _accepted(found: Report, left: Sequence[str]) -> Report:
    """A report about the files that an update wrote."""
    files = (
        one if one.path in left else evolve(one, change=_ACCEPTED.get(one.change, one.change)) for one in found.files
    )
    return evolve(found, files=tuple(files))


def _compared(directory: str, bundle: Rendered, clear_secrets: bool) -> TreeComparison:
    expected = {path: file for path, file in bundle.files().items() if path not in _NOT_COMPARED}
    resources = bundle.resources
    if not clear_secrets:
        resources = tuple(with_digests(resource) for resource in resources)
        expected = {path: file if file.mode & _OTHERS else _with_digests(file) for path, file in expected.items()}
    return TreeComparison(_files(directory), expected, resources, _NAMES)


def _with_digests(file: File) -> File:
    """A file of a Secret, with digests instead of its values."""
    (resource,) = objects(file.text, "")
    return file._replace(text=write_document(with_digests(resource).body))


def _files(directory: str) -> Files:
    contents, unreadable = {}, {}
    for path, full in _present(directory).items():
        try:
            with open(full, "rb") as file:
                contents[path] = file.read()
        except OSError as error:
            unreadable[path] = error.strerror or str(error)
    return Files(directory, contents, unreadable)


def check_leftovers(matrix: Matrix) -> Result:
    """The files beside a matrix that belong to golden trees which are not in it."""
    files = tuple(FileReport(STALE, os.path.join(matrix.root, path)) for path in _leftovers(matrix))
    return Result(
        "leftovers",
        Report(names=_NAMES, objects=(), same=0, files=files, title="golden trees that the matrix does not ask for"),
    )


def update_leftovers(matrix: Matrix) -> Result:
    """Remove them, except for files that manifestgen does not write.

    Raises:
        CannotWrite: the operating system refuses.
    """
    found = check_leftovers(matrix)
    left = []
    ours: dict[str, list[str]] = {}
    for path in _leftovers(matrix):
        release, name, *rest = path.split("/")
        if is_output_path("/".join(rest)):
            ours.setdefault(os.path.join(matrix.root, release, name), []).append("/".join(rest))
        else:
            left.append(os.path.join(matrix.root, path))
    for tree, paths in ours.items():
        replace_files(tree, {}, paths)
    try:
        for release in _releases(matrix.root):
            _remove_empty(os.path.join(matrix.root, release))
    except OSError as error:
        raise CannotWrite.because(matrix.root, error) from None
    return evolve(found, report=_accepted(found.report, left), left=tuple(left))


def _leftovers(matrix: Matrix) -> Iterator[str]:
    names = {tree.name for tree in matrix.trees}
    for release in _releases(matrix.root):
        for path in sorted(_present(os.path.join(matrix.root, release))):
            if "/".join((release, path.split("/")[0])) not in names:
                yield f"{release}/{path}"


def _releases(root: str) -> list[str]:
    """The directories of golden trees, which are named after releases."""
    try:
        names = os.listdir(root or ".")
    except OSError:
        return []
    return sorted(name for name in names if _RELEASE.fullmatch(name) and os.path.isdir(os.path.join(root, name)))


def _present(directory: str) -> dict[str, str]:
    """Every file below a directory: path with `/` -> full path."""
    found = {}
    for parent, folders, names in os.walk(directory):
        if parent == directory and STAGING in folders:
            folders.remove(STAGING)  # left by an update that was killed; the next one removes it
        for name in names:
            full = os.path.join(parent, name)
            path = os.path.relpath(full, directory).replace(os.sep, "/")
            if path not in _NOT_COMPARED:
                found[path] = full
    return found


def _remove_empty(directory: str) -> None:
    """Remove the directories that have become empty."""
    for parent, folders, names in os.walk(directory, topdown=False):
        if not names and not any(os.path.exists(os.path.join(parent, folder)) for folder in folders):
            os.rmdir(parent)
