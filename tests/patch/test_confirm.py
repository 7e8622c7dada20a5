"""The independent library's opinion on every JSON Patch that is handed out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.loading import install_profiles
from manifestgen.patch.confirm import PatchNotConfirmed, confirm
from tests.support.program import manifestgen as run
from tests.support.shared import shared

FOLDER = shared("suites/json-patch")
GIVING = [
    pytest.param(case, id=f"{name}-{number}")
    for name in ("tests", "spec_tests")
    for number, case in enumerate(json.loads((FOLDER / f"{name}.json").read_text()))
    if "expected" in case and not case.get("disabled")
]
POD: dict[str, Any] = {"spec": {"hostNetwork": True, "containers": [{"name": "a", "token": "hunter2"}]}}

FORGETFUL = """
import jsonpatch

class Forgetful(jsonpatch.JsonPatch):
    def apply(self, obj, in_place=False):
        self.patch.pop()
        return super().apply(obj, in_place)

jsonpatch.JsonPatch = Forgetful
"""


@pytest.mark.parametrize("case", GIVING)
def test_what_rfc_6902_gives_is_confirmed(case: dict[str, Any]) -> None:
    """The cases of the public suite that give a document, and none of them for another document."""
    confirm(case["doc"], case["patch"], case["expected"], what="a case")
    with pytest.raises(PatchNotConfirmed):
        confirm(case["doc"], case["patch"], [case["expected"]], what="a case")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "replace", "path": "/spec/hostNetwork", "value": 1}, POD),
        ({"op": "replace", "path": "/spec/hostNetwork", "value": "true"}, POD),
        ({"op": "remove", "path": "/spec/containers/0/token"}, POD),
        ({"op": "add", "path": "/spec/containers/0", "value": {"name": "b"}}, POD),
        ({"op": "remove", "path": "/spec/containers/1"}, POD),
        ({"op": "add", "path": "/status/phase", "value": ""}, POD),
        ({"op": "add", "path": "spec", "value": ""}, POD),
    ],
)
def test_a_patch_that_gives_something_else_is_our_fault(operation: dict[str, Any], expected: Any) -> None:
    """It is refused with exit status 3, by name, and shows nothing of the document."""
    with pytest.raises(PatchNotConfirmed, match="the patch of Pod a") as caught:
        confirm(POD, [operation], expected, what="the patch of Pod a")
    assert caught.value.exit_status == 3
    assert "hunter2" not in str(caught.value)


def test_nothing_is_shared_with_the_library() -> None:
    """A value that one operation adds and the next one changes is still the caller's own."""
    added: dict[str, Any] = {"list": []}
    patch: list[dict[str, Any]] = [
        {"op": "add", "path": "/a", "value": added},
        {"op": "add", "path": "/a/list/0", "value": 1.0},
    ]
    confirm({}, patch, {"a": {"list": [1]}}, what="a patch")
    assert added == {"list": []}


@pytest.mark.parametrize("profile", install_profiles())
@pytest.mark.parametrize("calico", ["3.2", "3.9", "3.27", "3.32"])
def test_the_exported_overlays_of_what_is_shipped_are_confirmed(profile: str, calico: str, tmp_path: Path) -> None:
    """Published and corrected, with a value in a document in a string and a label everywhere."""
    values = {"etcd_endpoints": "https://10.0.0.1:2379"} if profile == "etcd" else {}
    for published in (False, True):
        bundle = manifestgen.render(profile, calico=calico, values=values, labels={"a": "b"}, published=published)
        bundle.write(tmp_path / str(published), layout="overlay")
        assert list((tmp_path / str(published)).glob("overlays/*/patches/*.yaml"))


def test_a_library_that_disagrees_stops_the_command_with_status_3(tmp_path: Path) -> None:
    """Nothing is printed or written but the fault; the library is the real one, but for one operation it forgets."""
    (tmp_path / "sitecustomize.py").write_text(FORGETFUL)
    left, right = tmp_path / "left.yaml", tmp_path / "right.yaml"
    left.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {mtu: '1440'}\n")
    right.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {mtu: '1500'}\n")
    overlay = run("render", "kdd", "-o", tmp_path / "out", "--layout", "overlay", env={"PYTHONPATH": str(tmp_path)})
    assert overlay.returncode == 3
    assert "the patch of apps/v1/DaemonSet kube-system/calico-node" in overlay.stderr
    assert not (tmp_path / "out").exists()
    done = run("diff", left, right, "--format", "jsonpatch", env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (3, "")
    assert "please report it" in done.stderr
    assert "Traceback" not in done.stderr
