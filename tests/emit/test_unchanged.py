"""Whether a directory already is as it should be, found out without a lock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from manifestgen.emit.directory import File, inventory_of, write_directory
from manifestgen.emit.unchanged import is_written
from tests.support.trees import INVENTORY

FILES = {
    "resources/01-a.yaml": File("a: 1\n"),
    "resources/02-secret.yaml": File("b: 1\n", 0o600),
    "overlays/x/patches/y.yaml": File("y: 1\n" * 30_000),
    "NOTES.md": File(""),
}
EXPECTED = {
    INVENTORY: (inventory_of(FILES), 0o644),
    **{path: (file.text.encode(), file.mode) for path, file in FILES.items()},
}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A directory that was written, with a file of somebody else."""
    out = tmp_path / "out"
    write_directory(str(out), FILES)
    (out / "mine.txt").write_text("mine")
    return out


def test_a_written_directory_is_known(out: Path) -> None:
    """Also through a link to it; and the check leaves no descriptor open."""
    before = os.listdir("/proc/self/fd")
    assert is_written(str(out), EXPECTED)
    (out.parent / "link").symlink_to(out)
    assert is_written(str(out.parent / "link"), EXPECTED)
    assert not is_written(str(out.parent / "none"), EXPECTED)
    assert len(os.listdir("/proc/self/fd")) == len(before)


def replaced_by_link(path: Path) -> None:
    """The same content behind a link."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def folder_behind_a_link(path: Path) -> None:
    """The same files behind a link to their folder."""
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.symlink_to("elsewhere")


def replaced_by_folder(path: Path) -> None:
    """A folder of that name."""
    path.unlink()
    path.mkdir()


def replaced_by_pipe(path: Path) -> None:
    """A pipe that nobody writes into."""
    path.unlink()
    os.mkfifo(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda path: path.write_text(path.read_text().replace("1", "2")),
    "longer": lambda path: path.write_text(path.read_text() + " "),
    "shorter": lambda path: path.write_text(path.read_text()[:-1]),
    "gone": lambda path: path.unlink(),
    "a link": replaced_by_link,
    "in a folder that is a link": folder_behind_a_link,
    "a folder": replaced_by_folder,
    "a pipe": replaced_by_pipe,
}


@pytest.mark.parametrize("path", ["resources/01-a.yaml", "overlays/x/patches/y.yaml"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_any_change_is_noticed(out: Path, path: str, change: Callable[[Path], object]) -> None:
    """Whatever a file has become."""
    change(out / path)
    assert not is_written(str(out), EXPECTED)


def test_what_a_writer_would_still_do_is_noticed(out: Path) -> None:
    """Another inventory, a secret that others can read, and what a killed writer has left."""
    (out / "resources" / "02-secret.yaml").chmod(0o644)
    assert not is_written(str(out), EXPECTED)
    write_directory(str(out), FILES)
    assert is_written(str(out), EXPECTED)
    (out / ".manifestgen.staging").mkdir()
    assert not is_written(str(out), EXPECTED)
    (out / ".manifestgen.staging").rmdir()
    write_directory(str(out), {**FILES, "resources/03-c.yaml": File("c: 1\n")})
    assert not is_written(str(out), EXPECTED)
    shutil.rmtree(out)
    assert not is_written(str(out), EXPECTED)
