"""Faults of what Calico published are there with `published`, and corrected without."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.releases.catalog import MINORS, PROFILES, bodies, rendered

INIT_CONTAINERS = ("upgrade-ipam", "install-cni", "flexvol-driver")


def pod(profile: str, minor: str, *, published: bool) -> Any:
    """The pod template's spec of calico-node."""
    resources = rendered(profile, minor, ("node",), published=published)
    return next(one for one in resources if one.id.kind == "DaemonSet").body["spec"]["template"]["spec"]


def stored(pod: Any) -> Any:
    """A pod's spec as an API server keeps it, which is how it is written where it is not as published."""
    kept = deepcopy(pod)
    for container in (*kept["containers"], *kept.get("initContainers", [])):
        for mount in container.get("volumeMounts", []):
            if mount.get("readOnly") is False:
                del mount["readOnly"]
        for variable in container.get("env", []):
            if variable.get("value") == "":
                del variable["value"]
            if "fieldRef" in variable.get("valueFrom", {}):
                variable["valueFrom"]["fieldRef"]["apiVersion"] = "v1"
    return kept


def environment(profile: str, minor: str, *, published: bool) -> list[str]:
    """The names of calico-node's environment, in order."""
    node = next(one for one in pod(profile, minor, published=published)["containers"] if one["name"] == "calico-node")
    return [variable["name"] for variable in node["env"]]


@pytest.mark.parametrize("profile", ["flannel", "policy-only"])
def test_v3_7_lacks_use_pod_cidr_as_published_and_has_it_otherwise(profile: str) -> None:
    """USE_POD_CIDR stands where v3.8 has it."""
    published = environment(profile, "v3.7", published=True)
    assert "USE_POD_CIDR" not in published
    at = published.index("DATASTORE_TYPE") + 1
    assert environment(profile, "v3.7", published=False) == [*published[:at], "USE_POD_CIDR", *published[at:]]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("minor", ["v3.9", "v3.10"])
def test_init_containers_of_v3_9_and_v3_10_are_privileged_but_for_published(minor: str, profile: str) -> None:
    """They are what they are before and after: privileged."""
    published = pod(profile, minor, published=True)["initContainers"]
    published = stored({"containers": published})["containers"]
    corrected = pod(profile, minor, published=False)["initContainers"]
    assert all("securityContext" not in one for one in published)
    assert corrected == [{**one, "securityContext": {"privileged": True}} for one in published]
    assert {one["name"] for one in corrected} <= set(INIT_CONTAINERS)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("minor", [minor for minor in MINORS if minor not in {"v3.7", "v3.9", "v3.10"}])
def test_nothing_else_of_calico_node_is_corrected(minor: str, profile: str) -> None:
    """Where no fault is known, `published` makes no difference to calico-node and its configuration."""
    # Without --published, etcd's configuration asks for endpoints instead of a placeholder.
    components = ("node",) if profile == "etcd" else ("node", "config")
    published = deepcopy(bodies(rendered(profile, minor, components)))
    for body in published.values():
        if body["kind"] == "DaemonSet":
            body["spec"]["template"]["spec"] = stored(body["spec"]["template"]["spec"])
    assert bodies(rendered(profile, minor, components, published=False)) == published
