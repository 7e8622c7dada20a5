"""The golden trees that are shipped with the project."""

from __future__ import annotations

from pathlib import Path

import pytest

import manifestgen
from manifestgen.catalog.loading import install_profiles
from manifestgen.catalog.releases import newest_working
from manifestgen.goldens.matrix import Tree, read_matrix
from manifestgen.goldens.report import to_text
from manifestgen.goldens.run import RunResult
from manifestgen.goldens.tree import check, check_leftovers

ROOT = Path(__file__).parents[2]
MATRIX = read_matrix(str(ROOT / "golden" / "matrix.yaml"))


@pytest.mark.parametrize("tree", MATRIX.trees, ids=lambda tree: tree.name)
def test_a_shipped_tree_is_what_is_rendered(tree: Tree) -> None:
    """Byte for byte; after a change that is meant: manifestgen golden update."""
    found = check(tree, manifestgen.render)
    assert not found, to_text(RunResult((found,)))


def test_no_shipped_tree_is_left_over() -> None:
    """Every file beside the matrix belongs to a tree that it asks for."""
    assert not check_leftovers(MATRIX)


def test_every_profile_is_there_for_the_oldest_a_middle_and_the_newest_release() -> None:
    """As the release's procedure applies it, with the Istio that it documents."""
    releases = ("v3.2", "v3.9", f"v{newest_working().as_minor}")
    plain = {tree.name for tree in MATRIX.trees if tree.request["istio"] is None and not tree.request["components"]}
    assert plain == {f"{release}/{profile}" for release in releases for profile in install_profiles()}


@pytest.mark.parametrize("tree", MATRIX.trees, ids=lambda tree: tree.name)
def test_a_shipped_tree_reads_back_as_the_bundle(tree: Tree) -> None:
    """`load` of its directory does not differ from the bundle: what kubectl applies, in order, then the rest."""
    bundle = manifestgen.render(**tree.request)
    applied = bundle.applied()
    beside = [resource for resource in bundle if resource not in applied]
    assert not manifestgen.diff(tree.directory, manifestgen.Bundle([*applied, *beside]))
