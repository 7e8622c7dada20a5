"""What is said of a golden tree that is not as expected, and what an update does to it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from manifestgen.emit.errors import CannotWrite
from manifestgen.goldens.report import to_text
from manifestgen.goldens.run import RunResult
from manifestgen.goldens.tree import check_bundle, update_bundle
from tests.goldens.data import TABLE, bundle, edit, plant

CASES = TABLE["cases"]
named = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A golden tree as expected, in the working directory."""
    monkeypatch.chdir(tmp_path)
    plant(Path("golden"))
    return Path("golden")


def said(directory: Path) -> str:
    """What a check of one tree prints."""
    return to_text(RunResult((check_bundle(str(directory), bundle()),)))


@named
def test_a_check_reads_as_the_table_says(case: dict[str, Any], golden: Path) -> None:
    """Word for word."""
    edit(golden, case["edits"])
    assert said(golden) == case["text"]
    for secret in ("b25lIHNlY3JldA", "dHdvIHNlY3JldHM"):
        assert secret not in case["text"]


ACCEPTED = (
    ("! missing", "+ written", "missing", "written"),
    ("! stale", "- removed", "stale", "removed"),
    ("! unreadable", "~ replaced", "unreadable", "replaced"),
    ("! formatting", "~ rewritten", "formatted otherwise", "rewritten"),
    ("! changed", "~ rewritten", "changed", "rewritten"),
)
"""How a check marks a file and counts it, and how an update does."""


@named
def test_an_update_accepts_what_the_check_said(case: dict[str, Any], golden: Path) -> None:
    """It reports the same as done, and afterwards nothing differs, but for files that are not manifestgen's."""
    edit(golden, case["edits"])
    found = update_bundle(str(golden), bundle())
    expected = case["text"]
    for check, update, file, done in ACCEPTED:
        kept = r"(?!.*notes\.txt)" if check == "! stale" else ""
        expected = re.sub(rf"(?m)^{re.escape(check)} {kept}", f"{update} ", expected)
        expected = re.sub(rf"\b1 (file|tree) {file}\b", rf"1 \1 {done}", expected)
    expected = expected.replace("2 files stale", "1 file stale, 1 file removed")  # one of them is not manifestgen's
    assert to_text(RunResult((found,))) == expected
    assert found.left == (("golden/notes.txt",) if "notes.txt" in case["edits"] else ())
    Path("golden/notes.txt").unlink(missing_ok=True)
    assert said(golden) == "1 golden tree as expected\n"


def test_an_update_touches_only_what_differs(golden: Path) -> None:
    """The other files keep their modification times."""
    edit(golden, {"resources/03-configmap-calico-config.yaml": {"replace": ["1440", "1500"]}})
    files = sorted(path for path in golden.rglob("*") if path.is_file())
    for path in files:
        os.utime(path, (1, 1))
    update_bundle(str(golden), bundle())
    written = [path.name for path in files if path.stat().st_mtime != 1]
    assert written == ["03-configmap-calico-config.yaml"]


def test_an_update_leaves_no_empty_directory_behind(golden: Path) -> None:
    """A stale file goes, and with it the directory that held nothing else."""
    edit(golden, {"kustomization.yaml": {"remove": True}})
    (golden / "istio").mkdir()
    (golden / "istio" / "values.yaml").write_text("a: b\n")
    update_bundle(str(golden), bundle())
    assert sorted(path.name for path in golden.iterdir()) == ["kustomization.yaml", "resources"]


def test_a_file_in_the_way_is_an_error_that_names_it(golden: Path) -> None:
    """Not a traceback, and what was updated before it stays."""
    edit(golden, {"resources/03-configmap-calico-config.yaml": {"remove": True}})
    (golden / "resources" / "03-configmap-calico-config.yaml").mkdir()
    assert "! missing golden/resources/03-configmap-calico-config.yaml" in said(golden)
    with pytest.raises(CannotWrite, match="03-configmap-calico-config"):
        update_bundle(str(golden), bundle())
    assert not list(golden.rglob("*.new"))


def test_a_file_that_is_not_text_is_a_difference(golden: Path) -> None:
    """Whatever its bytes are."""
    (golden / "kustomization.yaml").write_bytes(b"\xff\x00\n")
    (golden / "resources" / "01-serviceaccount-calico-node.yaml").write_bytes(b"\xff\xfe")
    text = said(golden)
    assert "! unreadable golden/resources/01-serviceaccount-calico-node.yaml" in text
    assert r"- \xff\u0000" in text
