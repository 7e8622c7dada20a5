"""Directories as values: all that is in one, and what of it is not to change."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

INVENTORY = "manifestgen.inventory"


def content(folder: Path) -> dict[str, str]:
    """Every file below a folder but the inventory and what Git keeps, with its text."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != INVENTORY]
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in files
        if ".git" not in path.relative_to(folder).parts
    }


def everything(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that is below a folder, folders and links included: its kind, mode, owner, inode, time and content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.lstat()
        kind = stat.S_IFMT(status.st_mode)
        held: object = None
        if stat.S_ISREG(kind):
            held = (path.read_bytes(), status.st_mtime_ns)
        elif stat.S_ISLNK(kind):
            held = os.readlink(path)
        found[str(path.relative_to(folder))] = (kind, status.st_mode, status.st_uid, status.st_gid, status.st_ino, held)
    return found


def plant_foreign(folder: Path) -> None:
    """Put into a directory what users have in theirs: notes, a private folder, links, a pipe, a Git repository."""
    (folder / "README").write_text("mine\n")
    (folder / "mine.yaml").write_text("mine: true\n")
    (folder / "empty").mkdir()
    (folder / "private").mkdir(mode=0o700)
    (folder / "private" / "key").write_text("mine\n")
    (folder / "private" / "key").chmod(0o600)
    (folder / "resources").mkdir(exist_ok=True)
    (folder / "resources" / "own.yaml").symlink_to("../mine.yaml")
    os.mkfifo(folder / "pipe")
    if os.geteuid() == 0:
        os.chown(folder / "private", 1000, 1000)
    subprocess.run(["git", "init", "-q", folder], check=True)
    os.utime(folder / "README", (1, 1))


def is_foreign(path: str) -> bool:
    """Whether `plant_foreign` has made a path."""
    tops = {"README", "mine.yaml", "empty", "private", "pipe", ".git"}
    return path.split("/", maxsplit=1)[0] in tops or path == "resources/own.yaml"


def foreign(folder: Path) -> dict[str, tuple[object, ...]]:
    """What `plant_foreign` has made, as it is now."""
    return {path: what for path, what in everything(folder).items() if is_foreign(path)}


def litter(folder: Path) -> list[str]:
    """Hidden names in a directory and beside it, but for Git's."""
    return sorted(path.name for place in (folder, folder.parent) for path in place.glob(".*") if path.name != ".git")
