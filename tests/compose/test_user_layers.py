"""A user's own profiles and overlays: what they may do, and what is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.errors import ManifestgenError

HEAD = "apiVersion: manifestgen/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"


def layer(folder: Path, text: str, *, kind: str = "Overlay", **files: str) -> Path:
    """A directory with a profile.yaml of this text and further files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.yaml").write_text(HEAD.format(kind=kind, name=folder.name) + text)
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)
    return folder


def node(bundle: manifestgen.Bundle) -> Any:
    """The DaemonSet's pod spec."""
    return next(r.body for r in bundle if r.id.kind == "DaemonSet")["spec"]["template"]["spec"]


def failure(*args: Any, **kwargs: Any) -> str:
    """The message of a render that must fail."""
    with pytest.raises(ManifestgenError) as raised:
        manifestgen.render(*args, calico="v3.2", **kwargs)
    return str(raised.value)


GRACE = """
patches:
- target: {kind: DaemonSet, name: calico-node}
  path: grace.yaml
"""
GRACE_PATCH = "- {op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, value: 5}\n"


def test_an_overlay_patches_what_was_composed(tmp_path: Path) -> None:
    """An overlay's patch lands, and its field's origin is the overlay's file."""
    overlay = layer(tmp_path / "site", GRACE, grace=GRACE_PATCH)
    bundle = manifestgen.render("kdd", calico="v3.2", overlays=[overlay])
    assert node(bundle)["terminationGracePeriodSeconds"] == 5
    daemonset = next(r for r in bundle if r.id.kind == "DaemonSet")
    origin = daemonset.origin("/spec/template/spec/terminationGracePeriodSeconds")
    assert str(origin) == f"{overlay}/grace.yaml:1:74 operation 1 (overlay site)"
    assert re.fullmatch(r"profiles/base/node\.yaml:\d+:7 \(profile base\)", str(origin.replaced))


def test_a_later_overlay_wins_and_the_chain_is_kept(tmp_path: Path) -> None:
    """Two overlays may write one field; the last one's value holds, and both are in its chain."""
    first = layer(tmp_path / "one", GRACE, grace=GRACE_PATCH)
    second = layer(tmp_path / "two", GRACE, grace=GRACE_PATCH.replace("5", "9"))
    bundle = manifestgen.render("kdd", calico="v3.2", overlays=[first, second])
    daemonset = next(r for r in bundle if r.id.kind == "DaemonSet")
    chain = list(daemonset.origin("/spec/template/spec/terminationGracePeriodSeconds").chain())
    assert [origin.value for origin in chain] == [9, 5, 0]
    assert [origin.layer for origin in chain] == ["overlay two", "overlay one", "profile base"]


def test_a_profile_extends_a_shipped_one(tmp_path: Path) -> None:
    """A profile of the user's own has what it extends, its own resources, values, labels and images."""
    profile = layer(
        tmp_path / "site-etcd",
        "extends: etcd\nresources: [extra.yaml]\nlabels: [{pairs: {team: net}, includeTemplates: true}]\n"
        "images: [{name: quay.io/calico/node, newName: mirror/node, newTag: v3.2.9}]\n"
        "values: {pod_cidr: 10.1.0.0/16}\n",
        kind="Profile",
        extra="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: kube-system}\n",
    )
    bundle = manifestgen.render(profile, calico="v3.2")
    assert any(r.id.name == "extra" for r in bundle)
    spec = node(bundle)
    assert spec["containers"][0]["image"] == "mirror/node:v3.2.9"
    assert spec["containers"][0]["env"][0]["name"] == "ETCD_ENDPOINTS"
    assert {"name": "CALICO_IPV4POOL_CIDR", "value": "10.1.0.0/16"} in spec["containers"][0]["env"]
    assert all(r.body["metadata"]["labels"]["team"] == "net" for r in bundle)
    daemonset = next(r.body for r in bundle if r.id.kind == "DaemonSet")
    assert daemonset["spec"]["template"]["metadata"]["labels"]["team"] == "net"
    assert "team" not in daemonset["spec"]["selector"]["matchLabels"]


def test_a_profile_extends_one_beside_it(tmp_path: Path) -> None:
    """A relative directory may be extended; the values of the nearer one win."""
    layer(tmp_path / "region", "extends: kdd\nvalues: {pod_cidr: 10.1.0.0/16}\n", kind="Profile")
    cluster = layer(tmp_path / "cluster", "extends: ../region\nvalues: {pod_cidr: 10.2.0.0/16}\n", kind="Profile")
    env = node(manifestgen.render(cluster, calico="v3.2"))["containers"][0]["env"]
    assert {"name": "CALICO_IPV4POOL_CIDR", "value": "10.2.0.0/16"} in env


def test_a_parameter_of_the_users_own(tmp_path: Path) -> None:
    """A profile may declare a parameter; its default holds until a value is given."""
    profile = layer(
        tmp_path / "mine",
        "extends: kdd\nparameters:\n  grace: {type: int, minimum: 0, default: 30, description: seconds}\npatches:\n"
        "- target: {kind: DaemonSet, name: calico-node}\n  patch:\n"
        "  - {op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, valueFrom: {parameter: grace}}\n",
        kind="Profile",
    )
    key = "terminationGracePeriodSeconds"
    assert node(manifestgen.render(profile, calico="v3.2"))[key] == 30
    assert node(manifestgen.render(profile, calico="v3.2", values={"grace": 7}))[key] == 7


def test_user_objects_are_not_changed(tmp_path: Path) -> None:
    """What is passed in is as it was after a render."""
    values = {"pod_cidr": "10.0.0.0/16"}
    manifestgen.render("kdd", calico="v3.2", values=values)
    assert values == {"pod_cidr": "10.0.0.0/16"}
    first = manifestgen.render("kdd", calico="v3.2").to_yaml()
    manifestgen.render("kdd", calico="v3.2", overlays=[layer(tmp_path / "site", GRACE, grace=GRACE_PATCH)])
    assert manifestgen.render("kdd", calico="v3.2").to_yaml() == first


def test_a_cycle_is_refused(tmp_path: Path) -> None:
    """Profiles that extend each other are refused, with the whole circle."""
    layer(tmp_path / "a", "extends: ../b\n", kind="Profile")
    layer(tmp_path / "b", "extends: ../a\n", kind="Profile")
    message = failure(tmp_path / "a")
    assert "a profile extends itself" in message
    assert f"{tmp_path}/a -> {tmp_path}/b -> {tmp_path}/a" in message
    assert message.startswith(f"{tmp_path}/b/profile.yaml:4:1: ")


@pytest.mark.parametrize("path", ["../outside.yaml", "/etc/hostname", "link.yaml", "folder/../../outside.yaml"])
def test_a_path_may_not_leave_the_directory(tmp_path: Path, path: str) -> None:
    """Neither by .., nor absolutely, nor through a symbolic link."""
    (tmp_path / "outside.yaml").write_text(GRACE_PATCH)
    overlay = layer(tmp_path / "site", f"patches: [{{target: {{kind: DaemonSet}}, path: {path}}}]\n")
    (overlay / "folder").mkdir()
    os.symlink("../outside.yaml", overlay / "link.yaml")
    message = failure("kdd", overlays=[overlay])
    assert "leaves the directory it is written in" in message
    assert message.startswith(f"{overlay}/profile.yaml:4:39: ")


def test_an_unused_file_is_refused(tmp_path: Path) -> None:
    """A patch file that nothing names was most likely meant to be applied."""
    overlay = layer(tmp_path / "site", GRACE, grace=GRACE_PATCH, forgotten=GRACE_PATCH)
    assert failure("kdd", overlays=[overlay]).startswith(f"{overlay}/forgotten.yaml: nothing in profile.yaml refers")


@pytest.mark.parametrize("text", ["resources: [grce.yaml]\n", "patches: [{target: {kind: Pod}, path: grce.yaml}]\n"])
def test_a_file_that_is_not_there_is_named_where_it_is_listed(tmp_path: Path, text: str) -> None:
    """With the nearest, which is no unused file then."""
    overlay = layer(tmp_path / "site", text, grace=GRACE_PATCH)
    message = failure("kdd", overlays=[overlay])
    assert message.startswith(f"{overlay}/profile.yaml:4:")
    assert "there is no file 'grce.yaml'" in message
    assert "nearest: grace.yaml" in message


def test_a_kustomization_in_the_directory_is_no_patch(tmp_path: Path) -> None:
    """Notes and other files that are not YAML or JSON are nobody's business."""
    overlay = layer(tmp_path / "site", GRACE, grace=GRACE_PATCH)
    (overlay / "README.md").write_text("hello")
    assert node(manifestgen.render("kdd", calico="v3.2", overlays=[overlay]))["terminationGracePeriodSeconds"] == 5


BAD = {
    "empty": ("", "the file is empty"),
    "two documents": (HEAD.format(kind="Overlay", name="x") + "---\nvalues: {}\n", "found: 2 documents"),
    "a list": ("- a\n", "the document must be a mapping"),
    "another apiVersion": ("apiVersion: v1\nkind: Overlay\nmetadata: {name: x}\n", 'apiVersion cannot be "v1"'),
    "another kind": (
        "apiVersion: manifestgen/v1\nkind: Overlya\nmetadata: {name: x}\n",
        'kind cannot be "Overlya"\n  nearest: Overlay',
    ),
    "no name": ("apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {}\n", "metadata must have the member name"),
    "an unknown key": (HEAD.format(kind="Overlay", name="x") + "pathces: []\n", 'kind Overlay has no member "pathces"'),
    "extends in an overlay": (HEAD.format(kind="Overlay", name="x") + "extends: kdd\n", 'no member "extends"'),
    "a duplicate key": (HEAD.format(kind="Overlay", name="x") + "values: {}\nvalues: {}\n", "duplicate key"),
    "a tab": (HEAD.format(kind="Overlay", name="x") + "values:\n\ta: 1\n", "tab"),
    "an anchor": (HEAD.format(kind="Overlay", name="x") + "values: &v {}\n", "anchor"),
    "an unquoted yes": (HEAD.format(kind="Overlay", name="x") + "values: {pod_cidr: yes}\n", "yes"),
    "a value for nothing": (
        HEAD.format(kind="Overlay", name="x") + "values: {pod_cdir: a}\n",
        "no parameter 'pod_cdir'",
    ),
    "a bad value": (
        HEAD.format(kind="Overlay", name="x") + "values: {pod_cidr: 10.0.0.0}\n",
        "the prefix length is missing",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_overlay_is_refused(tmp_path: Path, what: str) -> None:
    """Each mistake is named, with the file."""
    text, said = BAD[what]
    (tmp_path / "profile.yaml").write_text(text)
    message = failure("kdd", overlays=[tmp_path])
    assert said in message
    assert str(tmp_path / "profile.yaml") in message


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "a patch is a list of operations\n  found: nothing: the file is empty"),
    "not a list": (b"{op: remove, path: /spec}\n", "a patch is a list of RFC 6902 operations"),
    "binary": (b"\x7fELF\x00\x01\xff", "UTF-8"),
    "50 MB": (b"# " + b"x" * (50 << 20), "the file is larger than 32 MiB"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_bad_patch_file_is_refused(tmp_path: Path, what: str) -> None:
    """A patch file that is empty, no list, binary or huge is named and refused."""
    content, said = FILES[what]
    overlay = layer(tmp_path / "site", GRACE)
    (overlay / "grace.yaml").write_bytes(content)
    message = failure("kdd", overlays=[overlay])
    assert said in message
    assert str(overlay / "grace.yaml") in message


def test_a_directory_where_a_patch_file_is_meant(tmp_path: Path) -> None:
    """A directory is refused as a directory."""
    overlay = layer(tmp_path / "site", GRACE)
    (overlay / "grace.yaml").mkdir()
    assert "directory" in failure("kdd", overlays=[overlay])


def test_ten_thousand_operations(tmp_path: Path) -> None:
    """A patch of 10,000 operations is applied."""
    many = "".join(
        f"- {{op: add, path: /metadata/annotations/n{number}, create: true, value: v}}\n" for number in range(10_000)
    )
    overlay = layer(tmp_path / "site", GRACE, grace=many)
    bundle = manifestgen.render("kdd", calico="v3.2", components=("node",), overlays=[overlay])
    assert len(next(r.body for r in bundle if r.id.kind == "DaemonSet")["metadata"]["annotations"]) == 10_000


def test_all_that_is_wrong_comes_together(tmp_path: Path) -> None:
    """Every operation that misses is reported in one run, in the order of the file."""
    patches = "".join(
        f"- target: {{kind: DaemonSet}}\n  patch: [{{op: remove, path: /spec/{word}}}]\n" for word in ("one", "two")
    )
    overlay = layer(
        tmp_path / "site", f"patches:\n{patches}- target: {{kind: Job}}\n  patch: [{{op: remove, path: /a}}]\n"
    )
    message = failure("kdd", overlays=[overlay])
    assert message.index("/spec/one") < message.index("/spec/two") < message.index("kind=Job")


def test_an_object_that_is_there_already(tmp_path: Path) -> None:
    """A resource with the identity of another is refused, with both places."""
    overlay = layer(
        tmp_path / "site",
        "resources: [extra.yaml]\n",
        extra="apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: calico-node, namespace: kube-system}\n",
    )
    message = failure("kdd", overlays=[overlay])
    assert "v1/ServiceAccount kube-system/calico-node exists already" in message
    assert "profiles/base/node.yaml:" in message


REMOVE = "- target: {{kind: {}, name: {}}}\n  patch: [{{op: remove, path: ''}}]\n"


def test_an_object_is_taken_out(tmp_path: Path) -> None:
    """An overlay removes an object; a later one that patches it is told where it went."""
    overlay = layer(tmp_path / "site", "patches:\n" + REMOVE.format("ServiceAccount", "calico-node"))
    bundle = manifestgen.render("kdd", calico="v3.2", components=("node",), overlays=[overlay])
    assert [resource.id.kind for resource in bundle] == ["DaemonSet"]
    after = layer(
        tmp_path / "after",
        "patches:\n- target: {kind: ServiceAccount, name: calico-node}\n  patch: [{op: remove, path: /a}]\n",
    )
    assert "matches 0 resources" in failure("kdd", components=("node",), overlays=[overlay, after])


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: calico-config, namespace: kube-system}\n"
ACCOUNT = (
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: calico-node, namespace: kube-system, labels: {a: b}}\n"
)


def test_a_layer_puts_an_object_in_the_place_of_another(tmp_path: Path) -> None:
    """What a layer takes out goes before its own objects come in."""
    text = "resources: [extra.yaml]\npatches:\n" + REMOVE.format("ServiceAccount", "calico-node")
    overlay = layer(tmp_path / "site", text, extra=ACCOUNT)
    bundle = manifestgen.render("kdd", calico="v3.2", overlays=[overlay])
    assert [r.body["metadata"]["labels"] for r in bundle if r.id.kind == "ServiceAccount"] == [{"a": "b"}]


def test_an_object_collides_only_with_what_is_rendered(tmp_path: Path) -> None:
    """One of a component that is left out gives way; all that collide are named at once, with both ways out."""
    overlay = layer(tmp_path / "site", "resources: [extra.yaml]\n", extra=f"{CONFIG}---\n{ACCOUNT}")
    message = failure("kdd", components=("node", "config"), overlays=[overlay])
    assert f"{overlay}/extra.yaml:1:1: v1/ConfigMap kube-system/calico-config exists already" in message
    assert f"{overlay}/extra.yaml:5:1: v1/ServiceAccount kube-system/calico-node exists already" in message
    assert "remove the other one with target: {kind: ConfigMap, name: calico-config}" in message
    assert "do not render the component config" in message
    assert "calico-config" not in failure("kdd", components=("node",), overlays=[overlay])
    own = layer(tmp_path / "own", "resources: [extra.yaml]\n", extra=CONFIG)
    bundle = manifestgen.render("kdd", calico="v3.2", components=("node",), overlays=[own])
    assert [r.component for r in bundle if r.id.kind == "ConfigMap"] == [""]


def test_two_of_a_layers_own_objects_collide(tmp_path: Path) -> None:
    """Twice the same object in the user's own files is one too many."""
    overlay = layer(tmp_path / "site", "resources: [extra.yaml]\n", extra=f"{CONFIG}---\n{CONFIG}")
    assert "extra.yaml:5:1: v1/ConfigMap kube-system/calico-config exists already" in failure(
        "kdd", components=("node",), overlays=[overlay]
    )


MTU = "patches:\n- target: {kind: ConfigMap, name: calico-config}\n  patch: [{op: add, path: /data/x, value: z}]\n"


def test_a_patch_of_what_is_not_rendered_is_an_error(tmp_path: Path) -> None:
    """A patch about components alone that the site does not render does nothing, whatever it expects."""
    overlay = layer(tmp_path / "site", MTU)
    message = failure("kdd", overlays=[overlay])
    assert message.startswith(f"{overlay}/profile.yaml:5:3: the target kind=ConfigMap, name=calico-config matches only")
    assert "v1/ConfigMap kube-system/calico-config, of the component config" in message
    assert "components: [+config]" in message
    manifestgen.render("kdd", calico="v3.2", components=("node", "config"), overlays=[overlay])


def test_a_component_that_only_the_command_line_leaves_out(tmp_path: Path) -> None:
    """A site is rendered in parts: its patches of what one call leaves out are no mistake, the injector's included."""
    patches = (
        "patches:\n- target: {kind: DaemonSet, name: calico-node}\n  patch: [{op: add, path: /a, value: b}]\n"
        "- target: {kind: IstioOperator}\n  patch: [{op: add, path: /spec/a, value: b}]\n"
    )
    overlay = layer(tmp_path / "site", patches)
    for component in ("policy", "felix"):
        manifestgen.render("kdd", calico="v3.27", components=(component,), overlays=[overlay])


def test_values_that_a_site_does_not_render_are_a_warning(tmp_path: Path) -> None:
    """Several sites may share them, so they are no error; what one call leaves out is not even a warning."""
    text = "values: {mtu: 1400, felix_log_level: debug}\n"
    overlay = layer(tmp_path / "site", text)
    found = manifestgen.render("kdd", calico="v3.9", components=("policy",), overlays=[overlay]).warnings
    said = [str(finding) for finding in found if finding.code == "value-not-rendered"]
    assert len(said) == 1
    assert f"mtu (given at {overlay}/profile.yaml:4:" in said[0]


LOG = (
    "patches:\n- target: {kind: DaemonSet, name: calico-node}\n  patch:\n"
    "  - op: replace\n    value: error\n"
    "    path: /spec/template/spec/containers/[name=calico-node]/env/[name=FELIX_LOGSEVERITYSCREEN]/value\n"
)


def test_a_value_of_the_call_that_an_overlay_replaces(tmp_path: Path) -> None:
    """The warning has both places; a value of a file, or the same value, is the order of layers at work."""
    overlay = layer(tmp_path / "site", LOG)
    shared = layer(tmp_path / "shared", "values: {felix_log_level: warning}\n")

    def warned(*overlays: Path, **values: str) -> list[str]:
        bundle = manifestgen.render("kdd", calico="v3.9", components=("node",), overlays=overlays, values=values)
        return [str(finding) for finding in bundle.warnings if finding.code == "value-overridden"]

    (said,) = warned(overlay, felix_log_level="warning")
    assert "felix_log_level (given at values" in said
    assert "/spec/template/spec/containers/[name=calico-node]/env/[name=FELIX_LOGSEVERITYSCREEN]/value" in said
    assert f"{overlay}/profile.yaml:7:5 writes another value" in said
    assert warned(overlay, felix_log_level="error") == []
    assert warned(shared, overlay) == []


OPERATOR = (
    "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: mesh, namespace: istio-system}\n"
)
FELIX = "apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: node.worker-1}\nspec: {}\n"


@pytest.mark.parametrize(
    ("profile", "text", "ours", "theirs"),
    [
        (
            "kdd",
            f"{OPERATOR}spec: {{values: {{a: b}}}}\n",
            "istio/istio-operator.yaml",
            "istio/istio-operator-mesh.yaml",
        ),
        ("kdd", f"{OPERATOR}spec: {{profile: demo}}\n", "istio/istio-operator.yaml", "istio/istio-operator-mesh.yaml"),
        ("kdd", f"{OPERATOR}spec: {{values: {{a: b}}}}\n", "istio/istiod-values.yaml", "istio/istiod-values-mesh.yaml"),
        ("etcd", FELIX, "calico/felixconfiguration.yaml", "calico/felixconfiguration-node.worker-1.yaml"),
    ],
)
def test_a_users_object_never_takes_the_file_of_ours(
    tmp_path: Path, profile: str, text: str, ours: str, theirs: str
) -> None:
    """Ours is what it is without it, and an IstioOperator need not have values."""
    overlay = layer(tmp_path / "site", "resources: [extra.yaml]\n", extra=text)
    plain = manifestgen.render(profile, calico="v3.29")
    files = manifestgen.render(profile, calico="v3.29", overlays=[overlay]).files()
    assert files[ours] == plain.files()[ours]
    assert (theirs in files) == ("values" not in theirs or "values" in text)
    written = tmp_path / "out"
    manifestgen.render(profile, calico="v3.29", overlays=[overlay]).write(written)
    assert len(manifestgen.load(written)) == len(plain) + 1


def test_istioctl_gets_every_operator_in_one_command(tmp_path: Path) -> None:
    """Two commands would undo each other; the bundle's own comes last, so that its template holds."""
    overlay = layer(tmp_path / "site", "resources: [extra.yaml]\n", extra=f"{OPERATOR}spec: {{}}\n")
    notes = manifestgen.render("kdd", calico="v3.29", overlays=[overlay]).files()["NOTES.md"].text
    assert "-f istio/istio-operator-mesh.yaml -f istio/istio-operator.yaml\n" in notes
