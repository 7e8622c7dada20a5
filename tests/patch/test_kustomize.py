"""The same base and patch through `kubectl kustomize`; where it leaves the RFC is listed as data."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.reader import read
from tests.patch.test_cases import patched
from tests.support.objects import read_objects

CASES = Path(__file__).parents[1] / "cases" / "kustomize.yaml"

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")


def table() -> list[Any]:
    """The cases, named."""
    return [pytest.param(case, id=case["name"]) for case in read(CASES.read_text(), str(CASES))[0]]


def kustomized(folder: Path, case: dict[str, Any]) -> tuple[list[Any] | None, str]:
    """What `kubectl kustomize` makes of a case: its objects or None, and what it said."""
    (folder / "objects.yaml").write_text(case["objects"])
    patches = "".join(f"  {line}" if line.strip() else line for line in case["patches"].splitlines(keepends=True))
    (folder / "kustomization.yaml").write_text(f"resources: [objects.yaml]\npatches:\n{patches}")
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    return (read_objects(done.stdout) if done.returncode == 0 else None), done.stderr


@pytest.mark.parametrize("case", table())
def test_kustomize(case: dict[str, Any], tmp_path: Path) -> None:
    """Both give the same objects; where a case says that kustomize differs, it does, and we do as the case says."""
    theirs, said = kustomized(tmp_path, case)
    try:
        ours = [resource.body for resource in patched(case)]
    except ManifestgenError:
        ours = None
    if "differs" not in case:
        assert ours is not None, "we refuse what kustomize takes"
        assert by_name(ours) == by_name(theirs or []), said
        return
    assert (theirs is not None) == (case["kustomize"] == "accepts"), said
    assert (ours is not None) == (case["ours"] == "accepts")
    if theirs is not None and ours is not None:
        assert by_name(ours) != by_name(theirs)


def by_name(bodies: list[Any]) -> dict[str, str]:
    """Objects by kind and name, as text that tells 1 from true; kustomize sorts them."""
    return {f"{body['kind']}/{body['metadata']['name']}": json.dumps(body, sort_keys=True) for body in bodies}
