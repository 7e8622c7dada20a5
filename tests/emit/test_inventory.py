"""An inventory vouches for files that manifestgen wrote, and for nothing else, whatever is written in it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from manifestgen.catalog.loading import shipped_documents
from manifestgen.emit.directory import File, write_directory
from manifestgen.emit.errors import CannotWrite, EditedFiles
from manifestgen.emit.inventory import is_output_path
from manifestgen.errors import ManifestgenError
from tests.support.shared import shared
from tests.support.trees import INVENTORY, content, everything

ONE = {"kustomization.yaml": File("a: 1\n"), "resources/01-a.yaml": File("a: 1\n")}
TWO = {"kustomization.yaml": File("a: 2\n"), "resources/01-b.yaml": File("b: 1\n")}
MINE = "mine: 1\n"
HASH = hashlib.sha256(MINE.encode()).hexdigest()
OTHER = hashlib.sha256(b"").hexdigest()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A directory that holds ONE, and files of the user's in it and beside it."""
    out = tmp_path / "out"
    write_directory(str(out), ONE)
    subprocess.run(["git", "init", "-q", out], check=True)
    for path in ("mine.txt", "mine.yaml", "README.md", ".git/mine.yaml", "folder/mine.yaml", "../beside.yaml"):
        (out / path).parent.mkdir(exist_ok=True)
        (out / path).write_text(MINE)
    resources = out / "resources"
    for path in ("mine.txt", "mine.yaml", ".hidden.yaml"):
        (resources / path).write_text(MINE)
    (resources / "link.yaml").symlink_to("mine.yaml")
    (resources / "out.yaml").symlink_to("../../beside.yaml")
    (resources / "linked").symlink_to("../folder")
    (resources / "above").symlink_to("../..")
    (resources / "empty").mkdir()
    (resources / "dir.yaml").mkdir()
    os.mkfifo(resources / "pipe.yaml")
    return out


FORGED = {
    "a path that leads out": f"{HASH}  ../beside.yaml",
    "a path that leads out from below": f"{HASH}  resources/../../beside.yaml",
    "an absolute path": f"{HASH}  /BESIDE",
    "what Git keeps": f"{HASH}  .git/mine.yaml",
    "a hidden file": f"{HASH}  resources/.hidden.yaml",
    "no manifest": f"{HASH}  resources/mine.txt",
    "a manifest that no layout writes": f"{HASH}  mine.yaml",
    "notes that no layout writes": f"{HASH}  README.md",
    "a manifest in a folder of others": f"{HASH}  folder/mine.yaml",
    "a link": f"{HASH}  resources/link.yaml",
    "a link that leads out": f"{HASH}  resources/out.yaml",
    "below a link": f"{HASH}  resources/linked/mine.yaml",
    "below a link that leads out": f"{HASH}  resources/above/beside.yaml",
    "a folder": f"{OTHER}  resources/dir.yaml",
    "below an empty folder": f"{OTHER}  resources/empty/x.yaml",
    "below a file": f"{OTHER}  resources/mine.yaml/x.yaml",
    "a pipe": f"{OTHER}  resources/pipe.yaml",
    "the directory": f"{OTHER}  .",
    "an empty path": f"{OTHER}  ",
    "no hash": "0  resources/mine.yaml",
    "half a hash": f"{HASH[:32]}  resources/mine.yaml",
    "one space": f"{HASH} resources/mine.yaml",
    "conflict markers": "<<<<<<< HEAD\n=======\n>>>>>>> main",
    "NUL": f"{HASH}  resources/mine\0.yaml",
    "a name that is too long": f"{HASH}  resources/{'n' * 3000}.yaml",
    "not UTF-8": f"{HASH}  resources/\udcff.yaml",
    "very deep": f"{HASH}  resources/{'a/' * 5000}x.yaml",
}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_a_forged_line_changes_nothing(out: Path, line: str, force: bool) -> None:
    """What it names stays as it is, while ours is written; the line is gone afterwards."""
    line = line.replace("/BESIDE", str(out.parent / "beside.yaml"))
    with open(out / INVENTORY, "ab") as file:
        file.write(f"{line}\n".encode(errors="surrogateescape"))
    ours = {"kustomization.yaml", INVENTORY, "resources", "resources/01-a.yaml", "resources/01-b.yaml"}
    place = out.parent
    before = {path: what for path, what in everything(place).items() if path.removeprefix("out/") not in ours}
    before.pop("out")
    write_directory(str(out), TWO, force=force)
    after = everything(place)
    assert {path: after.get(path) for path in before} == before
    assert (out / "kustomization.yaml").read_text() == "a: 2\n"
    assert sorted(line.split("  ")[1] for line in (out / INVENTORY).read_text().splitlines()) == sorted(TWO)


def test_a_line_with_another_files_hash_stops_the_write(out: Path) -> None:
    """A file that it names is not what was written: it is named, and stays."""
    with open(out / INVENTORY, "a") as file:
        file.write(f"{OTHER}  resources/mine.yaml\n")
    before = everything(out)
    with pytest.raises(EditedFiles, match=r"found: resources/mine\.yaml"):
        write_directory(str(out), TWO)
    assert everything(out) == before


def test_two_branches_merged(tmp_path: Path) -> None:
    """Of a merge that kept the lines of both, either side's file is ours."""
    out, other = tmp_path / "out", tmp_path / "other"
    write_directory(str(out), ONE)
    write_directory(str(other), {**TWO, "kustomization.yaml": File("a: 9\n")})
    merged = (out / INVENTORY).read_bytes() + b"=======\n" + (other / INVENTORY).read_bytes()
    (out / INVENTORY).write_bytes(merged)
    (out / "kustomization.yaml").write_text("a: 9\n")
    (out / "resources" / "01-b.yaml").write_text("b: 1\n")
    write_directory(str(out), {"kustomization.yaml": File("a: 3\n")})
    assert content(out) == {"kustomization.yaml": "a: 3\n"}


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder"])
def test_an_inventory_that_is_none(out: Path, kind: str) -> None:
    """A link or a folder of that name is refused, and stays."""
    (out / INVENTORY).unlink()
    if kind == "folder":
        (out / INVENTORY).mkdir()
    else:
        (out / INVENTORY).symlink_to("mine.yaml" if kind == "link" else "nowhere")
    before = everything(out)
    for force in (False, True):
        with pytest.raises(CannotWrite, match=INVENTORY):
            write_directory(str(out), TWO, force=force)
    assert everything(out) == before


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe\x00", b"\n" * 100, b"not an inventory\n"])
def test_an_inventory_that_says_nothing(tmp_path: Path, garbage: bytes) -> None:
    """Files that hold what is to be written are ours all the same; others are not."""
    out = tmp_path / "out"
    write_directory(str(out), ONE)
    (out / INVENTORY).write_bytes(garbage)
    with pytest.raises(ManifestgenError, match=r"kustomization\.yaml"):
        write_directory(str(out), TWO)
    assert content(out) == {path: file.text for path, file in ONE.items()}
    write_directory(str(out), ONE)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", INVENTORY], cwd=out, check=True)


def test_an_inventory_of_the_first_version(tmp_path: Path) -> None:
    """A directory that 0.1 wrote is updated without --force."""
    source = shared("cases/api-server/live/bundle")
    out = tmp_path / "out"
    for path in source.rglob("*"):
        if path.is_file():
            (out / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (out / path.relative_to(source)).write_bytes(path.read_bytes())
    (out / "mine.txt").write_text("mine")
    written = write_directory(str(out), ONE)
    assert content(out) == {**{path: file.text for path, file in ONE.items()}, "mine.txt": "mine"}
    assert "istio/istio-operator.yaml" in written.removed


def test_the_folders_of_extra_files_are_known() -> None:
    """What the catalog has written beside the bundle is ours, too."""
    folders = {entry["folder"] for entry in shipped_documents("catalog.yaml")[0][0]["extraFiles"]}
    assert folders
    for folder in folders:
        assert is_output_path(f"{folder}/some-file.yaml"), folder


def test_other_directories_have_other_files(tmp_path: Path) -> None:
    """Who writes something else than a layout says what; then only that is ever taken for manifestgen's."""
    written = re.compile(r"(?:profile|patches/.+)\.yaml")
    files = {"profile.yaml": File("a: 1\n"), "patches/node.yaml": File("a: 1\n")}
    with pytest.raises(ManifestgenError, match="no layout has such a path"):
        write_directory(str(tmp_path), files)
    write_directory(str(tmp_path), files, written=written)
    (tmp_path / "extra.yaml").write_text(MINE)
    with open(tmp_path / INVENTORY, "a") as file:
        file.write(f"{HASH}  extra.yaml\n")
    write_directory(str(tmp_path), {"profile.yaml": File("a: 2\n")}, written=written)
    assert content(tmp_path) == {"profile.yaml": "a: 2\n", "extra.yaml": MINE}
