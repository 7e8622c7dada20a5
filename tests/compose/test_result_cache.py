"""What is kept on disk changes no render: it is used, noticed to be old or broken, and holds no value of the user's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import manifestgen

RENDERS = (("kdd", "--calico", "3.9"), ("etcd", "--calico", "3.5"), ("flannel", "--calico", "3.32"))
SECRET = "hunter2-hunter2"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with a copy of the package, its data beside it, and nothing kept yet."""
    source = Path(manifestgen.__file__).parent
    left_out = shutil.ignore_patterns("__pycache__", "authz")
    shutil.copytree(source, tmp_path / "manifestgen", symlinks=False, ignore=left_out)
    return tmp_path


def render(package: Path, *words: str) -> str:
    """What a process prints with the copy."""
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-s", "-m", "manifestgen", "render", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=package)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept(package: Path) -> list[Path]:
    """The results on disk."""
    return sorted((package / "manifestgen" / "profiles" / "__pycache__").glob("results.*/*.pickle"))


def test_a_kept_result_gives_the_same_bytes(package: Path) -> None:
    """The first process writes it, the second reads it, and a process of another copy agrees."""
    for words in RENDERS:
        first = render(package, *words)
        files = {file: file.read_bytes() for file in kept(package)}
        assert files
        assert render(package, *words) == first
        assert {file: file.read_bytes() for file in kept(package)} == files
        assert first == manifestgen.render(words[0], calico=words[2]).to_yaml()


def test_a_change_of_data_or_code_is_noticed(package: Path) -> None:
    """Of a release's patch, of a parameter's default, and of a module; what was kept before is removed."""
    words = ("kdd", "--calico", "3.9")
    before = render(package, *words)
    old = kept(package)
    release = package / "manifestgen" / "profiles" / "releases" / "v3.8.yaml"
    release.write_text(release.read_text().replace("system-node-critical", "system-cluster-critical"))
    assert render(package, *words) == before.replace("system-node-critical", "system-cluster-critical")
    assert not set(old) & set(kept(package))
    code = package / "manifestgen" / "compose" / "release_images.py"
    code.write_text(code.read_text().replace('return f"v{version}"', 'return f"w{version}"'))
    assert ":w3.9.6" in render(package, *words)


def test_a_broken_result_is_made_again(package: Path) -> None:
    """Whatever became of its bytes."""
    words = RENDERS[0]
    right = render(package, *words)
    for broken in (b"", b"manifestgen results 1\n", b"\x80\x05N."):
        for file in kept(package):
            file.write_bytes(broken)
        assert render(package, *words) == right
    for file in kept(package):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    assert render(package, *words) == right


def test_nothing_is_kept_where_nothing_can_be_written(package: Path) -> None:
    """A folder that is a file stands for a read-only install, which root could write."""
    (package / "manifestgen" / "profiles" / "__pycache__").write_text("")
    words = RENDERS[0]
    assert render(package, *words) == render(package, *words) == manifestgen.render(words[0], calico=words[2]).to_yaml()


def test_no_value_of_the_users_is_kept(package: Path) -> None:
    """Of parameters, however they are given."""
    shown = render(
        package,
        *("kdd", "--calico", "3.9", "--set", f"dikastes_env=A={SECRET}", "--set", "felix_log_level=debug"),
    )
    assert SECRET in shown
    assert kept(package)
    assert not [file for file in kept(package) if SECRET.encode() in file.read_bytes()]


def test_a_process_that_renders_much_keeps_little(package: Path) -> None:
    """Results of a fleet are in memory; the disk is for those who render once."""
    code = (
        "import manifestgen\n"
        "for release in manifestgen.releases()[:12]:\n"
        "    for profile in ('kdd', 'flannel', 'policy-only'):\n"
        "        manifestgen.render(profile, calico=release.version)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(package)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=package)
    assert 0 < len(kept(package)) <= 8
