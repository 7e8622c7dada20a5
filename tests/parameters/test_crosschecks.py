"""Values that are good by themselves but not together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import manifestgen
from manifestgen.catalog.loading import install_profiles, shipped_rules
from manifestgen.errors import Failures, ManifestgenError
from tests.parameters.table import table

if TYPE_CHECKING:
    from pathlib import Path

CASES = table("rules.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['code']} {case['profile']} {case['calico']}")
@pytest.mark.usefixtures("folder")
def test_rule_refuses_in_these_words_or_not_at_all(case: dict[str, Any]) -> None:
    """A rule is judged on what was given, else on what is published in what is rendered."""
    if "error" not in case:
        _render(case)
        return
    with pytest.raises(ManifestgenError) as raised:
        _render(case)
    assert f"{raised.value}\n" == case["error"]
    assert raised.value.code == case["code"]  # type: ignore[attr-defined]


def _render(case: dict[str, Any]) -> manifestgen.Bundle:
    return manifestgen.render(
        case["profile"],
        calico=case["calico"],
        values=case["values"],
        components=case.get("components", ()),
        published=case.get("published", False),
    )


def test_every_rule_is_broken_by_a_case() -> None:
    """No rule goes untried, and every rule gives its reason and one next step."""
    rules, _ = shipped_rules()
    assert {rule["code"] for rule in rules} == {case["code"] for case in CASES if "error" in case}
    assert all(rule["because"] and rule["next"] for rule in rules)


@pytest.mark.parametrize("profile", install_profiles())
@pytest.mark.parametrize("calico", ["v3.2", "v3.9", "v3.32"])
def test_what_is_published_breaks_no_rule_without_values(profile: str, calico: str) -> None:
    """Nobody who gives no value is refused, with --published not even the placeholder of etcd's address."""
    assert len(manifestgen.render(profile, calico=calico)) > 0
    assert len(manifestgen.render(profile, calico=calico, components=["node", "config"], published=True)) > 0


def test_an_overlay_counts_as_what_the_bundle_has(folder: Path) -> None:
    """A value that an overlay's patch writes is in effect like a published one."""
    overlay = folder / "site"
    overlay.mkdir()
    (overlay / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\npatches:\n"
        "- target: {kind: DaemonSet, name: calico-node}\n  patch:\n"
        "  - op: replace\n    value: Never\n"
        '    path: "/spec/template/spec/containers/[name=calico-node]/env/[name=CALICO_IPV4POOL_IPIP]/value"\n'
    )
    manifestgen.render("kdd", calico="v3.9", values={"vxlan_mode": "Always"}, overlays=[overlay])


def test_everything_that_is_wrong_with_the_values_is_said_at_once() -> None:
    """Rules and values without a place are reported together, in order."""
    values = {"vxlan_mode": "Always", "canal_iface": "eth0", "cluster_cidr": "10.0.0.0/8"}
    with pytest.raises(Failures) as raised:
        manifestgen.render("kdd", calico="v3.9", values=values)
    assert [str(error).split(":")[1].split()[0] for error in raised.value] == ["IPIP", "parameter", "pod_cidr"]


def test_a_parameter_without_a_place_is_refused_with_where_it_has_one() -> None:
    """No value is ignored: the error names the profiles, the releases or the object that would take it."""
    said = {
        ("canal_iface", "eth0", "v3.9"): "nearest: profile flannel",
        ("vxlan_mode_v6", "Never", "v3.9"): "nearest: Calico v3.23 to v3.32",
        ("flexvol_dir", "/x/nodeagent~uds", "v3.23"): "nearest: Calico v3.2 to v3.22",
        ("typha_replicas", 3, "v3.9"): "next: bring the object as a resource of a profile of your own",
    }
    for (name, value, calico), line in said.items():
        with pytest.raises(ManifestgenError) as raised:
            manifestgen.render("kdd", calico=calico, values={name: value})
        lines = str(raised.value).splitlines()
        assert lines[0].startswith(f"values: parameter {name} has no place in profile kdd of Calico {calico[1:]}")
        assert f"  {line}" in lines


def test_a_value_about_what_is_not_rendered_gives_a_warning() -> None:
    """Who sets the MTU and renders no ConfigMap is told which component to add."""
    bundle = manifestgen.render("kdd", calico="v3.9", values={"mtu": 1400})
    assert [str(warning) for warning in bundle.warnings if warning.code == "value-not-rendered"] == [
        "mtu (given at values) is about ConfigMap/calico-config, which is not rendered (value-not-rendered)\n"
        "  next: add --component config"
    ]
    bundle = manifestgen.render("kdd", calico="v3.9", values={"mtu": 1400}, components=["config"])
    assert not bundle.warnings


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"pod_cidr": "10.50.0.0/16"}, "flannel-pod-cidr"),
        ({"pod_cidr": "10.244.0.0/16"}, None),
        ({"pod_cidr": "10.50.0.0/16", "canal_network": "10.50.0.0/16"}, "value-not-rendered"),
        ({}, None),
    ],
)
def test_a_value_that_goes_against_what_is_not_rendered_warns(values: dict[str, str], code: str | None) -> None:
    """The ConfigMap with flannel's network is in the cluster already, as published or not: so nothing is refused."""
    found = manifestgen.render("flannel", calico="v3.27", components=["node"], values=values).warnings
    assert [one.code for one in found if not one.refused and one.code in {"flannel-pod-cidr", code}] == [code] * bool(
        code
    )
    if code == "flannel-pod-cidr":
        assert 'canal_network="10.244.0.0/16" (in ConfigMap/canal-config)' in str(found)
