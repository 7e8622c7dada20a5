"""What the operating system can do to a writer: refuse any of its calls, fill up, or kill it at any of them."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from manifestgen.emit.directory import File, write_directory
from manifestgen.emit.errors import CannotWrite, EditedFiles
from tests.support.trees import INVENTORY, content, everything, foreign, is_foreign, litter, plant_foreign

HERE = Path(__file__).parent
ONE = {
    "kustomization.yaml": "a: 1\n",
    "resources/01-a.yaml": "a: 1\n",
    "resources/02-b.yaml": "b: 1\n",
    "istio/x.yaml": "x: 1\n",
    "NOTES.md": "one\n",
}
TWO = {
    "kustomization.yaml": "a: 2\n",
    "resources/01-a.yaml": "a: 2\n",
    "resources/02-c.yaml": "c: 1\n",
    "enforce/resources/y.yaml": "y: 1\n",
    "NOTES.md": "one\n",
}
NO_EXCHANGE, NO_LINKS = 1, 2
"""What a file system may not have; see failing.c."""

Answer = dict[str, Any]


def files(texts: dict[str, str]) -> dict[str, File]:
    """Texts as files to write."""
    return {path: File(text) for path, text in texts.items()}


def ours(out: Path) -> dict[str, str]:
    """The files of a directory that are not the user's, nor hidden."""
    return {path: text for path, text in content(out).items() if path[0] != "." and not is_foreign(path)}


def seen(out: Path) -> dict[str, tuple[object, ...]]:
    """All that is in a directory. A folder of ours that was removed may have been made again: its inode is left out."""
    found = everything(out) if out.exists() else {}
    return {path: (what[:4] + what[5:] if path == "istio" else what) for path, what in found.items()}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Answer]]:
    """Asks a process to write a directory while a call fails, or while it is killed at one."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler (cc) to build the library that lets calls fail")
    library = tmp_path_factory.mktemp("failing") / "failing.so"
    built = [compiler, "-shared", "-fPIC", "-O1", "-w", "-o", str(library), str(HERE / "failing.c"), "-ldl"]
    subprocess.run(built, check=True)
    command = [sys.executable, str(HERE / "failing.py")]
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=HERE.parents[1]
    ) as process:
        assert process.stdin
        assert process.stdout

        def request(directory: Path, texts: dict[str, str], number: int, at: int, **more: int) -> Answer:
            assert process.stdin
            assert process.stdout
            wanted = {"directory": str(directory), "files": texts, "errno": number, "at": at, "count": 1, "lacking": 0}
            wanted |= more
            process.stdin.write(json.dumps(wanted) + "\n")
            process.stdin.flush()
            answer: Answer = json.loads(process.stdout.readline())
            return answer

        yield request
        process.stdin.close()


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory where there is such, so that hundreds of writes do not wait for a disk."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        yield Path(place)


def plant(place: Path, *, fresh: bool) -> Path:
    """A directory to be written: none, or one that holds ONE and files of others."""
    out = place / "out"
    if place.exists():
        shutil.rmtree(place)
    place.mkdir()
    if not fresh:
        write_directory(str(out), files(ONE))
        plant_foreign(out)
    return out


def calls_of(ask: Callable[..., Answer], out: Path, **more: int) -> int:
    """How many calls of the system a write of TWO makes, of those that can be made to fail."""
    answer = ask(out, TWO, 0, 1_000_000, **more)
    assert not answer["error"]
    assert ours(out) == TWO
    return int(answer["calls"])


@pytest.mark.parametrize("fresh", [True, False], ids=["new", "changed"])
@pytest.mark.parametrize(
    ("number", "lacking"),
    [(errno.EIO, 0), (errno.ENOSPC, 0), (errno.EDQUOT, 0), (errno.EIO, NO_EXCHANGE)],
    ids=["EIO", "ENOSPC", "EDQUOT", "EIO where names cannot be exchanged"],
)
def test_any_call_may_fail(ask: Callable[..., Answer], memory: Path, number: int, lacking: int, fresh: bool) -> None:
    """Each call in turn: the old tree is as it was, or the new one is whole, and the next write completes it."""
    count = calls_of(ask, plant(memory / "count", fresh=fresh), lacking=lacking)
    assert count > 15
    refused = 0
    for at in range(1, count + 1):
        out = plant(memory / "place", fresh=fresh)
        before = seen(out)
        answer = ask(out, TWO, number, at, lacking=lacking)
        if answer["error"]:
            refused += 1
            assert os.strerror(number) in answer["error"]
            assert "next: nothing was changed; " in answer["error"], answer["error"]
            assert seen(out) == before, f"call {at} of {count}"
            assert not litter(out)
        else:  # the call was not needed, or only cleans up
            assert ours(out) == TWO
        write_directory(str(out), files(TWO))
        assert ours(out) == TWO
        assert not litter(out)
        assert {path: what for path, what in before.items() if is_foreign(path)} == foreign(out)
    assert refused > count // 2


def test_the_disk_fails_for_good(ask: Callable[..., Answer], memory: Path) -> None:
    """From one call on, every other too, so that nothing can be undone: the next write completes the tree."""
    count = calls_of(ask, plant(memory / "count", fresh=False))
    for at in range(1, count + 1):
        out = plant(memory / "place", fresh=False)
        before = foreign(out)
        answer = ask(out, TWO, errno.EIO, at, count=1_000_000)
        if "nothing was changed" in answer["error"]:
            assert ours(out) == ONE
        assert all(text in {ONE.get(path), TWO.get(path)} for path, text in ours(out).items())
        write_directory(str(out), files(TWO))
        assert ours(out) == TWO
        assert foreign(out) == before
        assert not litter(out)
        assert not (out / "istio").exists()


@pytest.mark.parametrize("fresh", [True, False], ids=["new", "changed"])
@pytest.mark.parametrize(
    ("when", "lacking"),
    [(-1, 0), (-2, 0), (-1, NO_EXCHANGE), (-1, NO_EXCHANGE | NO_LINKS)],
    ids=["before", "after", "where names cannot be exchanged", "where there are no links either"],
)
def test_killed_at_any_call(ask: Callable[..., Answer], memory: Path, when: int, lacking: int, fresh: bool) -> None:
    """Before and after each call: every file is whole, and the next write, of either tree, completes it unasked."""
    count = calls_of(ask, plant(memory / "count", fresh=fresh), lacking=lacking)
    for at in range(1, count + 1):
        for wanted in (TWO, ONE):
            out = plant(memory / "place", fresh=fresh)
            before = foreign(out) if out.exists() else {}
            assert ask(out, TWO, when, at, lacking=lacking)["killed"]
            if out.exists():
                assert all(text in {ONE.get(path), TWO.get(path)} for path, text in ours(out).items())
            write_directory(str(out), files(wanted))
            assert ours(out) == wanted, f"killed at call {at}"
            assert (foreign(out) if before else {}) == before
            assert not litter(out)
            unwanted = {"istio", "enforce"} - {path.split("/")[0] for path in wanted}
            assert not [name for name in unwanted if (out / name).exists()]
            subprocess.run(["sha256sum", "--check", "--strict", "--quiet", INVENTORY], cwd=out, check=True)


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A small file system of its own, with the options that the test gives."""
    place = tmp_path / "disk"
    place.mkdir()
    options = request.param
    command = ["mount", "-t", "tmpfs", "-o", options, "manifestgen-test", place]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


LARGE = {**TWO, "resources/large.yaml": "x" * 500_000}
MANY = {**TWO, **{f"resources/{number:02}.yaml": "a: 1\n" for number in range(40)}}


@pytest.mark.parametrize(
    ("disk", "wanted"), [("size=256k", LARGE), ("nr_inodes=40", MANY)], indirect=["disk"], ids=["space", "inodes"]
)
def test_a_full_disk(disk: Path, wanted: dict[str, str]) -> None:
    """Of space, or of inodes: the old tree stays to the last inode and time."""
    out = disk / "out"
    write_directory(str(out), files(ONE))
    (out / "mine.txt").write_text("mine")
    before = everything(out)
    with pytest.raises(CannotWrite, match=r"(?s)No space left on device.*next: nothing was changed; free .*df -i"):
        write_directory(str(out), files(wanted))
    assert everything(out) == before
    assert os.listdir(disk) == ["out"]
    with pytest.raises(CannotWrite, match="No space left on device"):
        write_directory(str(disk / "new" / "out"), files(wanted))
    assert os.listdir(disk) == ["out"]


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_a_mount_point_is_a_directory(disk: Path) -> None:
    """Written the first time, and again; it stays mounted."""
    write_directory(str(disk), files(ONE))
    write_directory(str(disk), files(TWO))
    assert content(disk) == TWO
    assert os.path.ismount(disk)


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_a_read_only_file_system(disk: Path) -> None:
    """It is refused; a directory that is as it should be is not, for nothing is written."""
    write_directory(str(disk / "out"), files(ONE))
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(CannotWrite, match=r"(?s)Read-only file system.*next: nothing was changed"):
        write_directory(str(disk / "out"), files(TWO))
    with pytest.raises(CannotWrite, match="Read-only file system"):
        write_directory(str(disk / "new"), files(TWO))
    assert not write_directory(str(disk / "out"), files(ONE))


NOBODY = 65534


def said_to_nobody(directory: Path) -> str:
    """What a user without any rights is told who writes a directory."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child calls nothing that other threads may hold
        child = os.fork()
    if not child:
        try:
            if not os.geteuid():
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            write_directory(str(directory), files(TWO))
        except BaseException as error:  # noqa: BLE001 - the parent judges it
            os.write(theirs, str(error).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(theirs)
    with open(ours) as pipe:
        return pipe.read()


def test_a_place_without_permission() -> None:
    """Who may not write is told so, and nothing changes: a new directory, and one that is there."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        write_directory(str(place / "out"), files(ONE))
        for folder in (place, place / "out", place / "out" / "resources", place / "out" / "istio"):
            folder.chmod(0o555)
        before = everything(place)
        for directory in (place / "new", place / "out"):
            assert "Permission denied\n  next: nothing was changed; check who owns" in said_to_nobody(directory)
        assert everything(place) == before
        for folder in (place, *place.rglob("*/")):
            folder.chmod(0o755)


def test_a_file_that_may_not_be_changed(tmp_path: Path) -> None:
    """An immutable file (chattr +i) in the middle: what was replaced before it is put back."""
    out = tmp_path / "out"
    write_directory(str(out), files(ONE))
    marked = subprocess.run(["chattr", "+i", out / "kustomization.yaml"], capture_output=True, text=True, check=False)
    if marked.returncode:
        pytest.skip(f"cannot make a file immutable: {marked.stderr.strip()}")
    try:
        before = everything(out)
        with pytest.raises(CannotWrite, match=r"(?s)Operation not permitted.*nothing was changed; .*lsattr"):
            write_directory(str(out), files(TWO))
        assert everything(out) == before
    finally:
        subprocess.run(["chattr", "-i", out / "kustomization.yaml"], check=True)


def test_a_file_that_cannot_be_written_whole(tmp_path: Path) -> None:
    """The limit of a file's size, as `ulimit -f` sets it."""
    out = tmp_path / "out"
    write_directory(str(out), files(ONE))
    before = everything(out)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(CannotWrite, match="File too large"):
            write_directory(str(out), files(LARGE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything(out) == before
    assert os.listdir(tmp_path) == ["out"]


LONG_AGO = 1_000_000_000
"""Seconds since the epoch, long before this machine was started."""


def cut(path: Path, content: bytes, when: int | None = LONG_AGO) -> None:
    """Leave a file with this content, last written at a time; None for now."""
    path.write_bytes(content)
    if when is not None:
        os.utime(path, (when, when))


@pytest.mark.parametrize("left", [b"", b"a:", b"\0" * 5, b"a: \0\0"], ids=["empty", "cut", "zeros", "cut and zeros"])
@pytest.mark.parametrize("lost", [False, True], ids=["the inventory stayed", "and the inventory"])
def test_what_a_power_loss_left_is_completed(tmp_path: Path, left: bytes, lost: bool) -> None:
    """A file that has not all of its content, in a directory that was written before the machine was started."""
    out = tmp_path / "out"
    write_directory(str(out), files(ONE))
    cut(out / "resources" / "01-a.yaml", left)
    if lost:
        cut(out / INVENTORY, b"")
    assert write_directory(str(out), files(ONE))
    assert ours(out) == ONE
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", INVENTORY], cwd=out, check=True)


def test_an_empty_file_of_before_a_power_loss_is_removed(tmp_path: Path) -> None:
    """One that the next render no longer has."""
    out = tmp_path / "out"
    write_directory(str(out), files(ONE))
    cut(out / "resources" / "02-b.yaml", b"")
    write_directory(str(out), files(TWO))
    assert ours(out) == TWO


@pytest.mark.parametrize(
    ("content", "when"),
    [(b"", None), (b"a:", None), (b"b: 1\n", LONG_AGO), (b"a: 1\na: 1\n", LONG_AGO), (b"a: 1\n\0\0", LONG_AGO)],
    ids=["emptied now", "cut now", "edited long ago", "longer", "longer by zeros"],
)
def test_what_was_edited_is_no_power_loss(tmp_path: Path, content: bytes, when: int | None) -> None:
    """It is refused, and stays."""
    out = tmp_path / "out"
    write_directory(str(out), files(ONE))
    cut(out / "resources" / "01-a.yaml", content, when)
    with pytest.raises(EditedFiles):
        write_directory(str(out), files(ONE))
    assert (out / "resources" / "01-a.yaml").read_bytes() == content
