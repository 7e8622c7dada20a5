"""Locking a directory so that only one process writes into it at a time. The lock leaves nothing behind."""

from __future__ import annotations

import errno
import os
import time

from manifestgen.emit.errors import CannotWrite, Locked, NoOutputName
from manifestgen.emit.tree_files import OpenTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_PATIENCE = 120
"""Seconds after which whoever has the lock is taken to be stuck. A write takes a fraction of one."""

_PAUSE = 0.01
_NO_LOCKS = frozenset({errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
"""What a file system answers that cannot lock a directory, such as NFS."""


def locked(directory: str, *, make: bool = True) -> _Lock:
    """Open a directory in a `with` block and lock it against other writers.

    The lock is on the directory itself (`flock`), and ends with the process. On a file system without such locks,
    writes of two processes are still atomic, and one of them may be refused.

    Args:
        directory: its path.
        make: create it, with its parents, if it does not exist; what was created is removed again if the block fails.

    Raises:
        CannotWrite: it cannot be created or opened.
        Locked: another process holds the lock.
    """
    return _Lock(directory, make=make)


class _Lock:
    """See `locked`."""

    def __init__(self, directory: str, *, make: bool) -> None:
        self._directory = directory
        self._make = make
        self._made: list[str] = []

    def __enter__(self) -> OpenTree:
        directory = self._directory
        try:
            descriptor = _opened(directory, self._made, make=self._make)
        except OSError as error:
            _unmake(self._made)
            raise _refused(directory, error) from None
        except (Locked, KeyboardInterrupt):
            _unmake(self._made)
            raise
        except ValueError:  # a NUL, or a lone surrogate
            raise CannotWrite(repr(directory), "this cannot be the name of a directory", "correct the name") from None
        self._tree = OpenTree(directory, descriptor)
        return self._tree

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            _unmake(self._made)  # while it is locked: processes that wait for it see that it is gone
        _unlock(self._tree.root)
        self._tree.close()


def _opened(directory: str, made: list[str], *, make: bool) -> int:
    """A descriptor of the directory, locked and still the directory with this name."""
    while True:
        if make:
            _make(directory, made)
        try:
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            if make and not os.path.islink(directory):
                continue  # its creator failed and removed it again
            raise
        try:
            _lock(directory, descriptor)
            if os.path.samestat(os.fstat(descriptor), os.stat(directory)):
                return descriptor
        except FileNotFoundError:  # as above, while this process waited for the lock
            if not make:
                os.close(descriptor)
                raise
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _unmake(made: list[str]) -> None:
    """Remove the directories that were created, if they are empty."""
    for path in reversed(made):
        try:
            os.rmdir(path)
        except OSError:
            return


def _make(directory: str, made: list[str]) -> None:
    """Create a directory with its parents; returns what was created, outermost first."""
    try:
        os.mkdir(directory)
    except FileExistsError:
        return
    except FileNotFoundError:
        above = os.path.dirname(directory.rstrip("/"))
        if not above or above == directory:
            raise
        _make(above, made)
        try:
            os.mkdir(directory)
        except FileExistsError:
            return
    made.append(directory)


def _lock(directory: str, descriptor: int) -> None:
    import fcntl  # imported lazily: a stream needs no lock

    for _ in range(int(_PATIENCE / _PAUSE)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return
            raise
        else:
            return
    raise Locked(directory, _PATIENCE)


def _unlock(descriptor: int) -> None:
    """Release the lock: closing the descriptor is not enough if a process was forked meanwhile."""
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except OSError:
        return  # it had no lock: see `_lock`


def _refused(directory: str, error: OSError) -> CannotWrite:
    """Why a directory cannot be created or opened, in words."""
    if not directory:
        return NoOutputName()
    if os.path.islink(directory) and not os.path.exists(directory):
        target = os.readlink(directory)
        return CannotWrite(
            directory, f"it is a link to {target}, which does not exist", "make that, or remove the link"
        )
    if os.path.lexists(directory) and not os.path.isdir(directory):
        kind = "a file" if os.path.isfile(directory) else "not a directory"
        return CannotWrite(directory, f"it is {kind}", "choose a directory")
    if not os.path.isabs(directory):
        try:
            os.getcwd()
        except OSError:
            return CannotWrite(directory, "the working directory was removed", "cd into one that exists")
    return CannotWrite.because(directory, error)
