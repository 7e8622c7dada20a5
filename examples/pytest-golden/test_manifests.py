"""The bundles of this site are the ones under golden/."""

from pathlib import Path

import pytest

import manifestgen

SITE = Path(__file__).parent / "site"


@pytest.mark.manifestgen_matrix("golden/matrix.yaml")
def test_bundle(manifestgen_tree, manifestgen_golden):
    """Every bundle of the matrix is as expected, byte for byte, and no file is left over."""
    manifestgen_golden(manifestgen_tree)


def test_nightly(manifestgen_golden):
    """A bundle that a script renders, with values of its own, is as expected too."""
    bundle = manifestgen.render(
        "kdd", calico="v3.9", components=["node"], overlays=[SITE], values={"pod_cidr": "10.30.0.0/16"}
    )
    manifestgen_golden(bundle, "golden/nightly")
    # Whatever else must hold of it can be said in Python.
    assert all("@" in image or ":" in image for image in bundle.images())
