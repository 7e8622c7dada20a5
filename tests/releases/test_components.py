"""The components that came with later releases: FelixConfiguration and the CSI driver."""

from __future__ import annotations

import pytest

import manifestgen
from manifestgen.api import NoSuchComponent
from tests.releases.catalog import MINORS, PROFILES, SINCE, has, rendered


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("minor", MINORS)
def test_a_component_is_rendered_by_default_where_its_release_has_it(minor: str, profile: str) -> None:
    """The procedure of a release applies them from the release that brought them."""
    resources = manifestgen.render(profile, calico=minor, published=True)
    present = {resource.component for resource in resources}
    assert present & set(SINCE) == {component for component in SINCE if has(component, minor)}


@pytest.mark.parametrize(("component", "minor"), [("felix", "v3.7"), ("csi", "v3.22")])
def test_a_component_that_a_release_lacks_is_refused_by_name(component: str, minor: str) -> None:
    """It is not silently left out when it is asked for."""
    with pytest.raises(NoSuchComponent, match=component):
        manifestgen.render("kdd", calico=minor, components=(component,))


@pytest.mark.parametrize("minor", [minor for minor in MINORS if has("felix", minor)])
@pytest.mark.parametrize("profile", PROFILES)
def test_felix_is_told_the_directory_that_calico_node_mounts(profile: str, minor: str) -> None:
    """FelixConfiguration `default` switches policy sync on, where kubectl or, for etcd, calicoctl can apply it."""
    (felix,) = rendered(profile, minor, ("felix",))
    api = "projectcalico.org/v3" if profile == "etcd" else "crd.projectcalico.org/v1"
    assert felix.body == {
        "apiVersion": api,
        "kind": "FelixConfiguration",
        "metadata": {"name": "default"},
        "spec": {"policySyncPathPrefix": "/var/run/nodeagent"},
    }
    (daemonset,) = (one.body for one in rendered(profile, minor, ("node",)) if one.id.kind == "DaemonSet")
    pod = daemonset["spec"]["template"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume}
    assert mounts["policysync"] == paths["policysync"] == felix.body["spec"]["policySyncPathPrefix"]


def test_explain_shows_the_base_and_several_releases() -> None:
    """The fields of v3.32's DaemonSet tell of the base and of the releases that brought them."""
    (daemonset,) = (one for one in rendered("kdd", "v3.32", ("node",)) if one.id.kind == "DaemonSet")
    layers = {
        path: daemonset.origin(path).layer
        for path in (
            "/spec/template/spec/hostNetwork",
            "/apiVersion",
            "/spec/template/spec/initContainers/0/name",
            "/spec/template/spec/securityContext/seccompProfile/type",
        )
    }
    assert list(layers.values()) == ["profile base", "release v3.8", "release v3.6", "release v3.29"]
