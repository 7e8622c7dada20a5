"""Strategic merge patches beside `kubectl kustomize` and `kubectl patch`; lowered to operations that explain shows."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.reader import read
from tests.patch.test_cases import patched

CASES = Path(__file__).parents[1] / "cases" / "strategic.yaml"
OBJECT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, tier: front}, finalizers: [first, second]}
spec:
  selector: {matchLabels: {app: web}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
  template:
    metadata: {labels: {app: web}}
    spec:
      tolerations: [{key: k1}, {key: k2}]
      volumes:
      - {name: data, emptyDir: {}}
      - {name: conf, configMap: {name: conf, items: [{key: a, path: a}]}}
      containers:
      - name: app
        image: app-1
        args: [-v, serve]
        env: [{name: A, value: a}, {name: B, value: b}, {name: C, value: c}]
        ports: [{containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}, {containerPort: 90}]
        volumeMounts: [{name: data, mountPath: /data}, {name: conf, mountPath: /conf}]
      - {name: side, image: side-1}
"""
WHO = "apiVersion: apps/v1\nkind: Deployment\n"


def table() -> list[Any]:
    """The cases, named."""
    return [pytest.param(case, id=case["name"]) for case in read(CASES.read_text(), str(CASES))[0]]


def whole(patch: str) -> str:
    """A patch that says which object it is for."""
    if "metadata: {" in patch.partition("spec:")[0]:
        return WHO + patch.replace("metadata: {", "metadata: {name: web, ", 1)
    return f"{WHO}metadata: {{name: web}}\n{patch}"


def ours(patch: str) -> list[Any]:
    """What manifestgen makes of a patch, given as a string, as Kustomize takes it."""
    indented = "".join(f"    {line}" for line in whole(patch).splitlines(keepends=True))
    return [resource.body for resource in patched({"objects": OBJECT, "patches": f"- patch: |\n{indented}\n"})]


def kustomized(folder: Path, patch: str) -> list[Any]:
    """What `kubectl kustomize` makes of it."""
    (folder / "object.yaml").write_text(OBJECT)
    (folder / "patch.yaml").write_text(whole(patch))
    (folder / "kustomization.yaml").write_text("resources: [object.yaml]\npatches: [{path: patch.yaml}]\n")
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True)
    return read(done.stdout) if done.stdout.strip() else []


def kubectl_patched(folder: Path, patch: str) -> list[Any]:
    """What `kubectl patch --local` makes of it."""
    (folder / "object.yaml").write_text(OBJECT)
    words = ("kubectl", "patch", "--local", "--type=strategic", "-f", folder / "object.yaml", "-o", "json", "-p")
    patched = json.dumps(read(whole(patch))[0])
    done = subprocess.run([*words, patched], capture_output=True, text=True, check=True)
    return [json.loads(done.stdout)]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
@pytest.mark.parametrize("case", table())
def test_the_same_as_the_program_it_comes_from(case: dict[str, Any], tmp_path: Path) -> None:
    """The same objects, lists in the same order; where a case says that we differ, we do."""
    theirs = (kustomized if case["as"] == "kustomize" else kubectl_patched)(tmp_path, case["patch"])
    assert (ours(case["patch"]) == theirs) == ("differs" not in case)


def test_a_port_without_its_protocol_is_tcp() -> None:
    """The change lands where Kubernetes would take it to be meant."""
    patch = "spec: {template: {spec: {containers: [{name: app, ports: [{containerPort: 80, name: http}]}]}}}\n"
    ports = ours(patch)[0]["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert ports[0] == {"containerPort": 80, "protocol": "TCP", "name": "http"}
    assert ports[1:] == [{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 90}]


def test_an_object_replaced_keeps_its_name() -> None:
    """Nothing else of it stays."""
    (body,) = ours("$patch: replace\nspec: {replicas: 3}\n")
    assert body == {**read(WHO)[0], "metadata": {"name": "web"}, "spec": {"replicas": 3}}


def test_other_keys_with_a_dollar_are_members() -> None:
    """Schemas have them, where something is there and where nothing is."""
    (body,) = ours("spec: {strategy: {$ref: a}, other: {$schema: b}}\n")
    assert body["spec"]["strategy"]["$ref"] == "a"
    assert body["spec"]["other"] == {"$schema": "b"}


ENV = "spec: {template: {spec: {containers: [{name: app, env: [{name: B, value: bb}, {name: NEW, value: new}]}]}}}\n"


def test_it_is_lowered_to_named_operations() -> None:
    """Each field has the operation that wrote it, with list items by name, where the patch is written."""
    text = "".join(f"    {line}" for line in whole(ENV).splitlines(keepends=True))
    (resource,) = patched({"objects": OBJECT, "patches": f"- patch:\n{text}\n"})
    env = "/spec/template/spec/containers/0/env"
    assert [step.as_json() for change in resource.history for step in change.lowered] == [
        {"op": "replace", "path": f"{env}/1/value", "value": "bb"},
        {"op": "move", "from": f"{env}/1", "path": f"{env}/0"},
        {"op": "add", "path": f"{env}/1", "value": {"name": "NEW", "value": "new"}},
    ]
    assert str(resource.origin(f"{env}/0/value")) == "overlay.yaml:9:71 operation 1 (overlay case)"


HEAD = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\n"
GRACE = """apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec: {template: {spec: {terminationGracePeriodSeconds: 7}}}
"""
ACCOUNT = """apiVersion: v1
kind: ServiceAccount
metadata: {name: calico-node, namespace: kube-system}
$patch: delete
"""


@pytest.mark.parametrize(
    "text",
    [
        "patches: [{path: both.yaml}]\n",
        "patchesStrategicMerge: [both.yaml]\n",
        "patches:\n- path: grace.yaml\n  target: {kind: DaemonSet}\n- path: account.yaml\n",
    ],
)
def test_kustomizes_own_files_carry_over(tmp_path: Path, text: str) -> None:
    """Under patches with and without target, several in a file, and under patchesStrategicMerge."""
    (tmp_path / "profile.yaml").write_text(HEAD + text)
    names = {"both.yaml": f"{GRACE}---\n{ACCOUNT}", "grace.yaml": GRACE, "account.yaml": ACCOUNT}
    for name, content in names.items():
        if name in text:
            (tmp_path / name).write_text(content)
    bundle = manifestgen.render("kdd", calico="3.9", components=("node",), overlays=[tmp_path])
    assert [resource.id.kind for resource in bundle] == ["DaemonSet"]
    assert bundle.resources[0].body["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 7
    origin = bundle.resources[0].origin("/spec/template/spec/terminationGracePeriodSeconds")
    assert "4:26 operation 1 (overlay site)" in str(origin)


ERRORS = {
    "spec: {template: {$patch: remove}}": '4:29: $patch is "remove"',
    "spec: {template: {spec: {containers: [{image: a}]}}}": "the item has no name, by which this list is merged",
    "spec: {template: {spec: {volumes: [{name: data, $patch: replace, emptyDir: {}}]}}}": "is about the whole list",
    "spec: {strategy: {$retainKeys: [type], rollingUpdate: {}}}": "rollingUpdate is patched and not in $retainKeys",
    "spec: {template: {spec: {$setElementOrder/tolerations: [], tolerations: []}}}": "this list is not merged",
    "spec: {$patches: a}": "$patches is not a directive",
    "$patch: remove": '$patch is "remove"',
    "spec: {template: {spec: {containers: {a: b}}}}": "is a list, and a mapping would take its place",
}


@pytest.mark.parametrize("patch", ERRORS)
def test_what_cannot_be_merged_is_an_error(patch: str) -> None:
    """At its place in the patch."""
    text = "".join(f"    {line}" for line in whole(patch + "\n").splitlines(keepends=True))
    with pytest.raises(ManifestgenError) as raised:
        patched({"objects": OBJECT, "patches": f"- patch:\n{text}\n"})
    assert str(raised.value).startswith("overlay.yaml:9:")
    assert ERRORS[patch].partition("4:29: ")[2] or ERRORS[patch] in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patches: [{patch: {kind: Pod, metadata: {name: a}}}]\n", "without a target needs apiVersion"),
        ("patches: [{patch: {apiVersion: v1, kind: Pod}}]\n", "without a target needs metadata/name"),
        ("patches: [{patch: [{op: remove, path: /a}]}]\n", "a patch must have the member target"),
        (
            "patches: [{document: {path: /a, format: json}, patch: {kind: Pod, metadata: {name: a}}}]\n",
            "document is for operations",
        ),
        ("patchesJson6902: []\n", "write each under patches"),
        ("commonLabels: {a: b}\n", "write labels: [{pairs:"),
        ("namespace: a\n", "patch of /metadata/namespace"),
        ("configMapGenerator: []\n", "list it under resources"),
    ],
)
def test_what_does_not_carry_over_says_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    """A target that is missing, and members of a kustomization that a profile does not have."""
    (tmp_path / "profile.yaml").write_text(HEAD + text)
    with pytest.raises(ManifestgenError) as raised:
        manifestgen.render("kdd", calico="3.9", overlays=[tmp_path])
    assert str(raised.value).startswith(f"{tmp_path}/profile.yaml:4:")
    assert said in str(raised.value)
