"""Every bundle of profile and release validates for the oldest and the newest Kubernetes it was tested with."""

from __future__ import annotations

import pytest

import manifestgen
from manifestgen import Bundle
from tests.schemas.data import every_bundle

BUNDLES = every_bundle()


@pytest.mark.parametrize(("profile", "calico"), BUNDLES, ids=str)
def test_a_bundle_validates(profile: str, calico: str) -> None:
    """No error and no warning; where Kubernetes is older than its schemas, a note says what was not checked."""
    for kubernetes in BUNDLES[profile, calico]:
        bundle = rendered(profile, calico, kubernetes)
        report = manifestgen.validate(bundle)
        assert [str(finding) for finding in report.findings if finding.severity != "note"] == []
        assert report.objects == len(bundle) > 0
        unchecked = [finding for finding in report.findings if finding.code == "structure-not-checked"]
        assert [finding.object for finding in unchecked] == ([] if report.structure else [""])
        assert report.structure == (kubernetes is None or int(kubernetes.split(".")[1]) >= 25)


def rendered(profile: str, calico: str, kubernetes: str | None) -> Bundle:
    """The bundle with all its components, whether or not a rule would refuse it."""
    try:
        return manifestgen.render(profile, calico=calico, kubernetes=kubernetes)
    except manifestgen.ManifestgenError as refusal:
        code = getattr(refusal, "code", "")
        return manifestgen.render(profile, calico=calico, kubernetes=kubernetes, allow=[code])
