"""What surrounds the code: the CI matrix, hooks of our own repository, make targets, benchmarks."""

from __future__ import annotations

import configparser
import re
import subprocess

import yaml

from tests.support.environments import ROOT, environment

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"(?m)^([a-z]+):", MAKEFILE))


def test_ci_runs_every_python_that_is_promised() -> None:
    """The classifiers, python_requires and the matrix name the same versions."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    promised = re.findall(r"Python :: (3\.\d+)", config["metadata"]["classifiers"])
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text())
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == promised
    assert config["options"]["python_requires"] == f">={promised[0]}"


def test_ci_runs_what_contributors_run() -> None:
    """Every command of the workflow is a make target."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text())
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert {"make test", "make coverage"} <= set(commands) <= {f"make {target}" for target in TARGETS}


def test_every_target_that_is_declared_has_a_rule() -> None:
    """`make bench` must not succeed because nothing has to be done."""
    declared = re.search(r"(?m)^\.PHONY: (.*)$", MAKEFILE)
    assert declared
    assert set(declared[1].split()) == TARGETS


def test_pre_commit_takes_our_own_hooks() -> None:
    """By its own check of the format."""
    python = environment("pre-commit", "pre-commit")
    command = [str(python), "-m", "pre_commit", "validate-config", str(ROOT / ".pre-commit-config.yaml")]
    subprocess.run(command, check=True, capture_output=True)


def test_every_benchmark_is_described() -> None:
    """The table of benchmarks/README.md has one row for each program, and no other."""
    text = (ROOT / "benchmarks" / "README.md").read_text()
    described = re.findall(r"(?m)^\| `python benchmarks/(\w+\.py)` \|", text)
    assert sorted(described) == sorted(path.name for path in (ROOT / "benchmarks").glob("*.py"))
