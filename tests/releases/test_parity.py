"""What is rendered with `published` is what Calico published, field by field and string by string."""

from __future__ import annotations

import re

import pytest
import yaml

import manifestgen
from tests.releases.catalog import MINORS, PROFILES, bodies, has, published, reference, rendered

CONFIG_KINDS = {"ConfigMap", "Secret"}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("minor", MINORS)
def test_node_is_as_published(minor: str, profile: str) -> None:
    """DaemonSet and ServiceAccount equal the published ones, lists in the published order."""
    assert bodies(rendered(profile, minor, ("node",))) == published(f"{minor}/node/{profile}.yaml")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("minor", ["v3.2", "v3.9", "v3.32"])
def test_config_is_as_published(minor: str, profile: str) -> None:
    """ConfigMap and Secret equal those of the published installs, the embedded CNI configuration byte for byte."""
    wanted = {key: body for key, body in published(f"{minor}/install/{profile}.yaml").items() if key[0] in CONFIG_KINDS}
    assert bodies(rendered(profile, minor, ("config",))) == wanted


@pytest.mark.parametrize("minor", [minor for minor in MINORS if has("csi", minor)])
def test_csi_is_as_published(minor: str) -> None:
    """The CSI driver equals the published one, whatever the profile."""
    wanted = published(f"{minor}/csi-driver.yaml")
    for profile in PROFILES:
        assert bodies(rendered(profile, minor, ("csi",))) == wanted


@pytest.mark.parametrize("minor", MINORS)
def test_version_and_images_are_those_of_the_newest_patch(minor: str) -> None:
    """A minor stands for the tag that its files were taken from, and needs no image but those that they name."""
    facts = yaml.safe_load(reference(f"{minor}/VERSION").read_text())
    needed: set[str] = set()
    for profile in PROFILES:
        bundle = manifestgen.render(profile, calico=minor, components=("node",), published=True)
        assert bundle.context
        assert f"v{bundle.context.calico}" == facts["tag"]
        needed |= set(bundle.images())
    if has("csi", minor):
        needed |= set(manifestgen.render("kdd", calico=minor, components=("csi",), published=True).images())
    assert needed <= set(facts["images"])
    assert {re.split("[/:]", image)[-2] for image in needed} >= {"node", "cni", "flannel"}
