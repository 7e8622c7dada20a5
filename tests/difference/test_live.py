"""A cluster beside a bundle: `tests/cases/difference/live.yaml`, and kubectl's own normal form as a witness."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.loading import shipped_profiles
from manifestgen.catalog.resource_files import objects
from manifestgen.difference.drift import drift, quantity
from manifestgen.patch import rfc6902
from manifestgen.yamlio.reader import read_objects
from tests.difference.data import cases, listed, resources

CASES = cases("live.yaml")
named = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


def drifted(case: dict[str, Any]) -> manifestgen.Diff:
    """The drift of a case."""
    return drift(
        objects(case["live"], "live.yaml"), objects(case["bundle"], "bundle.yaml"), ("live.yaml", "bundle.yaml")
    )


@named
def test_drift_reads_as_the_table_says(case: dict[str, Any]) -> None:
    """Word for word; no drift is no text."""
    assert drifted(case).to_text() == case["text"]


@named
def test_the_patch_of_a_drift_mends_the_cluster(case: dict[str, Any]) -> None:
    """Applied to what the cluster holds it takes the drift away, and touches nothing else."""
    live = read_objects(case["live"])
    patched = rfc6902.patch(listed(live), drifted(case).to_json_patch(secrets=True))["items"]
    assert not drift(resources(patched), objects(case["bundle"], "bundle.yaml"), ("", ""))
    kept = {(body["kind"], body["metadata"]["name"]) for body in live}
    assert kept <= {(body["kind"], body["metadata"]["name"]) for body in patched}


@pytest.mark.parametrize("profile", shipped_profiles())
def test_a_bundle_applied_as_it_is_has_not_drifted(profile: str) -> None:
    """In whatever order the cluster lists its objects."""
    bundle = manifestgen.render(profile, calico="v3.9")
    assert not drift(bundle.resources[::-1], bundle.resources, ("live", "bundle"))


@pytest.mark.parametrize(
    ("written", "worth"),
    [
        *(("1", 1), (1, 1), ("1000m", 1), ("0.5", Fraction(1, 2)), ("500m", Fraction(1, 2)), ("1Ki", 1024)),
        *(("1k", 1000), ("1e3", 1000), ("1E", 10**18), ("1Ei", 2**60), (".5", Fraction(1, 2)), ("-1.", -1)),
        *(("", None), ("1 Gi", None), ("1gi", None), ("cpu", None), (True, None), (None, None), ("1e99999", None)),
    ],
)
def test_amounts_are_worth_what_kubernetes_says(written: Any, worth: Any) -> None:
    """By the grammar of resource.Quantity."""
    assert quantity(written) == worth
