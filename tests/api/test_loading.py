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


AGENT = """apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: net}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      initContainers:
      - {name: upgrade, image: "example.org/cni:1", command: [upgrade]}
      - {name: install, image: "example.org/cni:1"}
      containers:
      - name: agent
        image: example.org/agent:1
        env: [{name: MODE, value: a}, {name: POOL, value: 10.0.0.0/8}]
        readinessProbe: {exec: {command: [ready, -bird]}, periodSeconds: 10}
        volumeMounts: [{name: modules, mountPath: /lib/modules}]
      volumes: [{name: modules, hostPath: {path: /lib/modules}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: net}
data: {mtu: "1440", backend: bird}
"""
MERGES = """kind: ConfigMap
apiVersion: v1
metadata: {name: agent, namespace: net}
data:
  backend: "none"  # no routes
---
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: agent, namespace: net}
spec:
  template:
    spec:
      containers:
      - name: agent
        env: [{name: POOL, $patch: delete}, {name: DRIVER, value: own}]
        readinessProbe: {exec: {command: [ready]}}
        volumeMounts: [{name: plugins, mountPath: /plugins, readOnly: true}]
      volumes: [{name: plugins, hostPath: {path: /var/lib/plugins}}]
"""
UNNAMED = """apiVersion: apps/v1
kind: DaemonSet
metadata: {name: not-important}
spec: {template: {spec: {nodeSelector: {cni: own}, containers: [{name: agent, env: [{name: MODE, value: b}]}]}}}
"""
KUSTOMIZATIONS = {
    "merges that name their objects": "patchesStrategicMerge: [merges.yaml]",
    "a merge with a target": "patches: [{path: unnamed.yaml, target: {kind: DaemonSet, name: agent}}]",
    "operations by index": "patches: [{path: operations.yaml, target: {group: apps, kind: DaemonSet, name: .*}}]",
    "operations under the old name": """patchesJson6902:
- target: {kind: ConfigMap, name: agent, version: v1}
  patch: |-
    - {op: remove, path: /data/mtu}""",
    "the order of the members does not count": """patchesJson6902:
- {target: {kind: DaemonSet, name: agent, version: v1, group: apps}, path: operations.yaml}
patches: [{path: unnamed.yaml, target: {kind: DaemonSet}}]
patchesStrategicMerge: [merges.yaml]""",
    "a target that nothing has": "patches: [{path: operations.yaml, target: {kind: Deployment}}]",
}


@pytest.mark.parametrize("name", KUSTOMIZATIONS)
def test_a_kustomization_is_what_kubectl_builds(name: str, tmp_path: Path) -> None:
    """Patches of both kinds, under every name that Kustomize has for them."""
    (tmp_path / "agent.yaml").write_text(AGENT)
    (tmp_path / "merges.yaml").write_text(MERGES)
    (tmp_path / "unnamed.yaml").write_text(UNNAMED)
    (tmp_path / "operations.yaml").write_text("- {op: remove, path: /spec/template/spec/initContainers/0}\n")
    (tmp_path / "kustomization.yaml").write_text(f"resources: [agent.yaml]\n{KUSTOMIZATIONS[name]}\n")
    built = subprocess.run(["kubectl", "kustomize", tmp_path], capture_output=True, text=True, check=True)
    theirs = {one["kind"]: one for one in read_objects(built.stdout)}
    assert {one.id.kind: one.body for one in manifestgen.load(tmp_path)} == theirs


def test_a_merge_for_an_object_that_is_not_there(tmp_path: Path) -> None:
    """Kustomize refuses it, and so do we."""
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "merges.yaml").write_text(MERGES)
    (tmp_path / "kustomization.yaml").write_text("resources: [pod.yaml]\npatchesStrategicMerge: [merges.yaml]\n")
    assert subprocess.run(["kubectl", "kustomize", tmp_path], capture_output=True, check=False).returncode != 0
    with pytest.raises(manifestgen.ManifestgenError, match="matches 0 resources"):
        manifestgen.load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "resources: [pod.yaml]\nnamePrefix: a-\n",
        'resources: ["https://example.org/calico.yaml"]\n',
        "resources: [pod.yaml]\npatches: [{path: patch.yaml, options: {allowNameChange: true}}]\n",
        'resources: [pod.yaml]\npatchesStrategicMerge: ["https://example.org/patch.yaml"]\n',
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
