"""What docs/golden.md shows is what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from manifestgen.goldens.matrix import read_matrix
from manifestgen.yamlio.reader import read
from tests.difference.data import cases, difference

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "golden.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)


def test_the_matrix_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With as many trees as it says, and every member that an entry may have."""
    text = next(text for kind, text in BLOCKS if kind == "yaml" and "GoldenMatrix" in text)
    monkeypatch.chdir(tmp_path)
    Path("golden").mkdir()
    Path("golden/matrix.yaml").write_text(text)
    names = [tree.name for tree in read_matrix("golden/matrix.yaml").trees]
    assert len(names) == 2 * 2 * 2 + 1
    assert names[0] == "v3.9/kdd-istio-1.1-kubernetes-1.15-production"
    assert names[-1] == "v3.9/edge-plain"


def test_the_hook_is_one_that_there_is() -> None:
    """By its id."""
    text = next(text for kind, text in BLOCKS if kind == "yaml" and "hooks:" in text)
    hooks = {hook["id"] for hook in read((ROOT / ".pre-commit-hooks.yaml").read_text())[0]}
    assert {hook["id"] for repo in read(text)[0]["repos"] for hook in repo["hooks"]} <= hooks


def test_every_member_of_the_json_is_named() -> None:
    """Whatever the difference."""
    section = TEXT[TEXT.index("### JSON\n") : TEXT.index("### JSON Patch")]
    named = set(re.findall(r"`(\w+)`", section))
    for case in cases("differences.yaml"):
        found = json.loads(difference(case["left"], case["right"]).to_json())
        members = set(found) | set(found["summary"])
        for one in found["objects"]:
            members |= set(one)
            for field in one["fields"]:
                members |= set(field) | set(field.get("left", {})) | {field["change"]}
        assert members <= named, case["name"]
