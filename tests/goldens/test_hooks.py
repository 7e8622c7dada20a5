"""The pre-commit hooks: what they run exists, and does what their names say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from manifestgen.yamlio.reader import read
from tests.support.environments import environment
from tests.support.program import manifestgen

ROOT = Path(__file__).parents[2]
HOOKS = read((ROOT / ".pre-commit-hooks.yaml").read_text())[0]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_what_a_hook_runs_is_a_command(hook: dict[str, str], tmp_path: Path) -> None:
    """Run in the example, where everything is as expected, it succeeds and changes nothing."""
    place = shutil.copytree(ROOT / "examples" / "pytest-golden", tmp_path / "place")
    before = {path: path.read_bytes() for path in place.rglob("*.yaml")}
    program, *words = hook["entry"].split()
    assert program == "manifestgen"
    done = manifestgen(*words, cwd=place)
    assert done.returncode == 0, done.stdout
    assert {path: path.read_bytes() for path in place.rglob("*.yaml")} == before


def test_the_example_names_a_hook_that_there_is() -> None:
    """In its .pre-commit-config.yaml."""
    config = read((ROOT / "examples" / "pytest-golden" / ".pre-commit-config.yaml").read_text())[0]
    assert [hook["id"] for repo in config["repos"] for hook in repo["hooks"]] <= [hook["id"] for hook in HOOKS]


def test_the_hook_of_the_example_runs(tmp_path: Path) -> None:
    """By pre-commit itself: it passes, and fails when a tree is not what is rendered."""
    python = environment("pre-commit", "pre-commit")
    place = shutil.copytree(ROOT / "examples" / "pytest-golden", tmp_path / "place")
    subprocess.run(["git", "init", "--quiet"], cwd=place, check=True)
    subprocess.run(["git", "add", "-A"], cwd=place, check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command: list[str | Path] = [python, "-m", "pre_commit", "run", "--all-files"]
    variables = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, cwd=place, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "golden trees are what is rendered" in done.stdout
    tree = next(place.rglob("*daemonset*.yaml"))
    tree.write_text(tree.read_text().replace("hostNetwork: true", "hostNetwork: false"))
    done = subprocess.run(command, cwd=place, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "hostNetwork" in done.stdout


def test_pre_commit_takes_the_definitions() -> None:
    """By its own check of the format."""
    python = environment("pre-commit", "pre-commit")
    command: list[str | Path] = [python, "-m", "pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"]
    subprocess.run(command, check=True, capture_output=True)
