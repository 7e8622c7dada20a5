"""A cluster beside a bundle: `tests/cases/difference/live.yaml`, and kubectl's own normal form as a witness."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen import Bundle
from manifestgen.catalog.loading import install_profiles
from manifestgen.catalog.resource_files import objects
from manifestgen.difference.drift import Drift, drift
from manifestgen.difference.ignore import from_words
from manifestgen.model.quantity import quantity
from manifestgen.patch import rfc6902
from tests.difference.data import cases, listed, resources
from tests.support.objects import read_objects
from tests.support.program import manifestgen as program

CASES = cases("live.yaml")
named = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


def drifted(case: dict[str, Any]) -> Drift:
    """The drift of a case."""
    return drift(
        objects(case["live"], "live.yaml"),
        objects(case["bundle"], "bundle.yaml"),
        ("live.yaml", "bundle.yaml"),
        **options(case),
    )


def options(case: dict[str, Any]) -> dict[str, Any]:
    """How a case compares."""
    return {
        "covers": case.get("covers", ()),
        "ignore": from_words(case.get("ignore", ())),
        "bundle_only": case.get("bundle_only", False),
    }


@named
def test_drift_reads_as_the_table_says(case: dict[str, Any]) -> None:
    """Word for word; no drift is no text."""
    found = drifted(case)
    assert found.to_text() == case["text"]
    assert [str(one) for one in found.uncovered] == case.get("uncovered", [])


@named
def test_the_patch_of_a_drift_mends_the_cluster(case: dict[str, Any]) -> None:
    """Applied to what the cluster holds it takes the drift away, and touches nothing else."""
    live = read_objects(case["live"])
    patched = rfc6902.patch(listed(live), drifted(case).to_json_patch(secrets=True))["items"]
    assert not drift(resources(patched), objects(case["bundle"], "bundle.yaml"), ("", ""), **options(case))
    kept = {(body["kind"], body["metadata"]["name"]) for body in live}
    assert kept <= {(body["kind"], body["metadata"]["name"]) for body in patched}


@pytest.mark.parametrize("profile", install_profiles())
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


@pytest.mark.parametrize("word", ["", "spec", "DaemonSet/", "DaemonSet:spec", "a/b/c:/spec"])
def test_a_word_that_names_no_field(word: str) -> None:
    """It is refused with how to write one."""
    with pytest.raises(manifestgen.ManifestgenError, match="KIND"):
        from_words([word])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "ignore.yaml:1:1: the document must be a mapping"),
        ("ignore: [{path: /a}]\nmore: 1", 'ignore.yaml:2:1: a file of fields to ignore has no member "more"'),
        ("ignore: [{path: a}]", "ignore.yaml:1:11"),
        ("ignore: [{path: /a, why: b}]", 'ignore.yaml:1:21: a field to ignore has no member "why"'),
        ("ignore:\n- path: /a\n- [a]", "ignore.yaml:3:3"),
    ],
)
def test_an_ignore_file_of_another_form(text: str, said: str, tmp_path: Path) -> None:
    """It is refused with its place."""
    file = tmp_path / "ignore.yaml"
    file.write_text(text)
    with pytest.raises(manifestgen.ManifestgenError) as refused:
        manifestgen.drift(Bundle([]), Bundle([]), ignore_files=[file])
    assert said in str(refused.value)


INSTALLATION = "apiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {}\n"


@pytest.mark.parametrize("profile", install_profiles())
@pytest.mark.parametrize("loaded", [False, True])
def test_an_operators_cluster_is_told_of(profile: str, loaded: bool, tmp_path: Path) -> None:
    """Where the bundle would run a second calico-node; rendered, or written and read again. No difference for that."""
    bundle = manifestgen.render(profile, calico="3.32")
    if loaded:
        bundle.write(tmp_path / "out")
        bundle = manifestgen.load(tmp_path / "out")
    (tmp_path / "cluster.yaml").write_text(f"{bundle.to_yaml()}---\n{INSTALLATION}")
    cluster = manifestgen.load(tmp_path / "cluster.yaml")
    assert [one.code for one in manifestgen.diff(cluster, bundle).warnings] == ["operator-install"]
    found = manifestgen.drift(cluster, bundle)
    assert [one.code for one in found.warnings] == ["operator-install"]
    assert not found
    assert not manifestgen.drift(bundle, bundle).warnings
    assert ("profile" in found.warnings[0].text) is not loaded


def test_the_profile_operator_is_right_for_such_a_cluster(tmp_path: Path) -> None:
    """It has no calico-node."""
    bundle = manifestgen.render("operator", calico="3.32")
    (tmp_path / "cluster.yaml").write_text(f"{bundle.to_yaml()}---\n{INSTALLATION}")
    assert not manifestgen.drift(tmp_path / "cluster.yaml", bundle).warnings


def test_the_command_line_tells_of_the_operator(tmp_path: Path) -> None:
    """On stderr; the exit status is that of the comparison."""
    bundle = manifestgen.render("kdd", calico="3.32")
    (tmp_path / "cluster.yaml").write_text(f"{bundle.to_yaml()}---\n{INSTALLATION}")
    bundle.write(tmp_path / "out")
    done = program("diff", "--live", "cluster.yaml", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("warning: this cluster's Calico is run by the Tigera operator, and the bundle has ")
    stream = program("diff", "-", "out", cwd=tmp_path, stdin=(tmp_path / "cluster.yaml").read_text())
    assert stream.returncode == 1
    assert "(operator-install)\n  next: take the profile operator" in stream.stderr
