"""`manifestgen krm`: the KRM function protocol, and kustomize where it is on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

import manifestgen
from tests.support.program import manifestgen as program
from tests.support.tools import kustomize

EXAMPLE = Path(__file__).parents[2] / "examples" / "krm"
PROFILE = {
    "apiVersion": "manifestgen/v1",
    "kind": "Profile",
    "metadata": {
        "name": "alp",
        "annotations": {"config.kubernetes.io/function": "exec: {path: ./krm}"},
    },
    "extends": "kdd",
    "calico": "3.32",
    "components": ["felix", "policy"],
}
CONFIG_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {
        "name": "mine",
        "annotations": {"config.kubernetes.io/index": "0", "config.kubernetes.io/path": "mine.yaml"},
    },
    "data": {"a": "1"},
}


def run(config: dict[str, Any] | None, items: list[Any], status: int = 0) -> dict[str, Any]:
    """One run of the function."""
    body = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    done = program("krm", stdin=yaml.safe_dump({**body, **({"functionConfig": config} if config else {})}))
    assert done.returncode == status, done.stderr
    result: dict[str, Any] = yaml.safe_load(done.stdout)
    assert (result["apiVersion"], result["kind"]) == ("config.kubernetes.io/v1", "ResourceList")
    return result


def test_a_profile_generates() -> None:
    """The items of others come first, as they were; then what render gives."""
    result = run(PROFILE, [CONFIG_MAP])
    assert result["items"][0] == CONFIG_MAP
    bundle = manifestgen.render("kdd", calico="3.32", components=("felix", "policy"))
    assert result["items"][1:] == [resource.body for resource in bundle.applied()]
    assert result["functionConfig"] == PROFILE


def test_two_runs_give_what_one_gives() -> None:
    """Generated items are made again in their place, with the annotations of the orchestrator."""
    first = run(PROFILE, [CONFIG_MAP])
    kept = {"config.kubernetes.io/index": "3", "internal.config.kubernetes.io/path": "a/b.yaml"}
    items = [{**item, "metadata": {**item["metadata"], "annotations": dict(kept)}} for item in first["items"]]
    changed = [{**item, "spec": {}} if item["kind"] == "EnvoyFilter" else item for item in items]
    second = run(PROFILE, changed)
    assert second["items"] == items


def test_an_overlay_patches_the_items() -> None:
    """Strictly: what it changes is changed, and annotations of the orchestrator stay."""
    overlay = {
        "apiVersion": "manifestgen/v1",
        "kind": "Overlay",
        "metadata": {"name": "ours"},
        "patches": [
            {"target": {"kind": "ConfigMap", "name": "mine"}, "patch": [{"op": "add", "path": "/data/b", "value": "2"}]}
        ],
    }
    result = run(overlay, [CONFIG_MAP])
    assert result["items"] == [{**CONFIG_MAP, "data": {"a": "1", "b": "2"}}]
    missed = run(overlay, [], status=2)
    assert missed["results"][0]["severity"] == "error"
    assert "matches 0 resources" in missed["results"][0]["message"]


def test_what_goes_wrong_is_in_the_results() -> None:
    """Every error on its own, the items as they came, and a status that is not 0."""
    result = run({**PROFILE, "calico": "3.99", "istio": "9.9"}, [CONFIG_MAP], status=2)
    assert result["items"] == [CONFIG_MAP]
    assert [one["severity"] for one in result["results"]] == ["error", "error"]
    assert run(None, [], status=2)["results"][0]["message"].splitlines()[0].endswith("functionConfig")
    warned = run({**PROFILE, "values": {"failure_mode_allow": True}}, [])
    assert {one["severity"] for one in warned["results"]} == {"warning"}


def test_kustomize_runs_the_example(tmp_path: Path) -> None:
    """The example generator, built by kustomize itself."""
    shutil.copytree(EXAMPLE, tmp_path / "krm")
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "manifestgen"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m manifestgen "$@"\n')
    script.chmod(0o755)
    done = subprocess.run(
        [kustomize(), "build", "--enable-alpha-plugins", "--enable-exec", "krm"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kinds = {body["kind"] for body in yaml.safe_load_all(done.stdout)}
    assert {"FelixConfiguration", "EnvoyFilter"} <= kinds
