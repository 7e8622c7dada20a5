"""Every bundle of profile and release validates for the oldest and the newest Kubernetes it was tested with."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

import manifestgen
from manifestgen import Bundle
from tests.schemas.data import every_bundle

BUNDLES = every_bundle()
SELDOM = ("node", "config", "policy", "pilot-egress", "namespaces")
OPERATED = ("policy", "pilot-egress", "namespaces")
"""Components that are not all rendered by default; the operator runs calico-node itself."""


@pytest.mark.parametrize(("profile", "calico"), BUNDLES, ids=str)
def test_a_bundle_validates(profile: str, calico: str) -> None:
    """No error and no warning; where Kubernetes is older than its schemas, a note says what was not checked."""
    for kubernetes, more in product(BUNDLES[profile, calico], (False, True)):
        bundle = rendered(profile, calico, kubernetes, more=more)
        report = manifestgen.validate(bundle)
        assert [str(finding) for finding in report.findings if finding.severity != "note"] == []
        assert report.objects == len(bundle) > 0
        unchecked = [finding for finding in report.findings if finding.code == "structure-not-checked"]
        assert [finding.object for finding in unchecked] == ([] if report.structure else [""])
        assert report.structure == (kubernetes is None or int(kubernetes.split(".")[1]) >= 25)


def rendered(profile: str, calico: str, kubernetes: str | None, *, more: bool) -> Bundle:
    """The bundle, whether or not a rule would refuse it; with `more`, of every component."""
    options: dict[str, Any] = {"calico": calico, "kubernetes": kubernetes}
    if more:
        options["components"] = OPERATED if profile == "operator" else SELDOM
        options["namespaces"] = ["shop"]
        options["values"] = {"strict_mtls": "mesh"}
        if profile == "etcd":
            options["values"]["etcd_endpoints"] = "http://10.0.0.1:2379"
    try:
        return manifestgen.render(profile, **options)
    except manifestgen.ManifestgenError as refusal:
        return manifestgen.render(profile, allow=[getattr(refusal, "code", "")], **options)
