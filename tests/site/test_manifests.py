"""A profile over plain manifests: the engine for a base that is not Calico's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from tests.support.program import manifestgen as program

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.25", env: [{name: MODE, value: plain}]}]}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata: {color: blue}\n"
REPLICAS = {"target": {"kind": "Deployment", "name": "web"}, "path": "/spec/replicas"}
HEAD = {"apiVersion": "manifestgen/v1", "kind": "Profile", "metadata": {"name": "mine"}}
MODE = "/spec/template/spec/containers/[name=web]/env/[name=MODE]/value"


def profile(directory: Path, **members: Any) -> Path:
    """A profile of one's own."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "profile.yaml").write_text(json.dumps({**HEAD, **members}))
    return directory


def upstream(directory: Path, **files: str) -> Path:
    """A directory of manifests."""
    directory.mkdir()
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text)
    return directory


@pytest.mark.parametrize("base", ["../up/web.yaml", "../up"])
def test_what_is_rendered_is_the_manifests_and_the_changes(base: str, tmp_path: Path) -> None:
    """Patches of both kinds, values of parameters of one's own, resources and images; and nothing of Calico."""
    upstream(tmp_path / "up", web=WEB + "---\n" + CONFIG)
    mine = profile(
        tmp_path / "mine",
        extends=base,
        parameters={"replicas": {"type": "int", "description": "how many", "sets": [REPLICAS]}},
        values={"replicas": 5},
        patches=[
            {"target": REPLICAS["target"], "patch": [{"op": "replace", "path": MODE, "value": "own"}]},
            {
                "target": {"kind": "ConfigMap"},
                "patch": yaml.safe_dump({**yaml.safe_load(CONFIG), "data": {"size": "L"}}),
            },
        ],
        images=[{"name": "nginx", "newTag": "1.27"}],
    )
    bundle = manifestgen.render(mine)
    assert [one.id.short for one in bundle] == ["ConfigMap/web", "Deployment/web"]
    assert bundle["ConfigMap/web"].body["data"] == {"color": "blue", "size": "L"}
    spec = bundle["Deployment/web"].body["spec"]
    assert spec["replicas"] == 5
    container = spec["template"]["spec"]["containers"][0]
    assert container == {"name": "web", "image": "nginx:1.27", "env": [{"name": "MODE", "value": "own"}]}
    assert bundle.warnings == ()
    assert "web.yaml" in str(bundle["Deployment/web"].origin("/metadata/name"))
    assert "profile.yaml" in str(bundle["Deployment/web"].origin(MODE))


STRICT = {
    "no such object": ({"target": {"kind": "Deployment", "name": "wep"}, "patch": []}, "matches 0 resources"),
    "no such item": (
        {"target": REPLICAS["target"], "patch": [{"op": "remove", "path": MODE.replace("MODE", "MOOD")}]},
        "MOOD",
    ),
    "a version that nobody states": (
        {"target": REPLICAS["target"], "when": {"calico": ">=3.8"}, "patch": [{"op": "remove", "path": MODE}]},
        "nobody states",
    ),
}


@pytest.mark.parametrize("name", STRICT)
def test_what_does_not_fit_is_refused(name: str, tmp_path: Path) -> None:
    """As over a shipped profile."""
    patch, said = STRICT[name]
    upstream(tmp_path / "up", web=WEB)
    with pytest.raises(manifestgen.ManifestgenError, match=said):
        manifestgen.render(profile(tmp_path / "mine", extends="../up/web.yaml", patches=[patch]))


def test_values_of_calico_have_no_place(tmp_path: Path) -> None:
    """A parameter of the shipped profiles is not known, and settings that are about their objects are refused."""
    upstream(tmp_path / "up", web=WEB)
    with pytest.raises(manifestgen.UnknownParameter):
        manifestgen.render(profile(tmp_path / "one", extends="../up/web.yaml", values={"mtu": 1410}))
    with pytest.raises(manifestgen.InvalidProfile, match="components"):
        manifestgen.render(profile(tmp_path / "two", extends="../up/web.yaml"), components=["node"])


def test_the_order_in_which_a_directory_is_read(tmp_path: Path) -> None:
    """profile.yaml first, then a kustomization that only lists local files, then every manifest."""
    up = upstream(tmp_path / "up", web=WEB, config=CONFIG)
    mine = profile(tmp_path / "mine", extends="../up")
    assert len(manifestgen.render(mine)) == 2
    (up / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    assert [one.id.short for one in manifestgen.render(mine)] == ["Deployment/web"]
    (up / "kustomization.yaml").write_text("resources: [web.yaml]\nnamePrefix: own-\n")
    with pytest.raises(manifestgen.NotUnderstood, match="namePrefix"):
        manifestgen.render(mine)
    (up / "kustomization.yaml").unlink()
    profile(up, resources=["config.yaml", "web.yaml"], extends="kdd", calico="3.32")
    assert "DaemonSet/calico-node" in manifestgen.render(mine)


def test_manifests_in_the_directory_of_the_profile(tmp_path: Path) -> None:
    """What it extends is used, and so is what a kustomization beside it reaches, and what was rendered below it."""
    mine = profile(tmp_path / "mine", extends="base.yaml")
    (mine / "base.yaml").write_text(WEB)
    (mine / "kustomization.yaml").write_text("resources: [other.yaml]\npatches: [{path: patch.yaml}]\n")
    (mine / "other.yaml").write_text(CONFIG)
    (mine / "patch.yaml").write_text(CONFIG)
    assert program("render", mine, "-o", mine / "out").returncode == 0
    assert program("render", mine, "--check", "-o", mine / "out").returncode == 0
    (mine / "stray.yaml").write_text(CONFIG)
    with pytest.raises(manifestgen.UnusedFile):
        manifestgen.render(mine)


def test_commands_take_it_as_any_profile(tmp_path: Path) -> None:
    """explain, diff, images, parameters, golden trees, every layout."""
    upstream(tmp_path / "up", web=WEB)
    parameters = {"replicas": {"type": "int", "description": "how many", "sets": [REPLICAS]}}
    mine = profile(tmp_path / "mine", extends="../up/web.yaml", parameters=parameters, values={"replicas": 3})
    assert program("images", mine).stdout == "nginx:1.25\n"
    assert program("diff", mine, tmp_path / "up").returncode == 1
    assert "web.yaml:5" in program("explain", mine, "Deployment/web", "/spec/replicas").stdout
    listed = program("parameters", mine).stdout
    assert "replicas" in listed
    assert "pod_cidr" not in listed
    matrix = tmp_path / "golden" / "matrix.yaml"
    matrix.parent.mkdir()
    matrix.write_text(
        yaml.safe_dump({"apiVersion": "manifestgen/v1", "kind": "GoldenMatrix", "trees": [{"profile": "../mine"}]})
    )
    assert program("golden", "update", "--matrix", matrix).returncode in {0, 1}
    done = program("golden", "check", "--matrix", matrix)
    assert done.returncode == 0, done.stderr
    for layout in ("kustomize", "flat", "overlay"):
        done = program("render", mine, "--layout", layout, "-o", tmp_path / layout)
        assert done.returncode == 0, done.stderr
        assert not done.stderr.rstrip(" ").endswith("\n\n")


def test_an_overlay_that_a_profile_names(tmp_path: Path) -> None:
    """It is applied without being asked for, before those of the command line."""
    mine = profile(tmp_path / "mine", extends="kdd", calico="3.32", components=["node"], overlays=["late"])
    target = {"kind": "DaemonSet", "name": "calico-node"}
    for name, directory in (("late", mine / "late"), ("last", tmp_path / "last")):
        patch = [{"op": "add", "path": "/metadata/annotations", "value": {"by": name}}]
        profile(directory, kind="Overlay", patches=[{"target": target, "patch": patch}])
    assert manifestgen.render(mine)["DaemonSet/calico-node"].body["metadata"]["annotations"] == {"by": "late"}
    both = manifestgen.render(mine, overlays=[tmp_path / "last"])
    assert both["DaemonSet/calico-node"].body["metadata"]["annotations"] == {"by": "last"}
