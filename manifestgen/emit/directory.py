"""Writing a directory so that readers see the old tree or the new one, never a mixture.

The new tree is built beside the old one, takes over files that did not change, and is exchanged with it in one
step. What manifestgen wrote is listed in an inventory; anything else in the directory is left alone.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from manifestgen.emit.errors import CannotWrite, ForeignFiles
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

INVENTORY = "manifestgen.inventory"
"""Name of the inventory: one line `SHA-256  PATH` a file, as `sha256sum --check` reads it."""

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


class File(Record):
    """A file to write.

    Attributes:
        text: its content.
        mode: permission bits; 0600 for one that holds secrets.
    """

    text: str
    mode: int = 0o644


def write_directory(directory: str, files: Mapping[str, File], *, force: bool = False) -> bool:
    """Make a directory hold these files, and of its former content only what manifestgen did not write.

    Args:
        directory: made with its parents where it does not exist.
        files: by path relative to the directory, with `/`.
        force: write into a directory that is not empty and not manifestgen's, and over files of others.

    Returns:
        Whether anything changed.

    Raises:
        ForeignFiles, CannotWrite: nothing was changed.
    """
    target = os.path.abspath(directory)
    try:
        present = _present(target)
        theirs = _foreign(directory, target, present, files, force=force)
        if _same(target, present, files):
            return False
        _refuse_working_directory(directory, target)
        _replace(target, {**files, INVENTORY: File(inventory(files))}, theirs)
    except OSError as error:
        raise CannotWrite(directory, error.strerror or str(error)) from None
    return True


def write_file(path: str, text: str) -> None:
    """Write one file: readers see the old one or the new one.

    Raises:
        CannotWrite: the file is as it was.
    """
    fresh = f"{path}.{os.getpid()}.new"
    try:
        _write(fresh, File(text, stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else 0o644))
        os.replace(fresh, path)
    except OSError as error:
        if os.path.lexists(fresh):
            os.unlink(fresh)
        raise CannotWrite(path, error.strerror or str(error)) from None


def inventory(files: Mapping[str, File]) -> str:
    """The inventory of files: hash and path of each, sorted by path."""
    from hashlib import sha256  # slow to import, and only a change needs it

    return "".join(f"{sha256(files[path].text.encode()).hexdigest()}  {path}\n" for path in sorted(files))


def _present(target: str) -> dict[str, str]:
    """Every file below a directory that exists: path -> full path."""
    if not os.path.lexists(target):
        return {}
    if not os.path.isdir(target):
        raise CannotWrite(target, "it is a file", "choose a directory with -o")
    found: dict[str, str] = {}
    for parent, folders, names in os.walk(target, onerror=_raise):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in sorted(names) + links:
            full = os.path.join(parent, name)
            found[os.path.relpath(full, target).replace(os.sep, "/")] = full
    return found


def _raise(error: OSError) -> None:
    raise error


def _foreign(
    directory: str, target: str, present: Mapping[str, str], wanted: Mapping[str, File], *, force: bool
) -> list[str]:
    """The files in the directory that manifestgen did not write and that stay."""
    ours = _listed(present.get(INVENTORY))
    theirs = sorted(path for path in present if path not in ours and path != INVENTORY)
    if not force:
        if theirs and INVENTORY not in present:
            raise ForeignFiles(directory, theirs, "the directory is not empty, and manifestgen did not write it")
        clash = [path for path in theirs if path in wanted]
        if clash:
            raise ForeignFiles(directory, clash, "files of the bundle are there already, not written by manifestgen")
    for path in wanted:
        if os.path.isdir(os.path.join(target, path)):
            raise CannotWrite(os.path.join(directory, path), "it is a directory", "move it away")
    return [path for path in theirs if path not in wanted and path != INVENTORY]


def _listed(path: str | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    with open(path, encoding="utf-8", errors="replace") as file:
        return frozenset(line.rstrip("\n").partition("  ")[2] for line in file)


def _same(target: str, present: Mapping[str, str], wanted: Mapping[str, File]) -> bool:
    """Whether the inventory lists exactly these files, and each is there as it should be."""
    return _listed(present.get(INVENTORY)) == set(wanted) and all(
        _holds(os.path.join(target, path), file) for path, file in wanted.items()
    )


def _holds(path: str, file: File) -> bool:
    """Whether a file is there with exactly this content and mode."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(file.text.encode()):
            return False
        if stat.S_IMODE(status.st_mode) & 0o077 & ~file.mode:
            return False
        with open(path, "rb") as opened:
            return opened.read() == file.text.encode()
    except FileNotFoundError:
        return False


def _refuse_working_directory(directory: str, target: str) -> None:
    """A directory is exchanged whole; a shell that stands in it would be left standing in the old one."""
    here, real = os.path.realpath(os.getcwd()), os.path.realpath(target)
    if here == real or here.startswith(real + os.sep):
        raise CannotWrite(
            directory, "it is the working directory, or holds it", "run from outside, or give a path below"
        )


def _replace(target: str, wanted: Mapping[str, File], theirs: list[str]) -> None:
    import shutil  # only where a tree is replaced

    real = os.path.realpath(target)
    parent, name = os.path.split(real)
    os.makedirs(parent, exist_ok=True)
    fresh = os.path.join(parent, f".{name}.{os.getpid()}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _build(fresh, real, wanted, theirs)
        _exchange(fresh, real)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _build(fresh: str, old: str, wanted: Mapping[str, File], theirs: list[str]) -> None:
    os.mkdir(fresh, stat.S_IMODE(os.stat(old).st_mode) if os.path.isdir(old) else 0o777)
    made = {fresh}
    for path in [*wanted, *theirs]:
        full, before = os.path.join(fresh, path), os.path.join(old, path)
        folder = os.path.dirname(full)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if path not in wanted or _holds(before, wanted[path]):
            os.link(before, full, follow_symlinks=False)
        else:
            _write(full, wanted[path])
    for folder in made:
        _sync(folder)


def _write(path: str, file: File) -> None:
    mask = os.umask(0o022)
    os.umask(mask)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode & ~mask)
    with open(descriptor, "wb") as opened:
        opened.write(file.text.encode())
        opened.flush()
        os.fsync(descriptor)


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchange(fresh: str, target: str) -> None:
    """Put the new tree in the old one's place: one step where the system has it, two renames elsewhere."""
    if not os.path.isdir(target):
        os.rename(fresh, target)
    elif not _exchanged(fresh, target):
        old = f"{fresh}.old"
        os.rename(target, old)
        os.rename(fresh, target)
        os.rename(old, fresh)  # for the caller to clean up
    _sync(os.path.dirname(target))


def _exchanged(one: str, other: str) -> bool:
    """Exchange two directories with Linux's renameat2(2); False where it is not to be had."""
    import ctypes  # only where a tree is replaced

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)
