"""Comparing an output directory with what rendering would write: `render --check`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from manifestgen.difference.changes import CHANGED
from manifestgen.difference.report import FileReport, Report
from manifestgen.emit.directory import inventory_of
from manifestgen.emit.inventory import INVENTORY
from manifestgen.emit.present import read_present
from manifestgen.goldens.comparison import MISSING, Files, TreeComparison
from manifestgen.model.frozen import evolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.emit.directory import File
    from manifestgen.emit.present import Present
    from manifestgen.patch.resource import Resource

_OTHERS = 0o077


def check_output(directory: str, expected: Mapping[str, File], resources: Sequence[Resource]) -> Report:
    """How an output directory differs from what rendering would write. Foreign files are ignored.

    Args:
        directory: its path.
        expected: the files that rendering writes.
        resources: the objects in them, in apply order.

    Raises:
        CannotWrite: it is not a directory, or cannot be read.
    """
    present = read_present(directory, expected)
    wanted = {path for path in present.others if path in expected}
    files = Files(directory, present.contents, {path: present.others[path] for path in wanted})
    found = TreeComparison(files, expected, resources, (directory, "rendered")).report()
    more = tuple(_open_secrets(directory, expected, present))
    if not found and not more:
        more = tuple(_inventory(directory, expected, present))
    return evolve(found, files=(*found.files, *more))


def _open_secrets(directory: str, expected: Mapping[str, File], present: Present) -> Iterator[FileReport]:
    """Files with secrets that others can read."""
    for path, mode in present.modes.items():
        if path in expected and not expected[path].mode & _OTHERS and mode & _OTHERS:
            yield FileReport(CHANGED, os.path.join(directory, path), (f"others may read it: its mode is {mode:o}",))


def _inventory(directory: str, expected: Mapping[str, File], present: Present) -> Iterator[FileReport]:
    """The inventory, if it does not match the files."""
    if present.inventory != inventory_of(expected):
        change, detail = (CHANGED, ("it does not list the files that are there",))
        if present.inventory is None:
            change, detail = MISSING, ("all that it would list is there",)
        yield FileReport(change, os.path.join(directory, INVENTORY), detail)
