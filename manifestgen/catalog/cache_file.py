"""Cache files: read only where nobody but their owner can have written them, and written without following a link.

Whatever reads a pickle or a marshalled value trusts whoever wrote it, and the hash in a file is no signature: everybody
can compute it. So a file is believed only if it belongs to root, to the user who runs this or to the owner of the
installed package, and only that user can write it. A cache is a saving: what is not believed is computed, and replaced
where possible.

The command line imports this before anything else, so that it imports next to nothing.
"""

from __future__ import annotations

import os
import stat
from _imp import source_hash

_KEY = 0x6D67656E
_HASH_SIZE = 8
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def hashed(data: bytes) -> bytes:
    """A short hash, which tells what is intact or the same; it is no protection against anybody."""
    return source_hash(_KEY, data)


def load(file: str, form: bytes) -> memoryview | None:
    """The payload of a cache file; None if there is none, or it is not intact or not to be trusted.

    Args:
        file: its path.
        form: the first line, which names the format and its version.
    """
    try:
        descriptor = os.open(file, _READ)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not _is_trusted(status):
            return None
        with open(descriptor, "rb", closefd=False) as opened:
            data = opened.read()
    except OSError:
        return None
    finally:
        os.close(descriptor)
    start = len(form) + _HASH_SIZE
    if data[:start] != form + hashed(data[start:]):
        return None
    return memoryview(data)[start:]


def save(file: str, form: bytes, payload: bytes) -> bool:
    """Write a cache file whole, or not at all; False where it cannot be written.

    Args:
        file: its path, in a folder that `made` has made.
        form: as for `load`.
        payload: what `load` will return.
    """
    fresh = f"{file}.{os.getpid()}"
    try:
        descriptor = os.open(fresh, _WRITE, 0o644)
    except FileExistsError:
        _remove(fresh)  # left behind by a process that was killed; the next call writes
        return False
    except OSError:
        return False
    try:
        with open(descriptor, "wb") as opened:
            opened.write(form + hashed(payload) + payload)
        os.replace(fresh, file)
    except OSError:
        _remove(fresh)
        return False
    return True


def made(folder: str) -> bool:
    """Whether a folder below `__pycache__` is there for cache files, as one that only its owner can write.

    It is made, with `__pycache__` itself. One of the user's own that others can write is closed to them.

    Args:
        folder: `__pycache__`, or a path right below it.
    """
    above = os.path.dirname(folder)
    if os.path.basename(folder) != "__pycache__" and not made(above):
        return False
    try:
        os.mkdir(folder, 0o755)
    except FileExistsError:
        pass
    except OSError:
        return False
    try:
        descriptor = os.open(folder, _OPEN_FOLDER)
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid() and status.st_mode & _OTHERS_WRITE:
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~_OTHERS_WRITE)
            status = os.fstat(descriptor)
        return _is_trusted(status) and os.access(folder, os.W_OK)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _is_trusted(status: os.stat_result) -> bool:
    """Whether only those can have written something who can change this program, too."""
    if status.st_mode & _OTHERS_WRITE:
        return False
    return status.st_uid in {0, os.geteuid()} or status.st_uid == os.stat(__file__).st_uid


def _remove(file: str) -> None:
    try:
        os.unlink(file)
    except OSError:
        return
