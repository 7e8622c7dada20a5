"""What a release promises: the names of the one before, one version everywhere, and addresses that a reader can use."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

import manifestgen
from tests.project.former_names import BEGIN, CHANGELOG, END, former, lost

ROOT = Path(__file__).parents[2]
DOCUMENTED = {
    "manifestgen.authz.client": ("AuthorizationClient",),
    "manifestgen.authz.rules": ("PathMatch", "Rule", "Rules"),
    "manifestgen.authz.server": ("serving",),
}
"""What the documentation of 0.1 had programs import beside `manifestgen` itself."""


def section() -> str:
    """The part of the changelog about former names."""
    text = CHANGELOG.read_text()
    return text.partition(BEGIN)[2].partition(END)[0]


def test_documented_names_of_the_release_before_are_where_they_were() -> None:
    """A program that kept to the documentation runs unchanged."""
    assert set(former()["manifestgen"]) >= {"render", "diff", "inject", "load", "Bundle", "ManifestgenError"}
    for name in former()["manifestgen"]:
        assert hasattr(manifestgen, name)
    for module, names in DOCUMENTED.items():
        assert set(names) <= set(former()[module])
        for name in names:
            assert hasattr(importlib.import_module(module), name), f"{module}.{name}"


def test_every_other_name_is_there_or_in_the_changelog() -> None:
    """`python -m tests.project.former_names` writes the list again."""
    listed = dict(re.findall(r"^- `(manifestgen[\w.]*)`: (.*)$", section(), flags=re.MULTILINE))
    missing = [
        f"{module}: {name}"
        for module, names in lost().items()
        for name in names
        if f"`{name}`" not in listed.get(module, "")
    ]
    assert missing == []


def test_what_the_changelog_says_of_a_name_is_true() -> None:
    """A name is where the list says that it is now."""
    claims = re.findall(r"((?:`\w+`(?:, )?)+) now in `([\w.]+)`", section())
    assert len(claims) > 40
    for names, home in claims:
        module = importlib.import_module(home)
        for name in re.findall(r"`(\w+)`", names):
            assert hasattr(module, name), f"{home}.{name}"


def test_the_version_is_the_newest_of_the_changelog() -> None:
    """And a section for what comes next is above it."""
    headings = re.findall(r"^## \[(.*?)\](?: - (\d{4}-\d\d-\d\d))?$", CHANGELOG.read_text(), flags=re.MULTILINE)
    assert [name for name, _ in headings[:3]] == ["Unreleased", manifestgen.__version__, "0.1.0"]
    assert headings[1][1]


def test_no_address_is_told_that_does_not_exist() -> None:
    """There is no public repository and no tag: what a reader is told to fetch must be there."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not tracked:
        pytest.skip("this is not a Git checkout")
    found = []
    for name in tracked.split("\0"):
        path = ROOT / name
        if (
            path.suffix in {".md", ".yaml", ".yml", ".cfg", ".toml", ".py"}
            and path.is_file()
            and path != Path(__file__)
        ):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(r"github\.com/manifestgen|pypi\.org/project/manifestgen|rev: v\d", line):
                    found.append(f"{name}:{number}: {line.strip()}")
    assert found == []
