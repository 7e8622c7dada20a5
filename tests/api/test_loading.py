"""Directories read back: every layout that is written, and kustomizations of the user's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import manifestgen
from manifestgen.catalog.loading import install_profiles
from tests.support.objects import read_objects

POD = """apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: nginx}]}
"""
OTHER = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n"


@pytest.mark.parametrize("profile", install_profiles())
@pytest.mark.parametrize("layout", ["kustomize", "flat", "overlay"])
def test_every_layout_reads_back_as_the_bundle(profile: str, layout: str, tmp_path: Path) -> None:
    """With what is there for istioctl and calicoctl, and without the values for Helm."""
    bundle = manifestgen.render(profile, calico="3.32", values={"felix_log_level": "debug"})
    bundle.write(tmp_path / "out", layout=layout)
    loaded = manifestgen.load(tmp_path / "out")
    assert sorted(map(str, (one.id for one in loaded))) == sorted(map(str, (one.id for one in bundle)))
    assert {one.id: one.body for one in loaded} == {one.id: one.body for one in bundle}


def test_an_overlay_reads_as_kubectl_builds_it(tmp_path: Path) -> None:
    """Its patches are applied to its base."""
    manifestgen.render("kdd", calico="3.9", values={"felix_log_level": "debug"}).write(tmp_path, layout="overlay")
    built = subprocess.run(
        ["kubectl", "kustomize", tmp_path / "overlays" / "kdd"], capture_output=True, text=True, check=True
    )
    applied = {(one["kind"], one["metadata"]["name"]): one for one in read_objects(built.stdout)}
    loaded = manifestgen.load(tmp_path / "overlays" / "kdd")
    assert {(one.id.kind, one.id.name): one.body for one in loaded} == applied


def test_a_kustomization_says_what_belongs_to_it(tmp_path: Path) -> None:
    """Files that it does not list are not read; a patch changes the object, and its origin is told."""
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "unlisted.yaml").write_text(OTHER)
    (tmp_path / "patch.yaml").write_text("- {op: add, path: /metadata/labels, value: {team: net}}\n")
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [pod.yaml]\npatches:\n- {target: {kind: Pod}, path: patch.yaml}\n"
    )
    (pod,) = manifestgen.load(tmp_path)
    assert pod.body["metadata"]["labels"] == {"team": "net"}
    assert str(pod.origin("/metadata/labels/team")).startswith(f"{tmp_path / 'patch.yaml'}:1:")


@pytest.mark.parametrize(
    "text",
    [
        "resources: [pod.yaml]\nnamePrefix: a-\n",
        'resources: ["https://example.org/calico.yaml"]\n',
        "resources: [pod.yaml]\npatches: [{path: patch.yaml}]\n",
        "resources: [.]\n",
        "resources: pod.yaml\n",
        "[]\n",
    ],
)
@pytest.mark.parametrize("below", ["", "team/shop"])
def test_a_kustomization_that_does_more_is_refused(text: str, below: str, tmp_path: Path) -> None:
    """With what to do, also where it is in a directory below: its patches are no objects."""
    directory = tmp_path / below
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pod.yaml").write_text(POD)
    (directory / "patch.yaml").write_text(POD)
    (directory / "kustomization.yaml").write_text(text)
    with pytest.raises(manifestgen.ManifestgenError, match="kubectl kustomize"):
        manifestgen.load(tmp_path)


def test_a_directory_of_files(tmp_path: Path) -> None:
    """Every YAML and JSON file below it."""
    (tmp_path / "more").mkdir()
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "more" / "account.yml").write_text(OTHER)
    (tmp_path / "README.md").write_text("nothing")
    assert [one.id.kind for one in manifestgen.load(tmp_path)] == ["ServiceAccount", "Pod"]


CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
READ = {
    "aliases": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &a b}\ndata: {k: *a}\n", ["v1/ConfigMap b"]),
    "JSON documents in a row": (
        "".join(f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "{name}"}}}}\n' for name in "ab"),
        ["v1/ConfigMap a", "v1/ConfigMap b"],
    ),
    "a generated name": (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: migrate-, namespace: demo}\n",
        ["batch/v1/Job demo/migrate-*"],
    ),
    "a typed list": (
        "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n",
        ["v1/ConfigMap a", "v1/ConfigMap b"],
    ),
    "null documents": (f"null\n---\n{CONFIGMAP}---\n~\n", ["v1/ConfigMap a"]),
    "an end and a separator": (
        f"{CONFIGMAP}...\n---\n{CONFIGMAP.replace('a}', 'b}')}",
        ["v1/ConfigMap a", "v1/ConfigMap b"],
    ),
    "an image in braces": (f"{CONFIGMAP}data: {{image: nginx:1.25}}\n", ["v1/ConfigMap a"]),
}


@pytest.mark.parametrize("what", READ)
def test_what_kubectl_takes_is_read(what: str, tmp_path: Path) -> None:
    """From a file, and it is the same as itself."""
    text, identities = READ[what]
    (tmp_path / "a.yaml").write_text(text)
    bundle = manifestgen.load(tmp_path / "a.yaml")
    assert [str(one.id) for one in bundle] == identities
    assert not manifestgen.diff(bundle, manifestgen.load(tmp_path / "a.yaml"))


def test_what_is_composed_is_read_strictly(tmp_path: Path) -> None:
    """An overlay's files are applied by kubectl and by kustomize, which aliases and streams of JSON may not survive."""
    for what in ("aliases", "JSON documents in a row", "a generated name"):
        (tmp_path / "profile.yaml").write_text(
            "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: o}\nresources: [a.yaml]\n"
        )
        (tmp_path / "a.yaml").write_text(READ[what][0])
        with pytest.raises(manifestgen.ManifestgenError):
            manifestgen.render("kdd", overlays=[tmp_path])
