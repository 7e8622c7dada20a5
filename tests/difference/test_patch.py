"""The JSON Patch of a difference makes the right side of the left one, always."""

from __future__ import annotations

import copy
import itertools
import json
import os
import subprocess
import sys
from typing import Any

import jsonpatch
import pytest
from hypothesis import given

import manifestgen
from manifestgen.catalog.loading import install_profiles
from manifestgen.difference.diff import compare
from manifestgen.patch import rfc6902
from tests.difference.data import BUNDLES, listed, resources
from tests.support.fuzz import examples

RELEASES = ("v3.2", "v3.9", "v3.32")


@given(BUNDLES, BUNDLES)
@examples(150, 5_000)
def test_fuzz_the_patch_makes_right_of_left(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    """By our engine and by the jsonpatch library; neither side is changed, and only a difference has operations."""
    before = copy.deepcopy((left, right))
    found = compare(resources(left), resources(right))
    operations = found.to_json_patch(secrets=True)
    for _ in range(2):  # the operations hold values of their own: applying them twice gives the same
        patched = rfc6902.patch(listed(left), operations)
        assert rfc6902.same(patched, listed(right))
        assert rfc6902.same(jsonpatch.apply_patch(listed(left), operations), listed(right))
    assert bool(found) == bool(operations) == (not rfc6902.same(listed(left), listed(right)))
    assert (left, right) == before


@given(BUNDLES, BUNDLES)
@examples(40, 1_000)
def test_fuzz_every_format_can_say_it(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    """None fails, whatever differs; of equal bundles text, unified format and patch are empty."""
    found = compare(resources(left), resources(right))
    assert bool(found.to_text(color=True)) == bool(found)
    found.to_unified()
    found.to_html()
    assert json.loads(found.to_json())["equal"] == (not found)
    same = compare(resources(left), resources(copy.deepcopy(left)))
    assert (bool(same), len(same), same.to_text(), same.to_unified(), same.to_json_patch()) == (False, 0, "", "", [])


@pytest.fixture(scope="module")
def shipped() -> list[manifestgen.Bundle]:
    """Every profile of three releases, with its configuration."""
    etcd = {"etcd_endpoints": "https://10.0.0.1:2379"}
    return [
        manifestgen.render(
            profile,
            calico=release,
            components=("node", "config", "policy"),
            values=etcd if profile == "etcd" else {},
        )
        for profile in install_profiles()
        for release in RELEASES
    ]


def test_the_patch_makes_one_shipped_bundle_of_another(shipped: list[manifestgen.Bundle]) -> None:
    """Pairwise, both ways, on the documents that `Bundle.to_json` writes."""
    documents = [json.loads(bundle.to_json()) for bundle in shipped]
    for i, j in itertools.permutations(range(len(shipped)), 2):
        operations = manifestgen.diff(shipped[i], shipped[j]).to_json_patch(secrets=True)
        assert json.dumps(jsonpatch.apply_patch(documents[i], operations), sort_keys=True) == json.dumps(
            documents[j], sort_keys=True
        )


def test_a_shipped_bundle_does_not_differ_from_itself(shipped: list[manifestgen.Bundle], tmp_path: Any) -> None:
    """Nor from what it writes, read back."""
    for number, bundle in enumerate(shipped):
        assert not manifestgen.diff(bundle, bundle)
        bundle.write(tmp_path / str(number))
        assert not manifestgen.diff(bundle, tmp_path / str(number))


def test_what_did_not_change_is_not_rewritten() -> None:
    """One image in a list of containers is one operation, at the image."""
    containers = [{"name": name, "image": f"{name}:v1", "args": ["a", "b"]} for name in "abc"]
    left = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}}
    right = copy.deepcopy(left)
    right["spec"]["containers"][1]["image"] = "b:v2"  # type: ignore[index]
    found = compare(resources([left]), resources([right]))
    assert found.to_json_patch() == [{"op": "replace", "path": "/items/0/spec/containers/1/image", "value": "b:v2"}]


def test_a_list_in_another_order_is_moved_and_not_rewritten() -> None:
    """As few moves as can be: the last of ten put first is one."""
    env = [{"name": f"V{number}", "value": "x"} for number in range(10)]
    left = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"env": env}}
    right = {**left, "spec": {"env": [env[9], *env[:9]]}}
    found = compare(resources([left]), resources([right]))
    assert found.to_json_patch() == [{"op": "move", "from": "/items/0/spec/env/9", "path": "/items/0/spec/env/0"}]


CODE = """
import json, manifestgen
left = manifestgen.render("kdd", calico="v3.2", components=("node", "config", "policy"))
right = manifestgen.render("flannel", calico="v3.9", components=("node", "config", "policy"))
found = manifestgen.diff(left, right)
print(found.to_text(color=True), found.to_unified(), found.to_json(), found.to_html())
print(json.dumps(found.to_json_patch()))
"""


def test_the_output_is_the_same_for_any_hash_seed() -> None:
    """Every format, in processes with different seeds."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", CODE], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1
    assert b"calico-node" in outputs.pop()
