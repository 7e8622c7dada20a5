"""Installs as vendors edit them: each is adopted as what it is, and rendered again as it was given."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from tests.adoption.edits import Objects, daemonset

KEYS = {"addon.example.com/name": "networking", "app.kubernetes.io/managed-by": "installer"}
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: calico-kube-controllers, namespace: kube-system}\n"
POOL = {
    "apiVersion": "crd.projectcalico.org/v1",
    "kind": "IPPool",
    "metadata": {"name": "own-ipv6"},
    "spec": {"cidr": "fd10:244::/112", "natOutgoing": True, "nodeSelector": "all()"},
}
STRATEGIC = """# what another data plane needs
kind: ConfigMap
apiVersion: v1
metadata: {name: calico-config, namespace: kube-system}
data: {calico_backend: "none"}
---
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: calico-node, namespace: kube-system, labels: {k8s-app: calico-node}}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        env:
        - {name: FELIX_DATAPLANEDRIVER, value: /usr/local/bin/felix-plugins/own}
        - {name: CLUSTER_TYPE, value: "k8s,bgp,own"}
        livenessProbe: {exec: {command: [/bin/calico-node, -felix-live]}}
        volumeMounts: [{mountPath: /usr/local/bin/felix-plugins, name: felix-plugins, readOnly: true}]
      volumes: [{name: felix-plugins, hostPath: {path: /var/lib/calico/felix-plugins}}]
"""


def published(release: str, profile: str = "kdd") -> Objects:
    """What a release publishes of calico-node and its configuration, as plain values."""
    bundle = manifestgen.render(profile, calico=release, published=True, components=("node", "config"))
    return [one for one in yaml.safe_load_all(bundle.to_yaml()) if one]


def node(objects: Objects) -> dict[str, Any]:
    """The container calico-node."""
    found: dict[str, Any] = daemonset(objects)["spec"]["template"]["spec"]["containers"][0]
    return found


def config(objects: Objects) -> dict[str, str]:
    """The data of Calico's ConfigMap."""
    found: dict[str, str] = next(one for one in objects if one["kind"] == "ConfigMap")["data"]
    return found


def rewrite_ipam(objects: Objects, text: str) -> None:
    """Other address management in the CNI configuration, in the form that its author gives it."""
    data = config(objects)
    before = data["cni_network_config"]
    data["cni_network_config"] = before.replace('"type": "calico-ipam"', text)
    assert data["cni_network_config"] != before


def cloud_installer(objects: Objects) -> None:
    """Every object is written by a program: labels on all, empty timestamps, variables of its own among the others."""
    env = node(objects)["env"]
    names = [one["name"] for one in env]
    env.insert(names.index("IP") + 1, {"name": "IP_AUTODETECTION_METHOD", "value": "first-found"})
    env += [{"name": f"FELIX_{name}", "value": "false"} for name in ("BPFENABLED", "WIREGUARDENABLED")]
    next(one for one in env if one["name"] == "CLUSTER_TYPE")["value"] = "own,bgp"
    next(one for one in env if one["name"] == "CALICO_IPV4POOL_IPIP")["value"] = "CrossSubnet"
    rewrite_ipam(objects, '"assign_ipv4": "true",\n              "type": "calico-ipam"')
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    objects.append({**definition, "metadata": {"name": "x.example.com"}, "status": {"conditions": []}})
    for one in objects:
        one["metadata"]["creationTimestamp"] = None
        one["metadata"].setdefault("labels", {}).update(KEYS)
    daemonset(objects)["spec"]["template"]["metadata"]["creationTimestamp"] = None


def host_local(objects: Objects) -> None:
    """Addresses from the node's own range, and the variable that goes with it."""
    rewrite_ipam(objects, '"type": "host-local",\n        "ranges": [ [ { "subnet": "usePodCidr" } ] ]')
    node(objects)["env"].append({"name": "USE_POD_CIDR", "value": "true"})


def dual_stack(objects: Objects) -> None:
    """Both families of addresses, other registry, forwarding allowed, and a pool of one's own."""
    rewrite_ipam(objects, '"type": "calico-ipam",\n          "assign_ipv4": "true",\n          "assign_ipv6": "true"')
    data = config(objects)
    own = '"container_settings": {\n             "allow_ip_forwarding": true\n      },\n      "policy": {'
    data["cni_network_config"] = data["cni_network_config"].replace('"policy": {', own)
    env = node(objects)["env"]
    at = [one["name"] for one in env].index("CALICO_DISABLE_FILE_LOGGING")
    env.insert(at, {"name": "IP6", "value": "autodetect"})
    next(one for one in env if one["name"] == "FELIX_IPV6SUPPORT")["value"] = "true"
    env.append({"name": "CALICO_IPV6POOL_NAT_OUTGOING", "value": "true"})
    pod = daemonset(objects)["spec"]["template"]["spec"]
    for container in [*pod["containers"], *pod["initContainers"]]:
        container["image"] = container["image"].replace("docker.io/", "quay.io/")
    objects.append(POOL)


def only_one_family(objects: Objects) -> None:
    """The same with IPv6 alone."""
    dual_stack(objects)
    rewrite = config(objects)["cni_network_config"].replace('"assign_ipv4": "true"', '"assign_ipv4": "false"')
    config(objects)["cni_network_config"] = rewrite
    env = {one["name"]: one for one in node(objects)["env"]}
    env["IP"]["value"], env["CALICO_IPV4POOL_IPIP"]["value"] = "none", "Never"
    node(objects)["env"].append({"name": "CALICO_ROUTER_ID", "value": "hash"})


def own_volume_first(objects: Objects) -> None:
    """What a strategic merge patch leaves: its items stand before the published ones."""
    node(objects)["env"].insert(0, {"name": "CALICO_IPV4POOL_CIDR", "value": "10.42.0.0/16"})
    plugins = {"path": "/var/lib/kubelet/volumeplugins/nodeagent~uds", "type": "DirectoryOrCreate"}
    daemonset(objects)["spec"]["template"]["spec"]["volumes"].insert(
        0, {"name": "flexvol-driver-host", "hostPath": plugins}
    )


EDITED: dict[str, tuple[str, Callable[[Objects], None]]] = {
    "an installer for clouds": ("3.25", cloud_installer),
    "addresses by host-local": ("3.9", host_local),
    "two families": ("3.26", dual_stack),
    "IPv6 alone": ("3.26", only_one_family),
    "a merged volume": ("3.27", own_volume_first),
}


@pytest.mark.parametrize("name", EDITED)
def test_an_edited_install_is_adopted(name: str, tmp_path: Path) -> None:
    """As its own release, with every value and object as it was given."""
    release, edit = EDITED[name]
    objects = published(release)
    edit(objects)
    source = tmp_path / "install.yaml"
    source.write_text(yaml.safe_dump_all(objects, sort_keys=False))
    found = manifestgen.adopt(source, output=tmp_path / "site")
    assert (found.profile, found.calico.rpartition(".")[0]) == ("kdd", release)
    bundle = manifestgen.render(tmp_path / "site", published=True, components=("node", "config"))
    assert {one.id.short: one.body for one in bundle} == {
        f"{one['kind']}/{one['metadata']['name']}": one for one in objects
    }


def test_a_directory_that_kustomize_builds_is_adopted(tmp_path: Path) -> None:
    """The published file, an object more and strategic merge patches: adopted as kubectl builds it."""
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "calico.yaml").write_text(yaml.safe_dump_all(published("3.28")))
    (vendor / "account.yaml").write_text(ACCOUNT)
    (vendor / "patch.yaml").write_text(STRATEGIC)
    (vendor / "kustomization.yaml").write_text(
        "resources: [calico.yaml, account.yaml]\npatchesStrategicMerge: [patch.yaml]\n"
    )
    found = manifestgen.adopt(vendor, output=tmp_path / "site")
    assert (found.profile, found.calico.rpartition(".")[0]) == ("kdd", "3.28")
    built = subprocess.run(["kubectl", "kustomize", vendor], capture_output=True, text=True, check=True).stdout
    expected = {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(built)}
    bundle = manifestgen.render(tmp_path / "site", published=True, components=("node", "config"))
    assert {(one.id.kind, one.id.name): one.body for one in bundle} == expected


def test_the_same_patches_over_the_shipped_profile(tmp_path: Path) -> None:
    """A vendor's patch file is taken as it is by a profile, and gives what kubectl makes of the published file."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "patch.yaml").write_text(STRATEGIC)
    (site / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\ncalico: '3.28'\n"
        "published: true\ncomponents: [node, config]\npatchesStrategicMerge: [patch.yaml]\n"
    )
    (tmp_path / "calico.yaml").write_text(yaml.safe_dump_all(published("3.28")))
    (tmp_path / "patch.yaml").write_text(STRATEGIC)
    (tmp_path / "kustomization.yaml").write_text("resources: [calico.yaml]\npatches: [{path: patch.yaml}]\n")
    built = subprocess.run(["kubectl", "kustomize", tmp_path], capture_output=True, text=True, check=True).stdout
    expected = {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(built)}
    assert {(one.id.kind, one.id.name): one.body for one in manifestgen.render(site)} == expected


def test_members_that_only_some_definitions_have(tmp_path: Path) -> None:
    """One patch takes annotations and timestamps from every definition, whether it has them or not."""
    site = tmp_path / "site"
    site.mkdir()
    names = [f"own{number}.example.com" for number in range(6)]
    for number, name in enumerate(names):
        extra = {"annotations": {"made-by": "a generator"}, "creationTimestamp": None} if number % 2 else {}
        body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
        (site / f"{name}.yaml").write_text(yaml.safe_dump({**body, "metadata": {"name": name, **extra}, "spec": {}}))
    (site / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\ncalico: '3.27'\n"
        f"resources: [{', '.join(f'{name}.yaml' for name in names)}]\n"
        "patches:\n- target: {kind: CustomResourceDefinition, name: .*}\n  expect: 6\n  patch: |-\n"
        "    - {op: remove, path: /metadata/annotations, if: present}\n"
        "    - {op: remove, path: /metadata/creationTimestamp, if: present}\n"
    )
    found = {one.id.name: one.body["metadata"] for one in manifestgen.render(site) if one.id.name in names}
    assert found == {name: {"name": name} for name in names}
