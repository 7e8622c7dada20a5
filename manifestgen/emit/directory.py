"""Writing an output directory: manifestgen's files are replaced by the new render, and nothing else is touched.

Files are written one by one inside the directory; `staging` makes that atomic, `inventory` says which are ours. A file
is ours if it has the hash in the inventory, or already has the content that is to be written. A file that was last
written before the machine was started, and has only the beginning of that content, was cut off by a power loss, and is
ours too. Everything else (a Git repository, a mount point, other files and folders) is not even read.
"""

from __future__ import annotations

import os
import stat
import time

from manifestgen.emit.errors import CannotWrite, EditedFiles, ForeignFiles
from manifestgen.emit.hashes import digest
from manifestgen.emit.inventory import INVENTORY, is_output_path, read_inventory, write_inventory
from manifestgen.emit.locking import locked
from manifestgen.emit.staging import Remove, RemoveFolder, WriteFile, carry_out, clear_staging
from manifestgen.errors import ErrorCollector
from manifestgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from manifestgen.emit.staging import Step
    from manifestgen.emit.tree_files import OpenTree, Seen

_KUSTOMIZATION = "kustomization.yaml"
_READABLE = 0o644
_OTHERS = 0o077
_UNWRITTEN = b"\0"
"""Some file systems leave zeros in a file whose content was not on disk when the power failed."""
_NOT_CONTENT = frozenset({"lost+found"})
"""What a new file system has in its root."""


class File(Record):
    """A file to write.

    Attributes:
        text: its content.
        mode: permission bits; 0600 for one that holds secrets.
    """

    text: str
    mode: int = _READABLE


class Written(Record):
    """What a write has changed; false if it changed nothing.

    Attributes:
        changed: whether it changed anything at all.
        removed: the files it removed, relative to the directory.
        moved: those that it wrote under another number: the old path and the new one.
    """

    changed: bool
    removed: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self.changed


def write_directory(
    directory: str, files: Mapping[str, File], *, force: bool = False, written: re.Pattern[str] | None = None
) -> Written:
    """Write files into a directory, and remove the files that manifestgen wrote there before.

    Args:
        directory: created with its parents if it does not exist.
        files: by path relative to the directory, with `/`.
        force: write into a directory that is not empty and not manifestgen's, over foreign files, and over files
            that were changed since manifestgen wrote them.
        written: the paths that manifestgen can write into such a directory, by default those of the layouts; files with
            other names are never ours, whatever its inventory says.

    Returns:
        What was changed.

    Raises:
        ForeignFiles, EditedFiles, CannotWrite, ChangedMeanwhile, Locked: nothing was changed.
    """
    _refuse_paths(directory, files, written)
    with locked(directory) as tree:
        crashed = clear_staging(tree)
        try:
            found = _Directory(tree, files, force=force, written=written)
            steps = found.steps(crashed=crashed)
        except OSError as error:
            raise CannotWrite.because(_named(directory, error), error) from None
        if not steps:
            return Written(changed=False)
        carry_out(tree, steps)
        return found.written()


def inventory_of(files: Mapping[str, File]) -> bytes:
    """The inventory of a directory with the given files, by path."""
    return write_inventory({path: [digest(file.text.encode())] for path, file in files.items()})


def replace_files(directory: str, files: Mapping[str, File], removed: Sequence[str]) -> None:
    """Write some files of a directory and remove others, whatever their content: all or nothing.

    Args:
        directory: created with its parents if it does not exist.
        files: to write, by path relative to the directory, with `/`.
        removed: paths of the files to remove; folders that become empty are removed too.

    Raises:
        CannotWrite, ChangedMeanwhile, Locked: nothing was changed.
    """
    if not files and not removed:
        return
    with locked(directory) as tree:
        steps: list[Step] = []
        try:
            for path, file in files.items():
                seen = tree.look(path)
                if seen and stat.S_ISDIR(seen.mode):
                    raise CannotWrite(os.path.join(directory, path), f"it is {seen.what}", "move it away")
                steps.append(_write(path, file, seen))
            steps += [Remove(path, seen) for path in removed if (seen := tree.look(path))]
        except OSError as error:
            raise CannotWrite.because(_named(directory, error), error) from None
        carry_out(tree, [*steps, *_emptied(removed, files)])


def write_file(path: str, text: str) -> None:
    """Write one file: readers see the old or the new content. A link is followed, and the file's mode is kept.

    Raises:
        CannotWrite: the file is unchanged.
    """
    folder, name = os.path.split(os.path.realpath(path))
    with locked(folder, make=False) as tree:
        try:
            seen = tree.look(name)
        except OSError as error:
            raise CannotWrite.because(path, error) from None
        if seen and not seen.is_file:
            raise CannotWrite(path, f"it is {seen.what}", "give the path of a file")
        mode = stat.S_IMODE(seen.mode) if seen else _READABLE
        carry_out(tree, [WriteFile(path=name, content=text.encode(), mode=mode, over=seen, exact=seen is not None)])


def _refuse_paths(directory: str, files: Mapping[str, File], written: re.Pattern[str] | None) -> None:
    gathered = ErrorCollector()
    for path in files:
        if not is_output_path(path, written):
            full = os.path.join(directory, path)
            why = "no layout has such a path, or one of its names is hidden, too long or not printable"
            gathered.add(CannotWrite(full, why, "rename what it is called after"))
    gathered.raise_all()


def _named(directory: str, error: OSError) -> str:
    """The path in an error of the operating system."""
    return os.path.join(directory, error.filename) if isinstance(error.filename, str) else directory


class _Directory:
    """An output directory and its new content."""

    def __init__(
        self, tree: OpenTree, files: Mapping[str, File], *, force: bool, written: re.Pattern[str] | None
    ) -> None:
        self._tree = tree
        self._files = files
        self._hashes = {path: digest(file.text.encode()) for path, file in files.items()}
        self._inventory_seen = tree.look(INVENTORY)
        self._inventory = self._present_inventory()
        self._listed = read_inventory(self._inventory or b"", written)
        self._writes: list[WriteFile] = []
        self._removals: list[Remove] = []
        self._foreign: list[str] = []
        self._edited: dict[str, str] = {}
        gathered = ErrorCollector()
        self._judge_wanted(gathered)
        self._judge_stale()
        if not force:
            self._refuse(gathered)
        gathered.raise_all()

    def _present_inventory(self) -> bytes | None:
        seen = self._inventory_seen
        if seen and not seen.is_file:
            raise CannotWrite(self._full(INVENTORY), f"it is {seen.what}", "move it away")
        return self._tree.read(INVENTORY) if seen else None

    def _full(self, path: str) -> str:
        return os.path.join(self._tree.name, path)

    def _judge_wanted(self, gathered: ErrorCollector) -> None:
        """Find the files to write, and who owns the files that they replace."""
        for path, file in self._files.items():
            try:
                seen = self._tree.look(path)
            except NotADirectoryError as error:
                folder = self._full(error.filename)
                gathered.add(CannotWrite(folder, "a folder is needed, and it is a file or a link", "move it away"))
                continue
            if seen and stat.S_ISDIR(seen.mode):
                gathered.add(CannotWrite(self._full(path), f"it is {seen.what}", "move it away"))
            elif seen is None or not self._holds(path, seen):
                self._writes.append(_write(path, file, seen))
                if seen and not self._is_ours(path, seen):
                    if path in self._listed:
                        self._edited[path] = self._how(path, seen)
                    else:
                        self._foreign.append(path)

    def _judge_stale(self) -> None:
        """Find our files that are no longer needed. A path that is no longer a file is no longer ours."""
        for path, hashes in self._listed.items():
            if path in self._files:
                continue
            try:
                seen = self._tree.look(path)
            except NotADirectoryError:
                continue
            if seen and seen.is_file:
                self._removals.append(Remove(path, seen))
                if seen.digest not in hashes and not self._is_torn(path, seen, b""):
                    self._edited[path] = "it is no longer part of the bundle"

    def _refuse(self, gathered: ErrorCollector) -> None:
        """Refuse to touch foreign files.

        Without an inventory every file is foreign, except hidden files, such as those of Git, empty
        folders, and files that already have the new content.
        """
        if self._inventory is None:
            ours = {path.split("/")[0] for path in self._files} | _NOT_CONTENT
            names = [name for name in os.listdir(self._tree.root) if name[0] != "." and name not in ours]
            others = sorted(name for name in names if not _is_empty(self._full(name)))
            if others:
                what = "the directory is not empty, and manifestgen did not write it"
                gathered.add(ForeignFiles(self._tree.name, others, what))
        if self._foreign:
            what = "the directory has files of the bundle that manifestgen did not write"
            gathered.add(ForeignFiles(self._tree.name, self._foreign, what))
        if self._edited:
            gathered.add(EditedFiles(self._tree.name, self._edited))

    def _is_ours(self, path: str, seen: Seen) -> bool:
        """Whether manifestgen wrote a file, even if a power loss cut it off."""
        if seen.digest in {*self._listed.get(path, ()), self._hashes[path]}:
            return True
        return self._is_torn(path, seen, self._files[path].text.encode())

    def _is_torn(self, path: str, seen: Seen, wanted: bytes) -> bool:
        """Whether a power loss cut off a file: older than this boot, it has the beginning of its content, or zeros."""
        if not seen.is_file or seen.modified >= _started():
            return False
        content = self._tree.read(path)
        return wanted.startswith(content.rstrip(_UNWRITTEN)) and not (wanted and len(content) > len(wanted))

    def _holds(self, path: str, seen: Seen) -> bool:
        """Whether a file has the wanted content and permissions."""
        open_to_others = not self._files[path].mode & _OTHERS and seen.mode & _OTHERS
        return seen.digest == self._hashes[path] and not open_to_others

    def _how(self, path: str, seen: Seen) -> str:
        """How a file of ours was changed, if that is worth knowing."""
        from manifestgen.emit.edits import how_changed  # imported lazily: only for an error

        if not seen.is_file:
            return f"it is {seen.what} now"
        return how_changed(self._tree.read(path), self._files[path].text, self._listed[path])

    def steps(self, *, crashed: bool) -> list[Step]:
        """The steps, in order: new and changed files, the files that list them, removals.

        Args:
            crashed: whether a writer was killed here and may have left empty folders.
        """
        final = write_inventory({path: [one] for path, one in self._hashes.items()})
        if self._inventory == final and not self._writes:
            return []
        steps: list[Step] = sorted(self._writes, key=lambda step: os.path.basename(step.path) == _KUSTOMIZATION)
        steps += self._removals
        stale = [path for path in self._listed if path not in self._files] if crashed else []
        steps += _emptied([*stale, *(removal.path for removal in self._removals)], self._files)
        ahead = {path: {*self._listed.get(path, ()), one} for path, one in self._hashes.items()}
        both = write_inventory({**self._listed, **ahead})
        if self._inventory != both and (steps or both == final):
            steps.insert(0, self._write_inventory(both))
        if both != final:
            steps.append(self._write_inventory(final))
        return steps

    def _write_inventory(self, content: bytes) -> WriteFile:
        seen = self._inventory_seen
        return WriteFile(
            path=INVENTORY,
            content=content,
            mode=stat.S_IMODE(seen.mode) if seen else _READABLE,
            over=seen,
            exact=seen is not None,
        )

    def written(self) -> Written:
        """What the steps changed."""
        new = {_unnumbered(step.path): step.path for step in self._writes if not step.over}
        removed = [removal.path for removal in self._removals]
        moved = tuple((path, new[_unnumbered(path)]) for path in removed if _unnumbered(path) in new)
        gone = {path for path, _ in moved}
        return Written(True, tuple(path for path in removed if path not in gone), moved)


def _write(path: str, file: File, seen: Seen | None) -> WriteFile:
    """The step that writes a file: a replaced file keeps its mode, unless it holds secrets."""
    content = file.text.encode()
    if seen and seen.is_file and file.mode & _OTHERS:
        return WriteFile(path=path, content=content, mode=stat.S_IMODE(seen.mode), over=seen, exact=True)
    return WriteFile(path=path, content=content, mode=file.mode, over=seen)


def _started() -> int:
    """When this machine was started, in nanoseconds since the epoch; 0 if the system cannot tell."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _is_empty(path: str) -> bool:
    """Whether a path is a folder that only contains folders."""
    if os.path.islink(path) or not os.path.isdir(path):
        return False
    return not any(names for _, _, names in os.walk(path))


def _emptied(paths: Iterable[str], kept: Iterable[str]) -> Iterator[RemoveFolder]:
    """The folders that can become empty when files are removed, innermost first."""
    needed = {folder for path in kept for folder in _folders(path)}
    left = {folder for path in paths for folder in _folders(path)} - needed
    return (RemoveFolder(folder) for folder in sorted(left, key=lambda folder: (-folder.count("/"), folder)))


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _unnumbered(path: str) -> str:
    """A path without the file's number, which changes when an object is added or removed before it."""
    folder, slash, name = path.rpartition("/")
    return folder + slash + name.lstrip("0123456789")
