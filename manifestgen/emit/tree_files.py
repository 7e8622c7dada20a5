"""A directory held open, and the files in it, reached without ever following a link below it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from manifestgen.emit.hashes import new_hash
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from types import TracebackType

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY
_CHUNK = 1 << 20


class Seen(Record):
    """What was found at a path.

    Attributes:
        identity: device, inode, size and time of last modification: another file, or a change to this one, differs.
        mode: as `st_mode`.
        digest: SHA-256 of its content; empty for what is no regular file.
    """

    identity: tuple[int, int, int, int]
    mode: int
    digest: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, not a link, folder, pipe or device."""
        return stat.S_ISREG(self.mode)

    @property
    def what(self) -> str:
        """What it is, in words."""
        kinds = {stat.S_IFREG: "a file", stat.S_IFDIR: "a directory", stat.S_IFLNK: "a symbolic link"}
        return kinds.get(stat.S_IFMT(self.mode), "a pipe, socket or device")


def same(one: Seen, other: Seen) -> bool:
    """Whether two states are of the same file, unchanged. Some network file systems number files anew: then the content
    decides.
    """
    return one.identity == other.identity or bool(one.digest and one.digest == other.digest)


def identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """What tells one state of a file from another."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class OpenTree:
    """A directory held open. Its folders are opened one by one below it, and a link among them is refused: no path
    leads out of the directory, whatever happens to it meanwhile.

    Args:
        name: of the directory, as messages call it.
        descriptor: of the directory; closed with the tree.
    """

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self._folders = {"": descriptor}

    def __enter__(self) -> OpenTree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._folders.values():
            os.close(descriptor)

    @property
    def root(self) -> int:
        """The directory's descriptor."""
        return self._folders[""]

    def folder(self, path: str) -> int:
        """The descriptor of a folder below the directory; the directory's own for the empty path.

        Raises:
            FileNotFoundError: it does not exist.
            NotADirectoryError: it, or one above it, is a link or a file; `filename` says which.
        """
        if path not in self._folders:
            above, _, name = path.rpartition("/")
            parent = self.folder(above)
            try:
                self._folders[path] = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
            except OSError as error:
                error.filename = path
                raise
        return self._folders[path]

    def make_folder(self, path: str, made: list[str]) -> None:
        """Make a folder, and those above it, where they do not exist.

        Args:
            path: of the folder.
            made: the paths of those that are made are added to it, outermost first.
        """
        try:
            self.folder(path)
        except FileNotFoundError:
            above, _, name = path.rpartition("/")
            self.make_folder(above, made)
            os.mkdir(name, dir_fd=self.folder(above))
            made.append(path)

    def remove_folder(self, path: str) -> bool:
        """Remove a folder if nothing is in it; whether it was removed."""
        above, _, name = path.rpartition("/")
        try:
            os.rmdir(name, dir_fd=self.folder(above))
        except OSError:
            return False
        if path in self._folders:
            os.close(self._folders.pop(path))
        return True

    def at(self, path: str) -> tuple[int, str]:
        """The descriptor of a path's folder, and its name there; raises as `folder` does."""
        above, _, name = path.rpartition("/")
        return self.folder(above), name

    def status(self, path: str) -> os.stat_result | None:
        """The status of what is at a path, which may be a link; None where nothing is."""
        try:
            folder, name = self.at(path)
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def look(self, path: str) -> Seen | None:
        """What is at a path; None where nothing is.

        Raises:
            NotADirectoryError: as `folder`.
            OSError: it cannot be read.
        """
        status = self.status(path)
        return None if status is None else self.seen(*self.at(path), status)

    @staticmethod
    def seen(folder: int, name: str, status: os.stat_result) -> Seen:
        """What a file is, given the descriptor of its folder, its name and its status."""
        if not stat.S_ISREG(status.st_mode):
            return Seen(identity(status), status.st_mode, "")
        # Should it have become a link or a pipe since, neither is followed or waited for.
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            found = new_hash()
            while chunk := file.read(_CHUNK):
                found.update(chunk)
        return Seen(identity(status), status.st_mode, found.hexdigest())

    def read(self, path: str) -> bytes:
        """The content of a regular file; empty where there is none."""
        folder, name = self.at(path)
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except FileNotFoundError:
            return b""
        with open(descriptor, "rb") as file:
            return file.read()
