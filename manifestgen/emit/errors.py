"""Why an output directory cannot be written."""

from __future__ import annotations

import errno
import os

from manifestgen.errors import ManifestgenError, nearest
from manifestgen.model.location import Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ADVICE = {
    errno.ENOSPC: "free some space or some inodes (df -h and df -i show them)",
    errno.EDQUOT: "your disk quota is used up: free some space",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: "check who owns the directory and its permissions",
    errno.EPERM: "check the owner, the permissions and the attributes (lsattr) of the directory and its files",
    errno.EIO: "the disk or network file system fails: see the system's log",
    errno.EXDEV: "one of its folders is another file system: write to each of them by itself",
    errno.EBUSY: "one of its files is a mount point",
    errno.ENAMETOOLONG: "the file system takes no names as long as this",
}
_SHOWN = 5


class CannotWrite(ManifestgenError):
    """The operating system refuses: a read-only file system, a full disk, a file where a directory is needed.

    Attributes:
        path: the path that could not be written.
    """

    def __init__(self, path: str, why: str, next_step: str = "") -> None:
        super().__init__(
            f"cannot be written: {why}",
            where=Location(path or "''"),
            next_step=next_step or "nothing was changed; correct this or choose another directory",
        )
        self.path = path

    @classmethod
    def because(cls, path: str, error: OSError, *, unchanged: bool = True) -> CannotWrite:
        """The error for an error of the operating system.

        Args:
            path: the path that could not be written.
            error: the error of the operating system.
            unchanged: whether nothing was changed.
        """
        why = os.strerror(error.errno) if error.errno else str(error)
        advice = _ADVICE.get(error.errno or 0, "")
        if unchanged:
            return cls(path, why, f"nothing was changed; {advice or 'correct this'}, or choose another directory")
        again = "some files are already replaced: run the same command again to complete the rest"
        return cls(path, why, f"{advice}; {again}" if advice else again)


class NoOutputName(CannotWrite):
    """The name of an output directory or file is empty."""

    def __init__(self) -> None:
        super().__init__("", "an empty name", "is a variable of your shell not set?")


class ChangedMeanwhile(ManifestgenError):
    """Another program saved, created or removed a file while it was being written.

    Attributes:
        path: the path of the file, relative to the directory.
    """

    def __init__(self, directory: str, path: str) -> None:
        super().__init__(
            "another program changed this file while it was being written",
            where=Location(os.path.join(directory, path)),
            next_step="its content was kept; look at it, and run the same command again",
        )
        self.path = path


class Locked(ManifestgenError):
    """Another process holds the lock of the output directory for too long.

    Attributes:
        directory: the directory, as given.
    """

    def __init__(self, directory: str, seconds: int) -> None:
        super().__init__(
            f"another process has had this directory locked for {seconds} s (flock)",
            where=Location(directory),
            next_step="wait for it, or end it: fuser -v DIRECTORY names it; then run the same command again",
        )
        self.directory = directory


class NoSuchLayout(ManifestgenError):
    """There is no layout with this name.

    Attributes:
        layout: the name that was given.
    """

    def __init__(self, layout: str, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no layout {layout!r}", candidates=nearest(layout, known) or known, next_step="choose one of them"
        )
        self.layout = layout


class ForeignFiles(ManifestgenError):
    """The output directory has files that manifestgen did not write.

    Attributes:
        files: their paths, relative to the directory.
    """

    def __init__(self, directory: str, files: Sequence[str], what: str) -> None:
        super().__init__(
            what,
            where=Location(directory),
            found=_first(files),
            next_step="choose an empty or new directory, or use --force to write anyway",
        )
        self.files = tuple(files)


class EditedFiles(ManifestgenError):
    """Files were changed since manifestgen wrote them.

    Attributes:
        files: how each was changed, by its path relative to the directory.
    """

    def __init__(self, directory: str, files: Mapping[str, str]) -> None:
        count = "a file was" if len(files) == 1 else f"{len(files)} files were"
        super().__init__(
            f"{count} changed after manifestgen wrote {'it' if len(files) == 1 else 'them'}",
            where=Location(directory),
            found=_first([f"{path} ({how})" if how else path for path, how in files.items()]),
            next_step="--check shows the difference; move what you want to keep into an overlay, then use --force",
        )
        self.files = dict(files)


def _first(items: Sequence[str]) -> str:
    return ", ".join(items[:_SHOWN]) + (f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else "")
