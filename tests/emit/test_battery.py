"""Real renders that are killed, that run side by side, into a directory that is a repository: nothing is ever lost.

A few of each in an ordinary test run; hundreds by `make prove`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.program import manifestgen
from tests.support.prove import times
from tests.support.trees import INVENTORY, content, foreign, is_foreign, litter, plant_foreign

KINDS: dict[str, tuple[str, ...]] = {
    "3.9": ("kdd", "--calico", "3.9"),
    "3.32": ("kdd", "--calico", "3.32", "--namespace", "shop"),
    "etcd": ("etcd", "--calico", "3.20"),
    "flat": ("kdd", "--calico", "3.32", "--layout", "flat"),
    "overlay": ("kdd", "--calico", "3.15", "--layout", "overlay"),
}
COMMAND = (sys.executable, "-m", "manifestgen", "render")


def ours(out: Path) -> dict[str, str]:
    """The files of a directory that are not the user's, nor hidden."""
    return {path: text for path, text in content(out).items() if path[0] != "." and not is_foreign(path)}


def folders(out: Path) -> set[str]:
    """The folders in a directory that are not the user's."""
    found = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_dir() and not path.is_symlink()}
    return {path for path in found if not is_foreign(path)}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What each kind of render gives in a directory of its own."""
    place = tmp_path_factory.mktemp("rendered")
    for name, words in KINDS.items():
        done = manifestgen("render", *words, "-o", place / name)
        assert done.returncode == 0, done.stderr
    return {name: place / name for name in KINDS}


def git(out: Path, *words: str) -> str:
    """Git in a directory."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *identity, *words], cwd=out, check=True, capture_output=True, text=True).stdout


def test_any_render_after_any_other_is_as_into_a_new_directory(rendered: dict[str, Path], tmp_path: Path) -> None:
    """To the file and folder, with the same inventory; what others have there stays."""
    out = tmp_path / "out"
    manifestgen("render", *KINDS["3.9"], "-o", out)
    plant_foreign(out)
    before = foreign(out)
    order = [name for one in KINDS for other in KINDS if one < other for name in (one, other)]
    order = times(0, 1) * order or [*KINDS, "3.9"]
    for name in order:
        done = manifestgen("render", *KINDS[name], "-o", out, "--quiet")
        assert done.returncode == 0, done.stderr
        assert ours(out) == ours(rendered[name])
        assert (out / INVENTORY).read_bytes() == (rendered[name] / INVENTORY).read_bytes()
        assert folders(out) - {"resources"} == folders(rendered[name]) - {"resources"}
        assert manifestgen("render", *KINDS[name], "-o", out, "--check", "--quiet").returncode == 0
    assert foreign(out) == before
    git(out, "fsck", "--strict")


def test_killed_at_random(rendered: dict[str, Path], tmp_path: Path) -> None:
    """Whole files at any time; the next render needs no --force; a repository with commits and others' files stay."""
    out = tmp_path / "out"
    manifestgen("render", *KINDS["3.9"], "-o", out)
    plant_foreign(out)
    git(out, "add", "-A")
    git(out, "commit", "-qm", "one")
    git(out, "gc", "-q")
    before = foreign(out)
    texts = [ours(path) for path in rendered.values()]
    chance = random.Random(11)
    killed = 0
    for number in range(times(16, 200)):
        name = chance.choice(list(KINDS))
        with subprocess.Popen([*COMMAND, *KINDS[name], "-o", out], stderr=subprocess.DEVNULL) as process:
            # Most renders are killed while they write: that begins when the hidden folder is there.
            while process.poll() is None and not (out / ".manifestgen.staging").exists():
                pass
            time.sleep(chance.random() * 0.01)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        for path, text in ours(out).items():
            assert any(one.get(path) == text for one in texts), f"{path} is torn after kill {number}"
        assert foreign(out) == before
        if chance.random() < 0.3:
            done = manifestgen("render", *KINDS[name], "-o", out, "--quiet")
            assert done.returncode == 0, done.stderr
            assert ours(out) == ours(rendered[name])
            assert not litter(out)
    assert killed
    manifestgen("render", *KINDS["3.9"], "-o", out)
    assert ours(out) == ours(rendered["3.9"])
    assert not litter(out)
    assert foreign(out) == before
    assert git(out, "status", "--porcelain") == ""
    git(out, "fsck", "--strict")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_stopped_politely(name: str, rendered: dict[str, Path], tmp_path: Path) -> None:
    """Ctrl-C, or the end of a job: the old tree or the new one, whole, and nothing beside it."""
    out = tmp_path / "out"
    manifestgen("render", *KINDS["3.9"], "-o", out)
    plant_foreign(out)
    before = foreign(out)
    chance = random.Random(3)
    for number in range(times(6, 60)):
        kind = ("3.32", "3.9")[number % 2]
        with subprocess.Popen([*COMMAND, *KINDS[kind], "-o", out], stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None and not (out / ".manifestgen.staging").exists():
                pass
            time.sleep(chance.random() * 0.01)
            process.send_signal(signal.Signals[name])
            said = process.communicate()[1]
        # While coverage is measured, the signal may come while coverage writes its data at the end.
        assert "Traceback" not in said or "coverage/control.py" in said
        assert ours(out) in (ours(rendered["3.9"]), ours(rendered["3.32"]))
        assert not litter(out)
        assert foreign(out) == before


def test_side_by_side(rendered: dict[str, Path], tmp_path: Path) -> None:
    """Renders into one directory take turns: all succeed, and the last one's tree is there, whole."""
    for turn in range(times(1, 5)):
        out = tmp_path / str(turn) / "out"
        names = [list(KINDS)[number % 3] for number in range(times(6, 20))]
        running = [
            subprocess.Popen([*COMMAND, *KINDS[name], "-o", out], stderr=subprocess.PIPE, text=True) for name in names
        ]
        for process in running:
            _, said = process.communicate(timeout=300)
            assert process.returncode == 0, said
        assert any(ours(out) == ours(path) for path in rendered.values())
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", INVENTORY], cwd=out, check=True)
        assert not litter(out)


def test_readers_find_whole_files(rendered: dict[str, Path], tmp_path: Path) -> None:
    """What is read at any time while renders replace each other is a file of one of them, whole."""
    out = tmp_path / "out"
    names = ["3.9", "3.32"]
    manifestgen("render", *KINDS["3.9"], "-o", out)
    known = {text for name in names for text in ours(rendered[name]).values()}
    reads = 0
    for number in range(times(6, 60)):
        with subprocess.Popen(
            [*COMMAND, *KINDS[names[(number + 1) % 2]], "-o", out], stderr=subprocess.PIPE
        ) as process:
            while process.poll() is None:
                for folder, _, files in os.walk(out):
                    for file in files:
                        if file.endswith(".yaml"):
                            try:
                                text = (Path(folder) / file).read_text()
                            except FileNotFoundError:
                                continue  # removed since it was listed
                            assert text in known, f"{folder}/{file}"
                            reads += 1
            assert process.returncode == 0
    assert reads


def test_an_update_of_golden_trees_that_is_killed(tmp_path: Path) -> None:
    """Each file is whole, and the next update completes the trees and leaves nothing else behind."""
    matrix = (
        "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n"
        "- {profile: kdd, calico: [v3.9, v3.15, v3.20, v3.27], variants: {a: {mtu: MTU}, b: {mtu: MTU}, c: {mtu: MTU}},"
        " components: [config, node]}\n"
    )
    golden = tmp_path / "golden"
    golden.mkdir()
    texts: list[dict[str, str]] = []
    for mtu in ("1440", "1500"):
        (golden / "matrix.yaml").write_text(matrix.replace("MTU", mtu))
        assert manifestgen("golden", "update", cwd=tmp_path).returncode == 0
        texts.append(content(golden))
        shutil.copytree(golden, tmp_path / mtu)
    chance = random.Random(5)
    for number in range(times(6, 60)):
        mtu = ("1440", "1500")[number % 2]
        (golden / "matrix.yaml").write_text(matrix.replace("MTU", mtu))
        with subprocess.Popen(
            [sys.executable, "-m", "manifestgen", "golden", "update"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(0.1 + chance.random() * 0.4)
            process.send_signal(signal.SIGKILL)
        for folder, _, files in os.walk(golden):  # workers may still be at their last tree
            for file in files:
                path = str((Path(folder) / file).relative_to(golden))
                if ".manifestgen.staging" not in path and path != "matrix.yaml":
                    assert (golden / path).read_text() in {one.get(path) for one in texts}, path
    done = manifestgen("golden", "update", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert content(golden) == content(tmp_path / mtu)
    assert not list(golden.rglob(".*"))
