"""`--kubernetes`: API versions that the target serves, and everything else as published."""

from __future__ import annotations

from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.loading import shipped_profiles


def daemonset(profile: str, calico: str, kubernetes: str | None) -> Any:
    """The DaemonSet of calico-node for a target."""
    bundle = manifestgen.render(profile, calico=calico, kubernetes=kubernetes, components=("node",), published=True)
    return next(resource.body for resource in bundle if resource.id.kind == "DaemonSet")


@pytest.mark.parametrize("profile", shipped_profiles())
def test_a_target_that_serves_what_is_published_changes_nothing(profile: str) -> None:
    """For Kubernetes 1.11 the manifest of Calico 3.2 is as it was published."""
    assert daemonset(profile, "3.2", "1.11") == daemonset(profile, "3.2", None)


@pytest.mark.parametrize("profile", shipped_profiles())
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
