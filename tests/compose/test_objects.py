"""What no API server takes is refused where the user wrote it, without a schema and without showing a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.catalog import releases
from manifestgen.catalog.loading import install_profiles
from manifestgen.compose.objects import problems
from manifestgen.errors import ManifestgenError

HEAD = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\n"
NODE = f"{HEAD}patches:\n- target: {{kind: DaemonSet, name: calico-node}}\n  patch:\n"
CONTAINER = "/spec/template/spec/containers/[name=calico-node]"


def render(folder: Path, profile: str, **files: str) -> manifestgen.Bundle:
    """calico-node alone under an overlay of these texts."""
    folder.mkdir(exist_ok=True)
    (folder / "profile.yaml").write_text(profile)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return manifestgen.render("kdd", calico="3.9", components=("node",), overlays=[folder])


def patched(folder: Path, operation: str) -> manifestgen.Bundle:
    """With one operation on the DaemonSet, in line 7."""
    return render(folder, f"{NODE}  - {operation}\n")


def brought(folder: Path, text: str) -> manifestgen.Bundle:
    """With an object of the overlay's own."""
    return render(folder, f"{HEAD}resources: [extra.yaml]\n", extra=text)


PATCHES = {
    "a label that is false": (
        "{op: add, path: /metadata/labels/a, value: false}",
        "/metadata/labels/a: must be a string",
    ),
    "a label that is a number": ("{op: add, path: /metadata/labels/a, value: 5}", "must be a string\n  found: 5"),
    "a null label": ("{op: add, path: /metadata/labels/a, value: null}", "/metadata/labels/a: must be a string"),
    "a label's value with a blank": ("{op: add, path: /metadata/labels/a, value: b c}", "is not the value of a label"),
    "a long label": (f"{{op: add, path: /metadata/labels/a, value: {'b' * 64}}}", "it is longer than 63 characters"),
    "a label's key with a blank": ('{op: add, path: "/metadata/labels/a b", value: c}', "'a b' cannot be a key"),
    "a label's key with two slashes": (
        "{op: add, path: /metadata/labels/a~1b~1c, value: d}",
        "before the / must be a DNS",
    ),
    "an annotation that is a mapping": (
        "{op: add, path: /metadata/annotations, value: {example.org/a: {b: c}}}",
        "/metadata/annotations/example.org~1a: must be a string",
    ),
    "an annotation's key": ("{op: add, path: /metadata/annotations, value: {-: a}}", "'-' cannot be a key"),
    "labels that are a text": (
        "{op: add, path: /spec/template/metadata, value: {labels: a}}",
        "/spec/template/metadata/labels: must be a mapping of strings",
    ),
    "a label of the pods": (
        "{op: add, path: /spec/template/metadata/labels/a, value: 1}",
        "/spec/template/metadata/labels/a: must be a string",
    ),
    "a node selector": (
        "{op: add, path: /spec/template/spec/nodeSelector, value: {a: true}}",
        "/spec/template/spec/nodeSelector/a: must be a string",
    ),
    "a selector": (
        "{op: add, path: /spec/selector/matchLabels/a, value: 1.5}",
        "/spec/selector/matchLabels/a: must be",
    ),
    "an env value that is a number": (
        f'{{op: add, path: "{CONTAINER}/env/-", value: {{name: X, value: 5}}}}',
        "/value: must be a string\n  found: 5\n  next: put the value in quotes",
    ),
    "an env without a name": (
        f'{{op: add, path: "{CONTAINER}/env/-", value: {{value: x}}}}',
        "an environment variable needs a name",
    ),
    "an argument": (f'{{op: add, path: "{CONTAINER}/args", value: [a, 1]}}', "/args/1: must be a string\n  found: 1"),
    "an image": (
        f'{{op: replace, path: "{CONTAINER}/image", value: Calico/Node}}',
        "is not an image: it must be in lower",
    ),
    "an image with a scheme": (
        f'{{op: replace, path: "{CONTAINER}/image", value: "https://x.example/node:v1"}}',
        "is not an image: a reference has no scheme",
    ),
    "a second env": (
        f'{{op: add, path: "{CONTAINER}/env/-", value: {{name: IP, value: x}}}}',
        "two items of env have the name IP",
    ),
    "an env renamed to another": (
        f'{{op: replace, path: "{CONTAINER}/env/[name=IP]/name", value: CLUSTER_TYPE}}',
        "two items of env have the name CLUSTER_TYPE",
    ),
    "a second mount of a path": (
        f'{{op: add, path: "{CONTAINER}/volumeMounts/-", value: {{name: var-run-calico, mountPath: /lib/modules}}}}',
        "two items of volumeMounts have the mountPath /lib/modules",
    ),
    "a second volume": (
        "{op: add, path: /spec/template/spec/volumes/-, value: {name: lib-modules, emptyDir: {}}}",
        "two items of volumes have the name lib-modules",
    ),
    "a container called like an init container": (
        "{op: add, path: /spec/template/spec/containers/-, value: {name: install-cni, image: a}}",
        "two items of containers have the name install-cni",
    ),
    "a port twice": (
        f'{{op: add, path: "{CONTAINER}/ports", value: [{{containerPort: 80}}, {{containerPort: 80, protocol: TCP}}]}}',
        "two items of ports have the containerPort 80 and protocol TCP",
    ),
    "a name in upper case": ("{op: replace, path: /metadata/name, value: Node}", "is not a name of a DaemonSet"),
    "a namespace with a dot": ("{op: replace, path: /metadata/namespace, value: a.b}", "is not a namespace"),
    "a kind with a blank": ("{op: replace, path: /kind, value: Daemon Set}", "must be letters and digits"),
    "an apiVersion with two slashes": ("{op: replace, path: /apiVersion, value: a/b/c}", "must be GROUP/VERSION"),
}


@pytest.mark.parametrize("what", PATCHES)
def test_a_patch_that_makes_what_no_server_takes(tmp_path: Path, what: str) -> None:
    """It is refused at the value of its operation."""
    operation, said = PATCHES[what]
    with pytest.raises(ManifestgenError) as raised:
        patched(tmp_path / "site", operation)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path}/site/profile.yaml:7:")
    assert said in message


INIT = "/spec/template/spec/initContainers/[name=install-cni]"
FINE = {
    "a port for each protocol": f"""
  - op: add
    path: {CONTAINER}/ports
    value: [{{containerPort: 53, protocol: UDP}}, {{containerPort: 53}}]""",
    "a name in two containers": f"""
  - {{op: add, path: "{INIT}/env/[name]", value: {{name: IP, value: x}}}}""",
    "an image of another program": f"""
  - {{op: replace, path: "{CONTAINER}/image", value: "${{IMAGE}}"}}""",
    "an env from elsewhere": f"""
  - op: add
    path: {CONTAINER}/env/-
    value: {{name: X, valueFrom: {{fieldRef: {{fieldPath: a}}}}}}""",
    "no labels": """
  - {op: replace, path: /spec/template/metadata/labels, value: null}""",
    "an empty label": """
  - {op: add, path: /metadata/labels/example.org~1a, value: ""}""",
    "a long annotation": f"""
  - {{op: add, path: /metadata/annotations, value: {{example.org/a: {"b c " * 99}}}}}""",
}


@pytest.mark.parametrize("what", FINE)
def test_a_patch_that_servers_take(tmp_path: Path, what: str) -> None:
    """It is not refused."""
    bundle = render(tmp_path, f"{NODE}{FINE[what][1:]}\n")
    assert not [finding for finding in bundle.warnings if finding.code == "duplicate-items"]


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: a}}\ndata: {{token: {}}}\n"


@pytest.mark.parametrize("value", ["not base64!", "YWJj=", "YQ", "ä", "5"])
def test_what_is_not_base64_is_refused_unshown(tmp_path: Path, value: str) -> None:
    """The place is named, the value is not."""
    with pytest.raises(ManifestgenError) as raised:
        brought(tmp_path, SECRET.format(value if value == "5" else f'"{value}"'))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path}/extra.yaml:4:")
    assert "/data/token:" in message
    assert "base64" in message
    assert value == "5" or value not in message.replace("is not base64", "")


@pytest.mark.parametrize(
    "value",
    [
        "YWJj",
        "",
        "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]",
        "${TOKEN}",
        "{{ .Values.token }}",
        "<path:secret/data/a#token>",
        "ref+vault://a/b#c",
        "vault:secret/data/a#token",
        "op://vault/item/field",
        "__TOKEN__",
    ],
)
def test_what_another_program_puts_in_is_no_mistake(tmp_path: Path, value: str) -> None:
    """Encrypted values and placeholders pass."""
    bundle = brought(tmp_path, SECRET.format(f'"{value}"'))
    assert any(resource.id.kind == "Secret" for resource in bundle)


def test_a_secret_of_sops_passes_whole(tmp_path: Path) -> None:
    """Whatever SOPS makes of its values."""
    brought(tmp_path, SECRET.format('"anything at all"') + "sops: {version: 3.8.1}\n")


OBJECTS = {
    "a number in a ConfigMap": ("v1", "ConfigMap", "a", "data: {b: 5}", "/data/b: must be a string"),
    "a list for a ConfigMap's data": ("v1", "ConfigMap", "a", "data: [b]", "/data: must be a mapping of strings"),
    "a ConfigMap's bytes": ("v1", "ConfigMap", "a", "binaryData: {b: '?'}", "/binaryData/b: is not base64"),
    "a Service's name": ("v1", "Service", "a.b", "spec: {}", "is not a name of a Service"),
    "a Service's selector": ("v1", "Service", "a", "spec: {selector: {a: true}}", "/spec/selector/a: must be a string"),
    "a name with a blank": ("v1", "ConfigMap", "a b", "data: {}", "is not a name of a ConfigMap"),
    "a role's name with a slash": (
        "rbac.authorization.k8s.io/v1",
        "Role",
        "a/b",
        "rules: []",
        "is not a name of a Role",
    ),
    "containers that are a mapping": (
        "v1",
        "Pod",
        "a",
        "spec: {containers: {a: b}}",
        "/spec/containers: must be a list",
    ),
    "env that is a mapping": ("v1", "Pod", "a", "spec: {containers: [{name: a, env: {b: c}}]}", "/env: must be a list"),
}


@pytest.mark.parametrize("what", OBJECTS)
def test_an_object_that_no_server_takes(tmp_path: Path, what: str) -> None:
    """It is refused in its own file."""
    version, kind, name, rest, said = OBJECTS[what]
    text = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: x}}\n{rest}\n"
    with pytest.raises(ManifestgenError) as raised:
        brought(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path}/extra.yaml:")
    assert said in str(raised.value)


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"


def test_items_that_were_read_twice_are_a_warning(tmp_path: Path) -> None:
    """Servers take some of them, and the file may not be the user's to correct."""
    text = f"{POD}  - {{name: a, image: a, env: [{{name: X}}, {{name: X}}]}}\n"
    found = [str(finding) for finding in brought(tmp_path, text).warnings if finding.code == "duplicate-items"]
    assert len(found) == 1
    assert found[0].startswith(f"{tmp_path}/extra.yaml:6:43: v1/Pod a /spec/containers/0/env/1: two items of env")


def test_a_role_may_be_called_as_kubernetes_calls_its_own(tmp_path: Path) -> None:
    """Colons and upper case, with which no other object is named."""
    brought(tmp_path, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:Node'}\n")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('{"a b": c}', 'the label "a b": a name is letters'),
        ("{a: c d}", 'the label "a": a label\'s value is letters'),
        ('{"\\x9bx": c}', "a name is letters"),
    ],
)
def test_labels_to_set_are_checked(tmp_path: Path, rule: str, said: str) -> None:
    """In the file that states them, with control characters as escapes."""
    with pytest.raises(ManifestgenError) as raised:
        render(tmp_path, f"{HEAD}labels: [{{pairs: {rule}}}]\n")
    message = str(raised.value)
    assert message.startswith(f"{tmp_path}/profile.yaml:4:")
    assert said in message
    assert "\x9b" not in message


def test_labels_of_the_command_line_are_checked() -> None:
    """The same, with the option as the place."""
    with pytest.raises(ManifestgenError, match="--label: the label"):
        manifestgen.render("kdd", calico="3.9", labels={"a b": "c"})


@pytest.mark.parametrize("profile", install_profiles())
def test_what_is_shipped_has_no_such_mistake(profile: str) -> None:
    """No release of any profile, with every component there is."""
    for minor in releases.minors("Calico"):
        options: dict[str, Any] = {
            "calico": str(minor),
            "allow": list(_codes()),
            "namespaces": ["a", "b"],
            "argo": True,
        }
        for resource in manifestgen.render(profile, **options):
            assert list(problems(resource.id, resource.body)) == []


def _codes() -> frozenset[str]:
    from manifestgen.compose.compatibility import codes

    return codes()
