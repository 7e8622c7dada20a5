"""A quick check whether an output directory already has the content to write.

Most renders in a build change nothing. This imports only os and stat, and opens each file once.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STAGING = ".manifestgen.staging"
"""The hidden folder of a writer, which is left behind if it is killed. Its files have no ending, so that no tool takes
them for manifests, not even one that reads hidden folders, as `kubectl apply -R -f` does."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_OTHERS = 0o077


def is_written(directory: str, files: Mapping[str, tuple[bytes, int]]) -> bool:
    """Whether a directory has exactly these files, so that nothing remains to be done.

    It takes no lock: while another process writes into the directory, its inventory differs.

    Args:
        directory: its path.
        files: content and permission bits by path relative to the directory, the inventory first.
    """
    folders: dict[str, int] = {}
    try:
        folders[""] = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        for path, (content, mode) in files.items():
            folder, _, name = path.rpartition("/")
            if not _holds(_opened(folder, folders), name, content, private=not mode & _OTHERS):
                return False
        try:
            os.stat(STAGING, dir_fd=folders[""], follow_symlinks=False)
        except FileNotFoundError:
            return True
    except (OSError, ValueError):
        return False
    finally:
        for descriptor in folders.values():
            os.close(descriptor)
    return False


def _opened(folder: str, folders: dict[str, int]) -> int:
    """The descriptor of a folder, reached without following a link."""
    if folder not in folders:
        above, _, name = folder.rpartition("/")
        folders[folder] = os.open(name, _FOLDER, dir_fd=_opened(above, folders))
    return folders[folder]


def _holds(folder: int, name: str, content: bytes, *, private: bool) -> bool:
    """Whether a regular file has the given content and, if it is private, only its owner can read it."""
    descriptor = os.open(name, _FILE, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(content) or (private and status.st_mode & _OTHERS):
            return False
        found = os.read(descriptor, len(content) + 1)
        while found != content and content.startswith(found):  # a signal or a network file system cut it short
            more = os.read(descriptor, len(content) + 1)
            if not more:
                return False
            found += more
        return found == content
    finally:
        os.close(descriptor)
