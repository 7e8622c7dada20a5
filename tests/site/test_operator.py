"""Calico run by the Tigera operator: what it owns is never rendered, and its version must be stated."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import manifestgen
from tests.support.program import manifestgen as program

OWNED = {"DaemonSet", "ServiceAccount", "CSIDriver", "ConfigMap", "Secret"}


@pytest.mark.parametrize("calico", ["3.9", "3.23", "3.27", "3.32"])
def test_nothing_that_the_operator_owns_is_rendered(calico: str) -> None:
    """No second calico-node and no second CSI driver; Felix' one field, Dikastes and the mesh objects are left."""
    bundle = manifestgen.render(
        "operator", calico=calico, istio="1.8" if calico == "3.9" else None, components=("felix", "policy")
    )
    kinds = {resource.id.kind for resource in bundle}
    assert not kinds & OWNED
    assert not [
        resource
        for resource in bundle
        if resource.id.namespace == "calico-system" or resource.id.name == "calico-system"
    ]
    felix = bundle["FelixConfiguration/default"].body
    assert felix["spec"] == {"policySyncPathPrefix": "/var/run/nodeagent"}
    assert "EnvoyFilter" in kinds


def test_the_default_is_what_is_left() -> None:
    """Without a component named: Felix, Dikastes in the injector and the mesh objects."""
    bundle = manifestgen.render("operator", calico="3.32", namespaces=("shop",))
    assert {resource.component for resource in bundle} == {"felix", "injector", "policy", "namespaces"}


@pytest.mark.parametrize("component", ["node", "config", "csi"])
def test_a_component_of_the_operator_is_refused(component: str) -> None:
    """Whoever asks for it by name is told that it is not for this profile."""
    done = program("render", "operator", "--calico", "3.32", "--component", component)
    assert done.returncode == 2
    assert f"component '{component}' is not for the profile operator" in done.stderr


def test_the_version_must_be_stated(tmp_path: Path) -> None:
    """The cluster decides it; the error says how to ask. A site may state it."""
    done = program("render", "operator")
    assert done.returncode == 2
    assert ".status.calicoVersion" in done.stderr
    (tmp_path / "profile.yaml").write_text(
        'apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: ours}\nextends: operator\ncalico: "3.32"\n'
    )
    assert program("render", tmp_path).returncode == 0
    assert program("render", "--all", "-o", tmp_path / "out").returncode == 0
    assert not (tmp_path / "out" / "operator").exists()
    assert program("render", "--all", "--calico", "3.32", "-o", tmp_path / "all").returncode == 0
    assert (tmp_path / "all" / "operator").exists()


def test_notes_check_the_installation(tmp_path: Path) -> None:
    """What ALP needs of the operator is checked by commands, and FelixConfiguration is never deleted."""
    assert program("render", "operator", "--calico", "3.32", "-o", tmp_path / "out").returncode == 0
    text = (tmp_path / "out" / "NOTES.md").read_text()
    assert "kubectl get installation default -o jsonpath={.spec.kubeletVolumePluginPath}" in text
    assert """kubectl patch installation default --type merge""" in text
    assert "--component csi" not in text
    assert "delete felixconfiguration" not in text.lower()


def test_another_profile_is_refused_beside_an_installation(tmp_path: Path) -> None:
    """A bundle that holds the operator's Installation cannot bring a calico-node of its own."""
    installation = {"apiVersion": "operator.tigera.io/v1", "kind": "Installation", "metadata": {"name": "default"}}
    (tmp_path / "installation.yaml").write_text(yaml.safe_dump({**installation, "spec": {}}))
    (tmp_path / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: o}\nresources: [installation.yaml]\n"
    )
    done = program("render", "kdd", "--calico", "3.32", "--overlay", tmp_path)
    assert done.returncode == 2
    assert "take the profile operator" in done.stderr
    assert program("render", "operator", "--calico", "3.32", "--overlay", tmp_path).returncode == 0
    policy = program("render", "kdd", "--calico", "3.32", "--component", "policy", "--overlay", tmp_path)
    assert policy.returncode == 0
