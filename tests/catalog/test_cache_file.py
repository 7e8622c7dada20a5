"""Cache files are read where only a trusted user can have written them, and never written through a link."""

from __future__ import annotations

import marshal
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from manifestgen.catalog import cache_file

if TYPE_CHECKING:
    from collections.abc import Iterator

FORM = b"a form 1\n"
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


def loaded(file: Path, form: bytes = FORM) -> bytes | None:
    """The payload of a cache file, if it is believed."""
    found = cache_file.load(str(file), form)
    return None if found is None else bytes(found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A `__pycache__` with one cache file."""
    made = tmp_path / "__pycache__"
    assert cache_file.made(str(made))
    assert cache_file.save(str(made / "one"), FORM, b"payload")
    return made


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A process that leaves everything it makes open to all."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_what_is_saved_is_loaded(folder: Path) -> None:
    """The payload, in a file of its own, with nothing left beside it."""
    assert loaded(folder / "one") == b"payload"
    assert os.listdir(folder) == ["one"]
    assert loaded(folder / "one", b"a form 2\n") is None
    assert loaded(folder / "two") is None


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_can_write_is_not_believed(folder: Path, mode: int) -> None:
    """Whatever its content, and whoever owns it; what is written over it is believed."""
    (folder / "one").chmod(mode)
    assert loaded(folder / "one") is None
    assert cache_file.save(str(folder / "one"), FORM, b"other")
    assert loaded(folder / "one") == b"other"


@as_root
@pytest.mark.parametrize("linked", [False, True])
def test_a_file_of_another_user_is_not_believed(folder: Path, tmp_path: Path, *, linked: bool) -> None:
    """Nor behind a link that is put in its place."""
    (folder / "one").rename(tmp_path / "planted")
    os.chown(tmp_path / "planted", NOBODY, NOBODY)
    if linked:
        (folder / "one").symlink_to(tmp_path / "planted")
    else:
        (tmp_path / "planted").rename(folder / "one")
    assert loaded(folder / "one") is None


def test_what_is_no_regular_file_is_not_waited_for(folder: Path) -> None:
    """A named pipe that nobody writes, a directory, a device."""
    os.mkfifo(folder / "pipe")
    (folder / "below").mkdir()
    (folder / "device").symlink_to("/dev/zero")
    for name in ("pipe", "below", "device"):
        assert loaded(folder / name) is None


@pytest.mark.usefixtures("open_umask")
def test_no_umask_opens_it_to_others(tmp_path: Path) -> None:
    """Neither a folder nor a file that is made."""
    below = tmp_path / "__pycache__" / "renders"
    assert cache_file.made(str(below))
    assert cache_file.save(str(below / "one"), FORM, b"payload")
    for path in (below.parent, below, below / "one"):
        assert not path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH), path
    assert loaded(below / "one") == b"payload"


def test_a_folder_of_ours_is_closed_to_others(folder: Path) -> None:
    """As an older version, or a umask of 002, left it."""
    folder.chmod(0o777)
    assert cache_file.made(str(folder))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@as_root
def test_nothing_is_written_where_another_user_rules(folder: Path) -> None:
    """Neither into a folder of theirs nor below it."""
    os.chown(folder, NOBODY, NOBODY)
    folder.chmod(0o777)
    assert not cache_file.made(str(folder))
    assert not cache_file.made(str(folder / "renders"))
    assert not (folder / "renders").exists()


def test_no_link_is_written_through(folder: Path, tmp_path: Path) -> None:
    """Neither one in the place of the folder nor one in that of the file about to be written."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "renders").symlink_to(elsewhere)
    assert not cache_file.made(str(folder / "renders"))
    (elsewhere / "precious").write_text("precious")
    (folder / f"one.{os.getpid()}").symlink_to(elsewhere / "precious")
    assert not cache_file.save(str(folder / "one"), FORM, b"other")
    assert (elsewhere / "precious").read_text() == "precious"
    assert loaded(folder / "one") == b"payload"
    assert cache_file.save(str(folder / "one"), FORM, b"other")  # what was left there is gone


def test_a_full_disk_leaves_nothing_behind(folder: Path) -> None:
    """The file of before stays, and no half of the new one."""
    code = (
        "import resource, signal, sys\nfrom manifestgen.catalog import cache_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        f"sys.exit(cache_file.save(sys.argv[1], {FORM!r}, bytes(1000)))"
    )
    subprocess.run([sys.executable, "-c", code, str(folder / "one")], check=True)
    assert os.listdir(folder) == ["one"]
    assert loaded(folder / "one") == b"payload"


@as_root
def test_no_render_reads_what_another_user_planted(tmp_path: Path) -> None:
    """Every kind of cache, with payloads that end the process when they are read, and hashes that are right."""
    evil = tmp_path / "evil"
    package = tmp_path / "manifestgen"
    subprocess.run(
        ["cp", "-rL", str(Path(cache_file.__file__).parents[1]), str(package)], check=True, capture_output=True
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "manifestgen", "render", "kdd", "--calico", "3.20", "-o"]
    subprocess.run(["rm", "-rf", str(package / "profiles" / "__pycache__")], check=True)
    subprocess.run([*command, "one"], check=True, env=environment, cwd=tmp_path, capture_output=True)
    planted = [path for path in (package / "profiles" / "__pycache__").rglob("*") if path.is_file()]
    assert {path.parent.name.partition(".")[0] for path in planted} == {"__pycache__", "renders", "results"}
    pickle = b"cposix\nsystem\n(S'touch " + str(evil).encode() + b"'\ntR."
    for path in planted:
        form = path.read_bytes().partition(b"\n")[0] + b"\n"
        payload = pickle if path.suffix == ".pickle" else marshal.dumps("evil")
        path.write_bytes(form + cache_file.hashed(payload) + payload)
        os.chown(path, NOBODY, NOBODY)
    done = subprocess.run([*command, "two"], check=False, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not evil.exists()
    assert subprocess.run(["diff", "-r", "one", "two"], cwd=tmp_path, check=False).returncode == 0
