"""Changing files of a directory atomically: files are never partial, all change or none, and nothing else is touched.

New content is written into one hidden folder inside the directory. Then each file is put in its place in one step, and
its predecessor is kept in the hidden folder until the last step is done. If a step fails, the steps before it are
undone. If the process is killed, the next one cleans up the hidden folder. Nothing waits for the disk: the next render
replaces files that a power loss cut off (see `directory`).

A step states what it expects to find. If it finds something else, such as a file that was saved a moment ago, that is
put back and the whole change is undone.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # signal imports enum
import errno
import os
import stat

from manifestgen.emit.errors import CannotWrite, ChangedMeanwhile
from manifestgen.emit.hashes import digest
from manifestgen.emit.tree_files import Seen, identity, same
from manifestgen.emit.unchanged import STAGING
from manifestgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.emit.tree_files import OpenTree

_RENAME_NOREPLACE, _RENAME_EXCHANGE = 1, 2
_NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EXDEV, errno.EMLINK})
"""What a file system answers that has no hard links, cannot exchange two names in one step."""


class WriteFile(Record):
    """Write a file.

    Attributes:
        path: the path of the file, relative to the directory; its folder is created if it does not exist.
        content: the whole content.
        mode: permission bits.
        over: the file that it replaces; None for none.
        exact: whether the mode applies exactly, whatever the umask.
    """

    path: str
    content: bytes
    mode: int
    over: Seen | None
    exact: bool = False


class Remove(Record):
    """Remove a file.

    Attributes:
        path: the path of the file, relative to the directory.
        over: the file that is expected there.
    """

    path: str
    over: Seen


class RemoveFolder(Record):
    """Remove a folder if it is empty.

    Attributes:
        path: the path of the folder, relative to the directory.
    """

    path: str


Step = WriteFile | Remove | RemoveFolder


def carry_out(tree: OpenTree, steps: Sequence[Step]) -> None:
    """Carry out steps in order, all of them or none.

    Args:
        tree: the directory; no other call of this function may be writing into it.
        steps: what to do. If two of them write the same path, the second replaces the file of the first.

    Raises:
        CannotWrite: the operating system refuses a step.
        ChangedMeanwhile: a path does not have what the step expects.
    """
    # Delay Ctrl-C and SIGTERM until the change is complete.
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGINT, _signal.SIGTERM})
    try:
        _carry_out(tree, steps)
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


def _carry_out(tree: OpenTree, steps: Sequence[Step]) -> None:
    clear_staging(tree)
    change = _Exchange(tree)
    try:
        os.mkdir(STAGING, 0o700, dir_fd=tree.root)
        change.stage(steps)
        change.apply(steps)
    except BaseException as error:
        whole = change.undo()
        if whole:
            change.clean()
        if isinstance(error, OSError):
            raise CannotWrite.because(tree.name, error, unchanged=whole) from None
        raise
    change.clean()


def clear_staging(tree: OpenTree) -> bool:
    """Clean up the hidden folder after a writer that was killed.

    Returns:
        Whether there was anything.

    Raises:
        CannotWrite: it has something that manifestgen did not write.
    """
    try:
        staging = tree.folder(STAGING)
        names = os.listdir(staging)
        others = sorted(name for name in names if not name.isdigit())
        if others:
            why = f"it holds what manifestgen did not write: {others[0]!r}"
            raise CannotWrite(os.path.join(tree.name, STAGING), why, "move it away")
        for name in names:
            os.unlink(name, dir_fd=staging)
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise CannotWrite(os.path.join(tree.name, STAGING), "it is not a directory", "move it away") from None
    except OSError as error:
        raise CannotWrite.because(os.path.join(tree.name, STAGING), error) from None
    return tree.remove_folder(STAGING)


class _Kept(Record):
    """A replaced or removed file: its name in the hidden folder, and its expected state."""

    name: str
    expected: Seen


class _Exchange:
    """A change of a directory in progress: what is staged, and what has been done so far."""

    def __init__(self, tree: OpenTree) -> None:
        self._tree = tree
        self._staged: dict[int, Seen] = {}
        self._done: list[tuple[int, Step]] = []
        self._modes: dict[int, int] = {}
        self._kept: dict[int, _Kept] = {}
        self._made: list[str] = []
        self._spare = 0

    def stage(self, steps: Sequence[Step]) -> None:
        """Write the new contents."""
        staging = self._tree.folder(STAGING)
        for number, step in enumerate(steps):
            if not isinstance(step, WriteFile):
                continue
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            descriptor = os.open(str(number), flags, step.mode, dir_fd=staging)
            with open(descriptor, "wb", buffering=0) as file:
                view = memoryview(step.content)
                while view:
                    view = view[file.write(view) :]
                if step.exact:
                    os.fchmod(descriptor, step.mode)
                status = os.fstat(descriptor)
                self._staged[number] = Seen(identity(status), status.st_mode, digest(step.content))
        self._spare = len(steps)

    def apply(self, steps: Sequence[Step]) -> None:
        """Put everything in place, and check that nothing that was replaced or removed had changed meanwhile."""
        placed: dict[str, int] = {}
        for number, step in enumerate(steps):
            if not isinstance(step, WriteFile):
                self._done.append((number, step))
                self._take_away(number, step) if isinstance(step, Remove) else self._remove_folder(number, step)
                continue
            self._tree.make_folder(step.path.rpartition("/")[0], self._made)
            self._done.append((number, step))
            if step.path in placed:
                self._replace(number, step, self._staged[placed[step.path]])
            elif step.over:
                self._replace(number, step, step.over)
            else:
                self._add(number, step)
            placed[step.path] = number
        for number, step in self._done:
            self._check(number, step)

    def _add(self, number: int, step: WriteFile) -> None:
        """Put a new file in place, unless something has appeared there."""
        staging = self._tree.folder(STAGING)
        folder, name = self._tree.at(step.path)
        try:
            # A second hard link never replaces anything; the first one is removed with the hidden folder.
            try:
                os.link(str(number), name, src_dir_fd=staging, dst_dir_fd=folder, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NOT_SUPPORTED:
                    raise
                if _renamed(staging, str(number), folder, name, _RENAME_NOREPLACE):
                    return
                if self._tree.status(step.path):
                    raise ChangedMeanwhile(self._tree.name, step.path) from None
                os.rename(str(number), name, src_dir_fd=staging, dst_dir_fd=folder)
        except FileExistsError:
            raise ChangedMeanwhile(self._tree.name, step.path) from None

    def _replace(self, number: int, step: WriteFile, expected: Seen) -> None:
        """Exchange a file with the staged one, which then is the old file."""
        staging = self._tree.folder(STAGING)
        folder, name = self._tree.at(step.path)
        self._kept[number] = _Kept(str(number), expected)
        try:
            exchanged = _renamed(staging, str(number), folder, name, _RENAME_EXCHANGE)
        except FileNotFoundError:
            raise ChangedMeanwhile(self._tree.name, step.path) from None
        if exchanged:
            self._check(number, step)
            return
        # The file system cannot do this in one step: keep a link to the old file, and put the new one over it.
        del self._kept[number]
        seen = self._tree.look(step.path)
        if seen is None or not same(seen, expected):
            raise ChangedMeanwhile(self._tree.name, step.path)
        self._spare += 1
        try:
            os.link(name, str(self._spare), src_dir_fd=folder, dst_dir_fd=staging, follow_symlinks=False)
            self._kept[number] = _Kept(str(self._spare), expected)
        except OSError as error:
            if error.errno not in _NOT_SUPPORTED:
                raise
        os.rename(str(number), name, src_dir_fd=staging, dst_dir_fd=folder)

    def _take_away(self, number: int, step: Remove) -> None:
        """Move a file into the hidden folder."""
        folder, name = self._tree.at(step.path)
        self._kept[number] = _Kept(str(number), step.over)
        try:
            os.rename(name, str(number), src_dir_fd=folder, dst_dir_fd=self._tree.folder(STAGING))
        except FileNotFoundError:
            del self._kept[number]
            raise ChangedMeanwhile(self._tree.name, step.path) from None
        self._check(number, step)

    def _remove_folder(self, number: int, step: RemoveFolder) -> None:
        try:
            status = self._tree.status(step.path)
        except NotADirectoryError:
            return
        if status and self._tree.remove_folder(step.path):
            self._modes[number] = stat.S_IMODE(status.st_mode)

    def _check(self, number: int, step: Step) -> None:
        """Check that what was replaced or removed is what the step expected."""
        kept = self._kept.get(number)
        if kept:
            folder = self._tree.folder(STAGING)
            status = os.stat(kept.name, dir_fd=folder, follow_symlinks=False)
            if identity(status) == kept.expected.identity:
                return
            if not same(self._tree.seen(folder, kept.name, status), kept.expected):
                raise ChangedMeanwhile(self._tree.name, step.path)

    def undo(self) -> bool:
        """Undo what was done, the last step first; returns whether everything was undone."""
        whole = True
        for number, step in reversed(self._done):
            try:
                self._undo(number, step)
            except OSError:
                whole = False
        for path in reversed(self._made):
            self._tree.remove_folder(path)
        return whole

    def _undo(self, number: int, step: Step) -> None:
        if isinstance(step, RemoveFolder):
            if number in self._modes:
                self._tree.make_folder(step.path, [])
                os.chmod(self._tree.folder(step.path), self._modes[number])
            return
        here = self._tree.look(step.path)
        kept = self._kept.get(number)
        if isinstance(step, Remove):
            undone = kept is None or here is not None
        else:
            undone = here is None or not same(here, self._staged[number])
        if undone:
            return
        folder, name = self._tree.at(step.path)
        if kept:
            os.rename(kept.name, name, src_dir_fd=self._tree.folder(STAGING), dst_dir_fd=folder)
        elif isinstance(step, WriteFile) and step.over:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))  # this file system could not keep it
        else:
            os.unlink(name, dir_fd=folder)

    def clean(self) -> None:
        """Remove the hidden folder. If that fails, the next writer does it."""
        try:
            staging = self._tree.folder(STAGING)
            for name in os.listdir(staging):
                os.unlink(name, dir_fd=staging)
        except OSError:
            return
        self._tree.remove_folder(STAGING)


def _renamed(folder: int, name: str, other_folder: int, other: str, flag: int) -> bool:
    """Rename a file with a flag of Linux's renameat2(2); False where the system or the file system does not have it."""
    import ctypes  # only where something is replaced

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if rename(folder, os.fsencode(name), other_folder, os.fsencode(other), flag) == 0:
        return True
    number = ctypes.get_errno()
    if number not in _NOT_SUPPORTED:
        raise OSError(number, os.strerror(number))
    return False
