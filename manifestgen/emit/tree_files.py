"""An open directory and its files, accessed without following links inside it."""

from __future__ import annotations

import os
import stat

from manifestgen.emit.hashes import new_hash
from manifestgen.model.record import Record

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY
_CHUNK = 1 << 20


class Seen(Record):
    """What was found at a path.

    Attributes:
        identity: device, inode, size and modification time, which differ for another file or a changed one.
        mode: as `st_mode`.
        digest: SHA-256 of its content; empty unless it is a regular file.
    """

    identity: tuple[int, int, int, int]
    mode: int
    digest: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file and not a link, folder, pipe or device."""
        return stat.S_ISREG(self.mode)

    @property
    def modified(self) -> int:
        """When it was last modified, in nanoseconds since the epoch."""
        return self.identity[3]

    @property
    def what(self) -> str:
        """What it is, in words."""
        kinds = {stat.S_IFREG: "a file", stat.S_IFDIR: "a directory", stat.S_IFLNK: "a symbolic link"}
        return kinds.get(stat.S_IFMT(self.mode), "a pipe, socket or device")


def same(one: Seen, other: Seen) -> bool:
    """Whether two states are of the same, unchanged file. Some network file systems renumber files: then the content
    decides.
    """
    return one.identity == other.identity or bool(one.digest and one.digest == other.digest)


def identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """What tells one state of a file from another."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class OpenTree:
    """An open directory. Folders in it are opened one by one, and links are refused: no path can
    lead out of the directory, whatever happens to it meanwhile.

    Args:
        name: the name of the directory in messages.
        descriptor: the directory's descriptor; `close` closes it.
    """

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self._folders = {"": descriptor}

    def close(self) -> None:
        """Let go of the directory and its folders."""
        for descriptor in self._folders.values():
            os.close(descriptor)

    @property
    def root(self) -> int:
        """The directory's descriptor."""
        return self._folders[""]

    def folder(self, path: str) -> int:
        """The descriptor of a folder in the directory; the directory's own for the empty path.

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
        """Create a folder and its parents if they do not exist.

        Args:
            path: the path of the folder.
            made: the paths of created folders are added to it, outermost first.
        """
        try:
            self.folder(path)
        except FileNotFoundError:
            above, _, name = path.rpartition("/")
            self.make_folder(above, made)
            os.mkdir(name, dir_fd=self.folder(above))
            made.append(path)

    def remove_folder(self, path: str) -> bool:
        """Remove a folder if it is empty; returns whether it was removed."""
        above, _, name = path.rpartition("/")
        try:
            os.rmdir(name, dir_fd=self.folder(above))
        except OSError:
            return False
        if path in self._folders:
            os.close(self._folders.pop(path))
        return True

    def at(self, path: str) -> tuple[int, str]:
        """The descriptor of a path's folder, and its name there; raises the errors of `folder`."""
        above, _, name = path.rpartition("/")
        return self.folder(above), name

    def status(self, path: str) -> os.stat_result | None:
        """The status of a path, without following links; None if nothing is there."""
        try:
            folder, name = self.at(path)
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def look(self, path: str) -> Seen | None:
        """The state of a path; None if nothing is there.

        Raises:
            NotADirectoryError: see `folder`.
            OSError: it cannot be read.
        """
        status = self.status(path)
        return None if status is None else self.seen(*self.at(path), status)

    @staticmethod
    def seen(folder: int, name: str, status: os.stat_result) -> Seen:
        """The state of a file, given the descriptor of its folder, its name and its status."""
        if not stat.S_ISREG(status.st_mode):
            return Seen(identity(status), status.st_mode, "")
        # If it has become a link or a pipe since, it is not followed or waited for.
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            found = new_hash()
            while chunk := file.read(_CHUNK):
                found.update(chunk)
        return Seen(identity(status), status.st_mode, found.hexdigest())

    def read(self, path: str) -> bytes:
        """The content of a regular file; empty if there is none."""
        folder, name = self.at(path)
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except FileNotFoundError:
            return b""
        with open(descriptor, "rb") as file:
            return file.read()
