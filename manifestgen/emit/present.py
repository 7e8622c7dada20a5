"""The current content of an output directory: the files that manifestgen wrote or would write."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from manifestgen.emit.errors import CannotWrite
from manifestgen.emit.inventory import INVENTORY, read_inventory
from manifestgen.emit.locking import locked
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable


class Present(Record):
    """The content of an output directory.

    Attributes:
        contents: the contents of the files that the inventory lists or that were asked for, by path.
        modes: their permission bits, by path.
        others: what is at a path instead of a file, in words.
        inventory: the content of the inventory; None if there is none.
    """

    contents: dict[str, bytes]
    modes: dict[str, int]
    others: dict[str, str]
    inventory: bytes | None


def read_present(directory: str, paths: Iterable[str]) -> Present:
    """The content of an output directory; empty if it does not exist. Foreign files are not read.

    Args:
        directory: its path.
        paths: the paths of files that manifestgen would write there.

    Raises:
        CannotWrite: it is not a directory, or cannot be read.
    """
    present = Present(contents={}, modes={}, others={}, inventory=None)
    if directory and not os.path.lexists(directory):
        return present
    with locked(directory, make=False) as tree:
        try:
            inventory = tree.read(INVENTORY) if tree.status(INVENTORY) else None
            for path in dict.fromkeys([*paths, *read_inventory(inventory or b"")]):
                try:
                    seen = tree.look(path)
                except NotADirectoryError:
                    present.others[path] = "one of its folders is a file or a link"
                    continue
                if seen and seen.is_file:
                    present.contents[path] = tree.read(path)
                    present.modes[path] = stat.S_IMODE(seen.mode)
                elif seen:
                    present.others[path] = f"it is {seen.what}"
        except OSError as error:
            raise CannotWrite.because(directory, error) from None
    return present._replace(inventory=inventory)
