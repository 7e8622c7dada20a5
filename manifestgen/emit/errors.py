"""Why an output directory cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


class CannotWrite(ManifestgenError):
    """The operating system refuses: a read-only place, a full disk, a file where a directory is needed.

    Attributes:
        path: what could not be written.
    """

    def __init__(self, path: str, why: str, next_step: str = "") -> None:
        super().__init__(
            f"cannot be written: {why}",
            where=path,
            next_step=next_step or "nothing was changed; mend this or choose another directory with -o",
        )
        self.path = path


class NoSuchLayout(ManifestgenError):
    """No layout of a directory has this name.

    Attributes:
        layout: what was asked for.
    """

    def __init__(self, layout: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no layout {layout!r}", candidates=nearest(layout, known) or known)
        self.layout = layout


class ForeignFiles(ManifestgenError):
    """The output directory holds files that manifestgen did not write.

    Attributes:
        files: their paths, relative to the directory.
    """

    def __init__(self, directory: str, files: Sequence[str], what: str) -> None:
        shown = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
        super().__init__(
            what,
            where=directory,
            found=shown,
            next_step="choose an empty or new directory, or say --force to write all the same",
        )
        self.files = tuple(files)
