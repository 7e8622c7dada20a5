"""`--kubernetes`: API versions that the target serves, and everything else as published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from manifestgen.catalog.loading import install_profiles
from manifestgen.model import pointer


def daemonset(profile: str, calico: str, kubernetes: str | None) -> Any:
    """The DaemonSet of calico-node for a target."""
    bundle = manifestgen.render(profile, calico=calico, kubernetes=kubernetes, components=("node",), published=True)
    return next(resource.body for resource in bundle if resource.id.kind == "DaemonSet")


@pytest.mark.parametrize("profile", install_profiles())
def test_a_target_that_serves_what_is_published_changes_nothing(profile: str) -> None:
    """For Kubernetes 1.11 the manifest of Calico 3.2 is as it was published."""
    assert daemonset(profile, "3.2", "1.11") == daemonset(profile, "3.2", None)


@pytest.mark.parametrize("profile", install_profiles())
@pytest.mark.parametrize("calico", ["3.2", "3.7", "3.9", "3.14", "3.32"])
def test_nothing_is_left_that_the_target_does_not_serve(profile: str, calico: str) -> None:
    """For Kubernetes 1.22 workloads are apps/v1, with a selector, a priority class and the new node label."""
    body = daemonset(profile, calico, "1.22")
    pod = body["spec"]["template"]
    assert body["apiVersion"] == "apps/v1"
    assert body["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert pod["spec"]["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert pod["spec"]["priorityClassName"] == "system-node-critical"
    assert "scheduler.alpha.kubernetes.io/critical-pod" not in (pod["metadata"].get("annotations") or {})


def test_the_origin_of_a_rewritten_version_is_told() -> None:
    """The chain names the Kubernetes release, and what Calico published."""
    bundle = manifestgen.render("kdd", calico="3.2", kubernetes="1.16", components=("node",))
    resource = next(resource for resource in bundle if resource.id.kind == "DaemonSet")
    chain = list(resource.origin("/apiVersion").chain())
    assert [(origin.layer, origin.value) for origin in chain] == [
        ("release v1.16", "apps/v1"),
        ("profile base", "extensions/v1beta1"),
    ]


@pytest.mark.parametrize(("asked", "near"), [("1.7", "v1.8"), ("1.99", "v1.37"), ("2.0", "v1.37")])
def test_an_unknown_version_names_the_nearest(asked: str, near: str) -> None:
    """Outside what is known there is an error, not a guess."""
    with pytest.raises(manifestgen.ManifestgenError, match=f"(?s)Kubernetes {asked} is not known.*nearest: {near}"):
        manifestgen.render("kdd", calico="3.9", kubernetes=asked)


CASES = Path(__file__).parents[1] / "cases" / "compose" / "older.yaml"
OLDER = yaml.safe_load(CASES.read_text())


@pytest.mark.parametrize("case", OLDER, ids=lambda case: f"{case['calico']} {case['kubernetes']} {case['object']}")
def test_an_older_target_gets_what_it_knows(case: dict[str, Any]) -> None:
    """What Calico publishes for newer versions is written in the form of the target."""
    bundle = manifestgen.render(case["profile"], calico=case["calico"], kubernetes=case["kubernetes"])
    body = next(one.body for one in bundle if one.id.short == case["object"])
    assert {path: pointer.lookup(body, pointer.parse_pointer(path)) for path in case["fields"]} == case["fields"]


@pytest.mark.parametrize("kubernetes", ["1.8", "1.13", "1.15"])
def test_what_has_no_older_form_is_refused(kubernetes: str) -> None:
    """Kubernetes before 1.16 has no driver for volumes in a pod's own spec."""
    with pytest.raises(manifestgen.ManifestgenError, match="csi-kubernetes"):
        manifestgen.render("kdd", calico="3.23", kubernetes=kubernetes)
    manifestgen.render("kdd", calico="3.22", kubernetes=kubernetes)
    manifestgen.render("kdd", calico="3.23", kubernetes=kubernetes, components=("node", "policy"))


@pytest.mark.parametrize(
    ("resource", "kubernetes", "code"),
    [
        ("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n", "1.20", "kubernetes-api"),
        ("apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n", "1.25", "kubernetes-api"),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
            "spec: {template: {spec: {nodeSelector: {kubernetes.io/os: linux}}}}\n",
            *("1.13", "kubernetes-node-label"),
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
            "spec: {template: {spec: {containers: [{name: a, startupProbe: {}}]}}}\n",
            *("1.15", "kubernetes-field"),
        ),
    ],
)
def test_what_an_overlay_brings_is_held_against_the_target(
    resource: str, kubernetes: str, code: str, tmp_path: Path
) -> None:
    """It is refused by a rule that can be allowed, and then warned of."""
    (tmp_path / "more.yaml").write_text(resource)
    (tmp_path / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: mine}\nresources: [more.yaml]\n"
    )
    words: dict[str, Any] = {"calico": "3.17", "components": ("node",), "overlays": [tmp_path]}
    with pytest.raises(manifestgen.ManifestgenError, match=f"--allow {code}"):
        manifestgen.render("kdd", kubernetes=kubernetes, **words)
    bundle = manifestgen.render("kdd", kubernetes=kubernetes, allow=[code], **words)
    assert [one.code for one in bundle.warnings] == [code]
    assert code not in [one.code for one in manifestgen.render("kdd", **words).warnings]


@pytest.mark.parametrize("profile", install_profiles())
def test_applying_again_changes_nothing(profile: str) -> None:
    """No member that an API server drops or fills in within a structure that it takes as one."""
    for resource in manifestgen.render(profile, calico="3.32", components=("node", "csi")):
        text = json.dumps(resource.body)
        assert '"readOnly": false' not in text
        assert '"value": ""' not in text
        assert text.count('"fieldRef"') == text.count('"apiVersion": "v1"}')
    published = json.dumps([one.body for one in manifestgen.render(profile, calico="3.32", published=True)])
    assert '"readOnly": false' in published


def test_an_envoy_filter_that_the_target_istio_ignores(tmp_path: Path) -> None:
    """One of the user's own is warned of; Calico's own form is for the Istio that it is rendered for."""
    (tmp_path / "filter.yaml").write_text(
        "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: own, namespace: shop}\n"
        "spec: {filters: [{filterName: envoy.lua, filterConfig: {}}]}\n"
    )
    (tmp_path / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: mine}\nresources: [filter.yaml]\n"
    )
    bundle = manifestgen.render("kdd", calico="3.32", overlays=[tmp_path], components=("node",))
    (warning,) = bundle.warnings
    assert warning.code == "envoyfilter-ignored"
    assert "Istio 1.28.10 ignores filters" in warning.text
    old = manifestgen.render("kdd", calico="3.9", overlays=[tmp_path], components=("node",))
    assert "envoyfilter-ignored" not in [one.code for one in old.warnings]
