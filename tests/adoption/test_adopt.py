"""`adopt`: an install that somebody edited becomes a profile that renders it again."""

from __future__ import annotations

import json
import os
import random
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from tests.adoption.edits import EDITS, Objects, daemonset
from tests.support.program import manifestgen as program
from tests.support.prove import PROVE
from tests.support.shared import shared

PROFILES = ("etcd", "kdd", "flannel", "policy-only")
RELEASES = ("v3.2", "v3.9", "v3.32")


def key(body: dict[str, Any]) -> tuple[Any, ...]:
    """What an object is called."""
    return body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"]


def install(release: str, profile: str) -> Path:
    """A published install."""
    return shared(f"reference/calico/{release}/install/{profile}.yaml")


def objects_of(release: str, profile: str) -> Objects:
    """The objects of a published install, as an independent reader has them."""
    return [one for one in yaml.safe_load_all(install(release, profile).read_text()) if one]


def written(objects: Objects, path: Path) -> Path:
    """A file with some objects."""
    path.write_text(yaml.safe_dump_all(objects, sort_keys=False))
    return path


def rendered(profile: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What a profile renders of calico-node and its configuration, and of objects of its own."""
    bundle = manifestgen.render(profile, published=True, components=("node", "config"))
    return {key(one.body): one.body for one in bundle}


def profile_of(directory: Path) -> dict[str, Any]:
    """The profile.yaml of a directory."""
    found: dict[str, Any] = yaml.safe_load((directory / "profile.yaml").read_text())
    return found


def entries(directory: Path) -> int:
    """How many values and patches a profile needs; rules for images, labels and the registry count as one each."""
    files = [directory / "profile.yaml", *directory.glob("overlays/*/profile.yaml")]
    parts = [yaml.safe_load(file.read_text()) for file in files]
    lists = sum(len(part.get(member, ())) for part in parts for member in ("values", "patches"))
    return lists + sum(member in part for part in parts for member in ("images", "labels", "registry"))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("release", RELEASES)
def test_a_published_install_is_its_own_release(release: str, profile: str, tmp_path: Path) -> None:
    """Release and profile are found, nothing is patched, and no value is needed."""
    found = manifestgen.adopt(install(release, profile), output=tmp_path / "site")
    assert (found.profile, f"v{found.calico}".rpartition(".")[0], found.distance) == (profile, release, 0)
    assert (found.values, found.patches, found.images) == ({}, {}, {})
    placeholder = "<ETCD_IP>" in install(release, profile).read_text()
    assert found.to_fill_in == (("etcd_endpoints",) if placeholder else ())
    assert len(found.others) == 3
    assert rendered(tmp_path / "site") == {key(one): one for one in objects_of(release, profile)}


@pytest.mark.parametrize("seed", range(300 if PROVE else 24))
def test_random_edits_render_back(seed: int, tmp_path: Path) -> None:
    """N edits need at most N values, patches and rules, and the profile renders the edited install."""
    chance = random.Random(seed)
    release, profile = chance.choice(RELEASES), chance.choice(PROFILES)
    objects = objects_of(release, profile)
    edits = [chance.choice(sorted(EDITS)) for _ in range(chance.randrange(1, 6))]
    for edit in edits:
        EDITS[edit](objects, chance)
    source = written(objects, tmp_path / "install.yaml")
    found = manifestgen.adopt(source, output=tmp_path / "site")
    assert (found.profile, f"v{found.calico}".rpartition(".")[0]) == (profile, release), edits
    assert rendered(tmp_path / "site") == {key(one): one for one in objects}, edits
    assert entries(tmp_path / "site") <= len(edits), edits


def test_tags_tell_the_release_where_everything_else_is_changed(tmp_path: Path) -> None:
    """A mirror changes every image of every release alike: the tags still say which one it is."""
    objects = objects_of("v3.32", "kdd")
    chance = random.Random(0)
    EDITS["rename_registry"](objects, chance)
    for _ in range(4):
        EDITS["remove_env"](objects, chance)
    found = manifestgen.adopt(written(objects, tmp_path / "install.yaml"), output=tmp_path / "site")
    assert (found.profile, found.calico) == ("kdd", "3.32.1")
    assert all(one.distance > found.distance for one in found.others)


def test_labels_on_every_object_and_a_late_patch(tmp_path: Path) -> None:
    """Labels of the profile come after its overlays, so a patch there does not count on them."""
    objects = objects_of("v3.2", "kdd")
    daemonset(objects)["metadata"].setdefault("labels", {})["example.com/own"] = "x"
    config = next(one for one in objects if one["kind"] == "ConfigMap")
    config["metadata"] |= {"labels": {"example.com/own": "x"}, "annotations": {"own": "word"}}
    EDITS["label_all"](objects, random.Random(0))
    found = manifestgen.adopt(written(objects, tmp_path / "install.yaml"), output=tmp_path / "site")
    assert list(found.labels) == ["addon.example.com/name"]
    assert rendered(tmp_path / "site") == {key(one): one for one in objects}


def test_an_account_that_the_install_lacks(tmp_path: Path) -> None:
    """The release's ServiceAccount is gone and another one is named: a parameter that sets both cannot say it."""
    objects = objects_of("v3.9", "flannel")
    objects = [one for one in objects if one["kind"] != "ServiceAccount"]
    EDITS["rename_account"](objects, random.Random(0))
    found = manifestgen.adopt(written(objects, tmp_path / "install.yaml"), output=tmp_path / "site")
    assert "service_account" not in found.values
    assert rendered(tmp_path / "site") == {key(one): one for one in objects}


def test_what_a_parameter_explains_is_a_value(tmp_path: Path) -> None:
    """MTU, pool, IP-in-IP and Felix's variables are values of parameters; nothing is patched."""
    objects = objects_of("v3.9", "kdd")
    pod = daemonset(objects)["spec"]["template"]["spec"]
    env = {one["name"]: one for one in pod["containers"][0]["env"]}
    env["CALICO_IPV4POOL_IPIP"]["value"] = "CrossSubnet"
    env["CALICO_IPV4POOL_CIDR"]["value"] = "10.4.0.0/16"
    pod["containers"][0]["env"].append({"name": "FELIX_OWN", "value": "on the node"})
    next(one for one in objects if one["kind"] == "ConfigMap")["data"]["veth_mtu"] = "1410"
    found = manifestgen.adopt(written(objects, tmp_path / "install.yaml"), output=tmp_path / "site")
    expected = {"ipip_mode": "CrossSubnet", "pod_cidr": "10.4.0.0/16", "mtu": 1410}
    assert found.values == {**expected, "felix_env": {"FELIX_OWN": "on the node"}}
    assert found.patches == {}


def test_the_rest_is_a_patch_in_the_notation_of_profiles(tmp_path: Path) -> None:
    """Items are named, and the CNI configuration is entered as a document."""
    objects = objects_of("v3.32", "kdd")
    node = daemonset(objects)["spec"]["template"]["spec"]["containers"][0]
    at = next(index for index, one in enumerate(node["env"]) if one["name"] == "IP")
    node["env"].insert(at + 1, {"name": "OWN", "value": "word"})
    data = next(one for one in objects if one["kind"] == "ConfigMap")["data"]
    data["cni_network_config"] = data["cni_network_config"].replace('"snat": true', '"snat": false')
    manifestgen.adopt(written(objects, tmp_path / "install.yaml"), output=tmp_path / "site")
    config, node_patch = sorted(profile_of(tmp_path / "site")["patches"], key=lambda one: str(one["target"]["kind"]))
    assert config["document"] == {"path": "/data/cni_network_config", "format": "json"}
    assert config["patch"][0]["path"] == "/plugins/[type=portmap]/snat"
    assert node_patch["patch"] == [
        {
            "op": "add",
            "path": "/spec/template/spec/containers/[name=calico-node]/env/[name=IP]",
            "insert": "after",
            "value": {"name": "OWN", "value": "word"},
        }
    ]


def test_own_objects_keep_their_text(tmp_path: Path) -> None:
    """Comments, order and quotes stay where a profile reads them; what it does not read is rewritten, and named."""
    own = "# why this is here\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: 'own'}  # in flow style\n"
    alias = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata: {a: &a x, b: *a}\n"
    source = tmp_path / "install.yaml"
    source.write_text(f"{install('v3.9', 'kdd').read_text()}\n---\n{own}---\n{alias}")
    found = manifestgen.adopt(source, output=tmp_path / "site")
    assert (tmp_path / "site/resources/configmap-own.yaml").read_text() == own
    assert list(found.rewritten) == ["resources/configmap-twice.yaml"]
    assert yaml.safe_load((tmp_path / "site/resources/configmap-twice.yaml").read_text())["data"] == {
        "a": "x",
        "b": "x",
    }


def test_a_dump_of_a_cluster(tmp_path: Path) -> None:
    """What the server filled in is no edit; what it owns goes, and what controllers own is left out."""
    objects = objects_of("v3.32", "kdd")
    for one in objects:
        one["metadata"] |= {"uid": "0f", "resourceVersion": "7", "creationTimestamp": "2024-01-01T00:00:00Z"}
        one["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    node = daemonset(objects)
    node["status"] = {"numberReady": 3}
    node["spec"]["revisionHistoryLimit"] = 10
    pod = node["spec"]["template"]["spec"]
    pod |= {"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler"}
    pod["containers"][0] |= {"terminationMessagePolicy": "File", "workingDir": "/own"}
    owned = {"controller": True, "kind": "DaemonSet", "name": "calico-node", "uid": "0f", "apiVersion": "apps/v1"}
    child = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "calico-node-x1", "ownerReferences": [owned]}}
    source = written([{"apiVersion": "v1", "kind": "List", "items": [*objects, child]}], tmp_path / "dump.yaml")
    found = manifestgen.adopt(source, output=tmp_path / "site")
    assert found.patches == {"DaemonSet/calico-node": 1}
    assert found.left_out == {"v1/Pod calico-node-x1": "DaemonSet calico-node owns it"}
    assert not [path for path in found.own if "uid" in (tmp_path / "site" / path).read_text()]
    made = rendered(tmp_path / "site")["DaemonSet", "kube-system", "calico-node"]
    assert made["spec"]["template"]["spec"]["containers"][0]["workingDir"] == "/own"


@pytest.mark.parametrize("name", ["real-live.yaml", "real-all.yaml", "real-ssa.yaml", "real-changed.yaml"])
def test_dumps_of_a_real_server(name: str, tmp_path: Path) -> None:
    """What an API server makes of a bundle is that bundle, also with objects of policy among it."""
    found = manifestgen.adopt(shared(f"reference/live/{name}"), output=tmp_path / "site")
    assert (found.profile, found.calico) == ("kdd", "3.32.1")
    assert bool(found.distance or found.patches or found.values) is (name == "real-changed.yaml")
    assert not [one for one in found.own if "namespace-kube" in one]


def test_what_policy_adds_is_told_apart(tmp_path: Path) -> None:
    """Before Calico 3.8 a plain install lacks it: that is no edit, and the profile adds it."""
    objects = objects_of("v3.2", "kdd")
    pod = daemonset(objects)["spec"]["template"]["spec"]
    del pod["initContainers"]
    pod["volumes"] = [one for one in pod["volumes"] if one["name"] not in {"policysync", "flexvol-driver-host"}]
    node = pod["containers"][0]
    node["env"] = [one for one in node["env"] if one["name"] != "FELIX_POLICYSYNCPATHPREFIX"]
    node["volumeMounts"] = [one for one in node["volumeMounts"] if one["name"] != "policysync"]
    node["env"].append({"name": "OWN", "value": "word"})
    found = manifestgen.adopt(written(objects, tmp_path / "install.yaml"), output=tmp_path / "site")
    assert (found.distance, found.patches) == (1, {"DaemonSet/calico-node": 1})
    assert len(found.policy) == 5
    made = rendered(tmp_path / "site")["DaemonSet", "kube-system", "calico-node"]["spec"]["template"]["spec"]
    assert [one["name"] for one in made["initContainers"]] == ["flexvol-driver"]
    assert {"OWN", "FELIX_POLICYSYNCPATHPREFIX"} <= {one["name"] for one in made["containers"][0]["env"]}


def test_values_of_secrets_stay_where_they_are(tmp_path: Path) -> None:
    """Without --secrets no file and no output has them; with it, only their owner can read the file."""
    objects = objects_of("v3.9", "etcd")
    own = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "own"}, "stringData": {"a": "hidden-own"}}
    next(one for one in objects if one["kind"] == "Secret")["data"] = dict.fromkeys(
        ("etcd-ca", "etcd-cert", "etcd-key"), "aGlkZGVuLWtleQ=="
    )
    source = written([*objects, own], tmp_path / "install.yaml")
    done = program("adopt", source, "-o", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    texts = [done.stdout, done.stderr, *(path.read_text() for path in (tmp_path / "site").rglob("*.yaml"))]
    assert not [text for text in texts if "hidden" in text or "aGlkZGVu" in text]
    assert done.stdout.count("withheld:") == 2
    assert not [name for kind, _, name in rendered(tmp_path / "site") if kind == "Secret"]
    manifestgen.adopt(source, output=tmp_path / "open", secrets=True)
    assert rendered(tmp_path / "open") == {key(one): one for one in [*objects, own]}
    for path in (tmp_path / "open").rglob("*.yaml"):
        if "aGlkZGVu" in path.read_text() or "hidden" in path.read_text():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_istio_is_recognized(tmp_path: Path) -> None:
    """By the images of its own objects."""
    istiod = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "istiod", "namespace": "istio-system"},
        "spec": {"template": {"spec": {"containers": [{"name": "discovery", "image": "istio/pilot:1.28.0"}]}}},
    }
    objects = [*objects_of("v3.32", "kdd"), istiod]
    found = manifestgen.adopt(written(objects, tmp_path / "install.yaml"), output=tmp_path / "site")
    assert found.istio.startswith("1.28")
    assert profile_of(tmp_path / "site")["istio"] == found.istio


def test_the_injector_is_what_dikastes_is_put_into(tmp_path: Path) -> None:
    """The ConfigMap is kept as the file of the component injector, and says which Istio it is."""
    stock = shared("reference/injector/stock/istio-1.8.6.yaml").read_text()
    source = tmp_path / "install.yaml"
    source.write_text(f"{install('v3.32', 'kdd').read_text()}\n---\n{stock}")
    found = manifestgen.adopt(source, output=tmp_path / "site")
    assert (found.injector, found.istio) == ("injector.yaml", "1.8.6")
    given = yaml.safe_load((tmp_path / "site/injector.yaml").read_text())
    assert given["data"] == yaml.safe_load(stock)["data"]
    injected = manifestgen.render(tmp_path / "site", components=["injector"])["ConfigMap/istio-sidecar-injector"]
    assert "name: dikastes" in injected.body["data"]["config"]


def test_another_patch_of_a_release(tmp_path: Path) -> None:
    """The version is the one that the images say, and no image is a difference."""
    source = tmp_path / "install.yaml"
    source.write_text(install("v3.32", "kdd").read_text().replace("v3.32.1", "v3.32.0"))
    found = manifestgen.adopt(source, output=tmp_path / "site")
    assert (found.calico, found.distance, found.images) == ("3.32.0", 0, {})


def test_several_sources_and_stdin(tmp_path: Path) -> None:
    """An install may be in several files; - is standard input, and the result is JSON on request."""
    objects = objects_of("v3.32", "kdd")
    directory = tmp_path / "files"
    directory.mkdir()
    written(objects[:5], directory / "a.yaml")
    rest = yaml.safe_dump_all(objects[5:])
    done = program("adopt", directory, "-", "-o", tmp_path / "site", "--format", "json", stdin=rest)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["profile"], said["distance"], said["others"][0]["profile"]) == ("kdd", 0, "kdd")
    assert rendered(tmp_path / "site") == {key(one): one for one in objects}


OPERATOR = {"apiVersion": "operator.tigera.io/v1", "kind": "Installation", "metadata": {"name": "default"}}
WRONG = {
    "none": ([], manifestgen.NoCalico, "no DaemonSet"),
    "the operator": ([OPERATOR], manifestgen.OperatorInstall, "operator"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_source_that_is_no_install(name: str, tmp_path: Path) -> None:
    """It says what was found, and nothing is written."""
    objects, error, word = WRONG[name]
    own = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "own"}}
    with pytest.raises(error, match=word):
        manifestgen.adopt(written([*objects, own], tmp_path / "install.yaml"), output=tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_several_installs_are_refused(tmp_path: Path) -> None:
    """Two calico-nodes, or one object twice: which is meant cannot be told."""
    both = tmp_path / "both.yaml"
    both.write_text(f"{install('v3.9', 'kdd').read_text()}\n---\n{install('v3.2', 'flannel').read_text()}")
    with pytest.raises(manifestgen.SeveralCalicos, match="2 DaemonSets"):
        manifestgen.adopt(both, output=tmp_path / "site")
    with pytest.raises(manifestgen.Failures):
        manifestgen.adopt(install("v3.9", "kdd"), install("v3.9", "kdd"), output=tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_directory_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """It is refused; --force replaces what adopt wrote, and nothing that it did not."""
    source, site = install("v3.9", "kdd"), tmp_path / "site"
    site.mkdir()
    with pytest.raises(manifestgen.DirectoryExists):
        manifestgen.adopt(source, output=site)
    (site / "profile.yaml").write_text("mine")
    with pytest.raises(manifestgen.ForeignFiles):
        manifestgen.adopt(source, output=site, force=True)
    assert (site / "profile.yaml").read_text() == "mine"
    (site / "profile.yaml").unlink()
    (site / "README").write_text("mine")
    manifestgen.adopt(source, output=tmp_path / "other")
    (tmp_path / "other" / "README").write_text("mine")
    manifestgen.adopt(install("v3.32", "flannel"), output=tmp_path / "other", force=True)
    assert profile_of(tmp_path / "other")["extends"] == "flannel"
    assert not os.path.exists(tmp_path / "other/resources/clusterrole-calico-kube-controllers.yaml") or rendered(
        tmp_path / "other"
    ) == {key(one): one for one in objects_of("v3.32", "flannel")}
    assert (tmp_path / "other" / "README").read_text() == "mine"


def test_the_command_line_asks_for_an_output(tmp_path: Path) -> None:
    """Without -o there is nowhere to write."""
    done = program("adopt", install("v3.9", "kdd"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "-o DIR" in done.stderr
