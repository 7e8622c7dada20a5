"""Writing a directory: the old tree or the new one, never a mixture, and never a file of somebody else's."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from manifestgen.emit.directory import INVENTORY, File, write_directory
from manifestgen.emit.errors import CannotWrite, ForeignFiles

ONE = {
    "kustomization.yaml": File("a: 1\n"),
    "resources/01-a.yaml": File("a: 1\n"),
    "resources/02-b.yaml": File("b: 1\n"),
}
TWO = {"kustomization.yaml": File("a: 1\n"), "resources/01-a.yaml": File("a: 2\n"), "istio/x.yaml": File("x: 1\n")}


def content(folder: Path) -> dict[str, str]:
    """Every file below a folder but the inventory, with its text."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != INVENTORY]
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def texts(files: dict[str, File]) -> dict[str, str]:
    """The same of files to write."""
    return {path: file.text for path, file in files.items()}


def test_a_new_directory_holds_exactly_the_files(tmp_path: Path) -> None:
    """Parents are made; the inventory's hashes are what sha256sum computes."""
    out = tmp_path / "a" / "b"
    assert write_directory(str(out), ONE)
    assert content(out) == texts(ONE)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", INVENTORY], cwd=out, check=True)


def test_a_stale_file_of_ours_goes(tmp_path: Path) -> None:
    """What an earlier write left and this one does not have is removed, with its empty folder."""
    out = tmp_path / "out"
    write_directory(str(out), TWO)
    assert write_directory(str(out), ONE)
    assert content(out) == texts(ONE)
    assert not (out / "istio").exists()


def test_unchanged_files_keep_their_time(tmp_path: Path) -> None:
    """A file whose content is the same keeps its modification time and inode; nothing changed means nothing written."""
    out = tmp_path / "out"
    write_directory(str(out), ONE)
    os.utime(out / "kustomization.yaml", (1, 1))
    before = (out / "kustomization.yaml").stat()
    assert write_directory(str(out), TWO)
    after = (out / "kustomization.yaml").stat()
    assert (after.st_mtime, after.st_ino) == (1, before.st_ino)
    folder = out.stat().st_ino
    assert not write_directory(str(out), TWO)
    assert out.stat().st_ino == folder


def test_a_files_edit_is_undone(tmp_path: Path) -> None:
    """A file of ours that somebody edited is written anew."""
    out = tmp_path / "out"
    write_directory(str(out), ONE)
    (out / "resources" / "01-a.yaml").write_text("a: 9\n")
    assert write_directory(str(out), ONE)
    assert content(out) == texts(ONE)


def test_a_foreign_directory_is_left_alone(tmp_path: Path) -> None:
    """A directory that is not empty and not ours is refused; --force writes, and keeps what was there."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ForeignFiles, match=r"(?s)not empty.*found: mine\.txt.*--force"):
        write_directory(str(tmp_path), ONE)
    assert content(tmp_path) == {"mine.txt": "mine"}
    assert write_directory(str(tmp_path), ONE, force=True)
    assert content(tmp_path) == {**texts(ONE), "mine.txt": "mine"}


def test_foreign_files_in_our_directory_stay(tmp_path: Path) -> None:
    """Files that somebody put beside ours survive a write, links as links."""
    out = tmp_path / "out"
    write_directory(str(out), ONE)
    (out / "README").write_text("mine")
    (out / "resources" / "link").symlink_to("01-a.yaml")
    write_directory(str(out), TWO)
    assert (out / "README").read_text() == "mine"
    assert os.readlink(out / "resources" / "link") == "01-a.yaml"


def test_a_foreign_file_in_the_way(tmp_path: Path) -> None:
    """A file with a name that we need, but not written by us, is refused without --force."""
    out = tmp_path / "out"
    write_directory(str(out), ONE)
    (out / "istio").mkdir()
    (out / "istio" / "x.yaml").write_text("mine")
    with pytest.raises(ForeignFiles, match=r"istio/x\.yaml"):
        write_directory(str(out), TWO)
    assert content(out) == {**texts(ONE), "istio/x.yaml": "mine"}
    write_directory(str(out), TWO, force=True)
    assert content(out) == texts(TWO)


def test_onto_a_file(tmp_path: Path) -> None:
    """A file where the directory should be is refused, and kept."""
    out = tmp_path / "out"
    out.write_text("mine")
    with pytest.raises(CannotWrite, match="it is a file"):
        write_directory(str(out), ONE)
    assert out.read_text() == "mine"


def test_below_a_file(tmp_path: Path) -> None:
    """A file where a parent should be is refused."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotWrite, match=r"Not a directory|File exists"):
        write_directory(str(tmp_path / "file" / "out"), ONE)


def test_the_working_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory is exchanged whole, so one cannot stand in it."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotWrite, match="working directory"):
        write_directory(".", ONE)


def test_secrets_are_for_their_owner(tmp_path: Path) -> None:
    """A file of mode 0600 is never readable by others, also where it replaces one that was."""
    out = tmp_path / "out"
    write_directory(str(out), {"s.yaml": File("s: 1\n")})
    assert write_directory(str(out), {"s.yaml": File("s: 1\n", 0o600)})
    assert stat.S_IMODE((out / "s.yaml").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_whole(tmp_path: Path) -> None:
    """When the system refuses in the middle (here: the file size limit), the old tree stays and no rubbish is left."""
    out = tmp_path / "out"
    write_directory(str(out), ONE)
    large = {**TWO, "large.yaml": File("x" * 100_000)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(CannotWrite, match="File too large"):
            write_directory(str(out), large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert content(out) == texts(ONE)
    assert os.listdir(tmp_path) == ["out"]


def test_a_full_disk(tmp_path: Path) -> None:
    """On a file system that is really full the old tree stays."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "manifestgen-test", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    try:
        write_directory(str(disk / "out"), ONE)
        with pytest.raises(CannotWrite, match="No space left on device"):
            write_directory(str(disk / "out"), {**TWO, "large.yaml": File("x" * 500_000)})
        assert content(disk / "out") == texts(ONE)
        assert os.listdir(disk) == ["out"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_read_only_place(tmp_path: Path) -> None:
    """A place that cannot be written is refused (as root, only a read-only mount is one)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid():
        disk.chmod(0o555)
        with pytest.raises(CannotWrite, match="Permission denied"):
            write_directory(str(disk / "out"), ONE)
        return
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,ro", "manifestgen-test", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a read-only file system: {mounted.stderr.strip()}")
    try:
        with pytest.raises(CannotWrite, match="Read-only file system"):
            write_directory(str(disk / "out"), ONE)
    finally:
        subprocess.run(["umount", disk], check=True)


WRITER = """
import sys
from manifestgen.emit.directory import File, write_directory
while True:
    for mark in "ab":
        write_directory(sys.argv[1], {f"resources/{n:02}-{mark}.yaml": File(mark * 2000) for n in range(40)})
"""


def test_killed_in_the_middle(tmp_path: Path) -> None:
    """Killed at any moment, a writer leaves one whole tree or the other, and the next write mends the rest."""
    out = tmp_path / "out"
    write_directory(str(out), {f"resources/{n:02}-a.yaml": File("a" * 2000) for n in range(40)})
    chance = random.Random(7)
    for _ in range(12):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, out])
        time.sleep(0.15 + chance.random() / 10)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        found = content(out)
        assert len(found) == 40
        assert len(set(found.values())) == 1
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", INVENTORY], cwd=out, check=True)
    write_directory(str(out), ONE)
    assert content(out) == texts(ONE)


def test_readers_always_find_a_tree(tmp_path: Path) -> None:
    """While trees are exchanged, the directory and its first file are never missing."""
    if not sys.platform.startswith("linux"):
        pytest.skip("one step needs renameat2(2)")
    out = tmp_path / "out"
    files = {mark: {"k.yaml": File(mark * 100), f"{mark}.yaml": File("")} for mark in "ab"}
    write_directory(str(out), files["a"])
    program = "\n".join(
        [
            "import sys",
            "for _ in range(20000):",
            "    text = open(sys.argv[1] + '/k.yaml').read()",
            "    assert text in {'a' * 100, 'b' * 100}, text",
        ]
    )
    reader = subprocess.Popen([sys.executable, "-c", program, out])
    while reader.poll() is None:
        for mark in "ba":
            write_directory(str(out), files[mark])
    assert reader.returncode == 0


def test_a_left_over_of_a_crash_is_cleaned(tmp_path: Path) -> None:
    """A half-built tree of an earlier crash under the same process number does not stand in the way."""
    out = tmp_path / "out"
    (tmp_path / f".out.{os.getpid()}.new" / "resources").mkdir(parents=True)
    write_directory(str(out), ONE)
    assert os.listdir(tmp_path) == ["out"]
    shutil.rmtree(out)
