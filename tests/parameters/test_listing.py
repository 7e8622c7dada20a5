"""`manifestgen parameters`: what can be set, as a user is told."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

import manifestgen
from manifestgen.api import parameters
from manifestgen.catalog.loading import install_profiles
from manifestgen.cli.main import main
from manifestgen.compose.value_rules import checked_only
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS = [
    ("kdd", "v3.2", "pod_cidr", "192.168.0.0/16"),
    ("kdd", "v3.32", "pod_cidr", None),
    ("kdd", "v3.2", "ipam", "host-local"),
    ("kdd", "v3.9", "ipam", "calico-ipam"),
    ("etcd", "v3.2", "mtu", 1440),
    ("etcd", "v3.32", "mtu", 0),
    ("policy-only", "v3.2", "mtu", 1500),
    ("flannel", "v3.9", "canal_masquerade", True),
    ("flannel", "v3.9", "canal_network", "10.244.0.0/16"),
    ("flannel", "v3.32", "iptables_refresh_seconds", 60),
    ("etcd", "v3.9", "etcd_endpoints", "http://<ETCD_IP>:<ETCD_PORT>"),
    ("etcd", "v3.9", "etcd_key", None),
    ("policy-only", "v3.32", "manage_cni", False),
    ("kdd", "v3.18", "felix_log_level", "info"),
    ("kdd", "v3.19", "felix_log_level", None),
    ("kdd", "v3.12", "node_selector", {"kubernetes.io/os": "linux"}),
    ("kdd", "v3.8", "felix_api", "crd.projectcalico.org/v1"),
    ("kdd", "v3.24", "image_pull_policy", "IfNotPresent"),
]


@pytest.mark.parametrize(("profile", "calico", "name", "default"), DEFAULTS)
def test_default_is_what_the_release_publishes(profile: str, calico: str, name: str, default: Any) -> None:
    """The default of a parameter is read where it lands, in the type that it has."""
    found = {one.parameter.name: one.default for one in parameters(profile, calico=calico)}
    assert found[name] == default
    assert type(found[name]) is type(default)


@pytest.mark.parametrize("profile", install_profiles())
@pytest.mark.parametrize("calico", ["v3.2", "v3.9", "v3.32"])
def test_what_is_listed_is_what_the_profile_takes(profile: str, calico: str) -> None:
    """Every parameter that is declared is listed with its places, or refused when given: none is ignored."""
    listed = {one.parameter.name: one for one in parameters(profile, calico=calico)}
    for name, one in listed.items():
        assert one.places or checked_only(one.parameter), name
    every = {one.parameter.name for other in install_profiles() for one in parameters(other, calico="v3.9")}
    for name in sorted(every - set(listed)):
        value = _example(name)
        with pytest.raises(ManifestgenError):
            manifestgen.render(profile, calico=calico, values={name: value})


def _example(name: str) -> Any:
    for profile in install_profiles():
        for one in parameters(profile, calico="v3.9"):
            if one.parameter.name == name:
                from manifestgen.catalog.parameter_types import TYPES

                return TYPES[one.parameter.type].from_text(one.parameter.assignment().partition("=")[2])
    raise AssertionError(name)


def test_text_says_type_help_default_places_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """One block a parameter; the example is one that a shell takes as it is."""
    assert main(["parameters", "policy-only", "--calico", "v3.32"]) == 0
    said = capsys.readouterr().out
    assert (
        "mtu: a whole number from 576 to 65535, or 0\n"
        "  MTU of pod interfaces and tunnels; 0 detects it on the node\n"
        "  default: 1500\n"
        "  sets: ConfigMap/calico-config /data/cni_network_config | /plugins/[type=calico]/mtu\n"
        "  for example: --set mtu=1440\n"
    ) in said
    assert "canal_iface" not in said
    for line in said.splitlines():
        if line.startswith("  for example: "):
            assert len(shlex.split(line.partition(": ")[2])) == 2


def test_json_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON form gives names, types, bounds, defaults, help and places."""
    assert main(["parameters", "kdd", "--calico", "3.9", "--format", "json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["ipip_mode"] == {
        "name": "ipip_mode",
        "type": "enum",
        "default": "Always",
        "help": "when packets between nodes are encapsulated in IP-in-IP; used only at the first start, while there is "
        "no pool",
        "wanted": "one of Always, CrossSubnet, Never",
        "choices": ["Always", "CrossSubnet", "Never"],
        "lands": [
            {
                "object": "DaemonSet/calico-node",
                "component": "node",
                "pointer": "/spec/template/spec/containers/[name=calico-node]/env/[name=CALICO_IPV4POOL_IPIP]/value",
                "inside": [],
            }
        ],
        "example": "ipip_mode=CrossSubnet",
    }


def test_a_profile_of_ones_own_lists_its_own(tmp_path: Path) -> None:
    """A declared parameter is listed with the patch that takes it, and values of the profile are its defaults."""
    (tmp_path / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\nvalues: {mtu: 1410}\n"
        "parameters:\n  team: {type: name, default: net, description: who runs it}\n"
        "patches:\n- target: {kind: DaemonSet}\n  patch:\n"
        "  - {op: add, path: /metadata/labels/team, valueFrom: {parameter: team}}\n"
    )
    found = {one.parameter.name: one for one in parameters(tmp_path, calico="v3.9")}
    assert found["mtu"].default == 1410
    assert found["team"].default == "net"
    assert [(place.object, place.pointer) for place in found["team"].places] == [
        ("DaemonSet/calico-node", "/metadata/labels/team")
    ]


@pytest.mark.parametrize("words", [["parameters", "kd"], ["parameters", "kdd", "--calico", "3.99"], ["parameters"]])
def test_unknown_profile_or_release_is_a_users_mistake(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, nothing on stdout."""
    assert main(words) == 2
    assert capsys.readouterr().out == ""
