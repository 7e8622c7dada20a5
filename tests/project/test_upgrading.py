"""The page for users of 0.1 names whatever is rendered differently: 0.1 is taken from the history, and asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import manifestgen

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "upgrading-from-0.1.md").read_text()
FORMER = "d073867"
"""The commit that 0.1 was."""

CALLS: dict[str, dict[str, object]] = {
    "kdd-3.2": {"profile": "kdd", "calico": "3.2"},
    "etcd-3.9": {"profile": "etcd", "calico": "3.9"},
    "kdd-3.9-egress": {"profile": "kdd", "calico": "3.9", "components": ["policy", "pilot-egress"]},
    "flannel-3.14": {"profile": "flannel", "calico": "3.14"},
    "policy-only-3.27": {"profile": "policy-only", "calico": "3.27"},
    "kdd-3.32": {"profile": "kdd", "calico": "3.32"},
    "kdd-3.32-argo": {"profile": "kdd", "calico": "3.32", "argo": True},
    "kdd-3.27-config": {"profile": "kdd", "calico": "3.27", "components": ["node", "config"], "values": {"mtu": 1400}},
}
SCRIPT = """
import json, sys, manifestgen
assert manifestgen.__version__ == "0.1.0", manifestgen.__file__
for name, call in json.loads(sys.argv[1]).items():
    manifestgen.render(call.pop("profile"), **call).write(f"{sys.argv[2]}/{name}")
"""


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What 0.1 renders."""
    place = tmp_path_factory.mktemp("former")
    archive = subprocess.run(
        ["git", "archive", FORMER, "manifestgen", "profiles"], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip("0.1 is not in the history of this checkout")
    subprocess.run(["tar", "-x", "-C", place], input=archive.stdout, check=True)
    variables = {**os.environ, "PYTHONPATH": str(place)}
    call = [sys.executable, "-c", SCRIPT, json.dumps(CALLS), str(place / "out")]
    done = subprocess.run(call, cwd=place, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place / "out"


@pytest.mark.parametrize("name", CALLS)
def test_every_difference_is_on_the_page(name: str, former: Path, tmp_path: Path) -> None:
    """The object by its kind or name, and the member that differs."""
    call = dict(CALLS[name])
    profile = str(call.pop("profile"))
    manifestgen.render(profile, **call).write(tmp_path / "out")  # type: ignore[arg-type]
    found = json.loads(manifestgen.diff(former / name, tmp_path / "out").to_json())
    assert found["objects"], "the two render the same, and this shows nothing"
    for one in found["objects"]:
        kind, _, path = one["id"].partition(" ")
        words = {kind.rpartition("/")[2], path.rpartition("/")[2]}
        assert any(word in PAGE for word in words), one["id"]
        for field in one["fields"]:
            assert any(is_named(member) for member in members(field)), (one["id"], field["path"])


def members(field: dict[str, Any]) -> list[str]:
    """What a field can go by: its own name, that of the list that it is an item of, or its members."""
    names = [token.replace("~1", "/") for token in field["path"].split("/")]
    value = field.get("right", {}).get("value")
    return [names[-1] if not names[-1].isdigit() else names[-2], *(value if isinstance(value, dict) else ())]


def is_named(member: str) -> bool:
    """Whether the page has a name in code."""
    return f"`{member}`" in PAGE or f"`{member}:" in PAGE


@pytest.mark.parametrize("name", CALLS)
def test_every_file_that_came_or_went_is_on_the_page(name: str, former: Path, tmp_path: Path) -> None:
    """By its directory, or by the object in it."""
    call = dict(CALLS[name])
    profile = str(call.pop("profile"))
    manifestgen.render(profile, **call).write(tmp_path / "out")  # type: ignore[arg-type]
    files = [
        {re.sub(r"\d\d-", "", str(path.relative_to(place))) for path in place.rglob("*") if path.is_file()}
        for place in (former / name, tmp_path / "out")
    ]
    for path in files[0] ^ files[1]:
        directory, _, file = path.rpartition("/")
        stem = file.removesuffix(".yaml").partition("-")[2]
        assert f"`{directory}/" in PAGE or f"`{stem}`" in PAGE, path


def test_the_options_that_keep_the_old_output_are_there() -> None:
    """Each is one of `render`, or of a matrix."""
    done = subprocess.run(
        [sys.executable, "-m", "manifestgen", "render", "--help"], capture_output=True, text=True, check=True
    )
    for option in set(re.findall(r"`(--[a-z-]+)", PAGE)) - {"--version", "--format", "--force"}:
        assert option in done.stdout, option
    parameters = (ROOT / "docs" / "parameters.md").read_text()
    for name in re.findall(r"--set (\w+)=", PAGE):
        assert f"`{name}`" in parameters
