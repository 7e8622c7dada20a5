"""`--ignore-order`: what is left out, what is not, and that it is said."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings, strategies

import manifestgen
from manifestgen.difference.diff import compare
from tests.difference.data import resources
from tests.support.program import manifestgen as program
from tests.support.prove import times

CONTAINER: dict[str, Any] = {
    "name": "node",
    "image": "node",
    "args": ["a", "b"],
    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    "volumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b"}],
    "ports": [{"containerPort": 1}, {"containerPort": 2}],
    "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}},
}
POD: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "node"},
    "spec": {
        "template": {
            "spec": {
                "containers": [CONTAINER, {"name": "other", "image": "other"}],
                "initContainers": [{"name": "a", "image": "a"}, {"name": "b", "image": "b"}],
                "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}],
                "tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}],
            }
        }
    },
}
RULES: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "node"},
    "rules": [
        {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["get", "list"]},
        {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["get"]},
    ],
}


def policy(api: str) -> dict[str, Any]:
    """A NetworkPolicy, of which there are two."""
    rules = [{"ports": [{"port": 1}]}, {"ports": [{"port": 2}]}]
    return {"apiVersion": api, "kind": "NetworkPolicy", "metadata": {"name": "a"}, "spec": {"ingress": rules}}


def at(body: dict[str, Any], path: str) -> list[Any]:
    """The list at a path of keys and indexes."""
    found: Any = body
    for token in path.split("/"):
        found = found[int(token)] if isinstance(found, list) else found[token]
    assert isinstance(found, list)
    return found


def reversed_at(body: dict[str, Any], path: str) -> dict[str, Any]:
    """The object with one list turned around."""
    changed: dict[str, Any] = json.loads(json.dumps(body))
    at(changed, path).reverse()
    return changed


def compared(left: Any, right: Any, tmp_path: Path) -> manifestgen.Diff:
    """How two objects differ when order does not count."""
    for name, body in (("left", left), ("right", right)):
        (tmp_path / name).write_text(yaml.safe_dump_all(body if isinstance(body, list) else [body]))
    assert manifestgen.diff(tmp_path / "left", tmp_path / "right")
    return manifestgen.diff(tmp_path / "left", tmp_path / "right", ignore_order=True)


SPEC = "spec/template/spec"
FREE = [
    (POD, f"{SPEC}/volumes"),
    (POD, f"{SPEC}/tolerations"),
    (POD, f"{SPEC}/containers/0/env"),
    (POD, f"{SPEC}/containers/0/volumeMounts"),
    (POD, f"{SPEC}/containers/0/ports"),
    (POD, f"{SPEC}/containers/0/securityContext/capabilities/add"),
    (RULES, "rules"),
    (RULES, "rules/0/verbs"),
    (RULES, "rules/0/resources"),
    (policy("networking.k8s.io/v1"), "spec/ingress"),
]
BOUND = [
    (POD, f"{SPEC}/containers"),
    (POD, f"{SPEC}/initContainers"),
    (POD, f"{SPEC}/containers/0/args"),
    (policy("projectcalico.org/v3"), "spec/ingress"),
    (policy("crd.projectcalico.org/v1"), "spec/ingress"),
]


@pytest.mark.parametrize(("body", "path"), FREE, ids=[path for _, path in FREE])
def test_a_list_whose_order_says_nothing(body: dict[str, Any], path: str, tmp_path: Path) -> None:
    """Is no difference, and is named."""
    found = compared(body, reversed_at(body, path), tmp_path)
    assert not found
    assert found.order is not None
    assert len(found.order.lists) == 1


@pytest.mark.parametrize(("body", "path"), BOUND, ids=[f"{body['apiVersion']} {path}" for body, path in BOUND])
def test_a_list_whose_order_matters(body: dict[str, Any], path: str, tmp_path: Path) -> None:
    """Still differs: containers start in order, arguments are arguments, Calico tries rules from the top."""
    assert compared(body, reversed_at(body, path), tmp_path)


def test_variables_that_use_one_another_keep_their_order(tmp_path: Path) -> None:
    """`$(A)` stands for a variable that was defined before."""
    left = json.loads(json.dumps(POD))
    at(left, f"{SPEC}/containers/0/env")[1]["value"] = "x$(A)"
    assert compared(left, reversed_at(left, f"{SPEC}/containers/0/env"), tmp_path)


def test_the_order_of_objects(tmp_path: Path) -> None:
    """Whatever it is."""
    bodies = [POD, RULES, policy("networking.k8s.io/v1")]
    for order in list(permutations(bodies))[1:]:
        found = compared(bodies, list(order), tmp_path)
        assert not found
        assert found.order is not None
        assert found.order.objects > 0


def test_what_else_differs_is_told_and_nothing_of_the_order(tmp_path: Path) -> None:
    """In every format, and the patch is confirmed to leave nothing but the order."""
    right = reversed_at(POD, f"{SPEC}/volumes")
    at(right, f"{SPEC}/volumes")[0]["emptyDir"] = {"medium": "Memory"}
    at(right, f"{SPEC}/volumes").append({"name": "new", "emptyDir": {}})
    found = compared([POD, RULES], [RULES, right], tmp_path)
    said = json.loads(found.to_json())
    assert {(one["change"], one["path"]) for one in said["objects"][0]["fields"]} == {
        ("added", "/spec/template/spec/volumes/[name=b]/emptyDir/medium"),
        ("added", "/spec/template/spec/volumes/[name=new]"),
    }
    assert said["order"] == {
        "objects": 1,
        "lists": [{"id": "apps/v1/DaemonSet node", "path": "/spec/template/spec/volumes"}],
    }
    assert found.to_text().endswith("; left out: the order of 1 object and of 1 list\n")
    changed = [line for line in found.to_unified().splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert all(line.startswith("+") or "emptyDir" in line for line in changed)
    operations = found.to_json_patch()
    assert {one["op"] for one in operations} == {"add"}


NAMES = strategies.sampled_from("abcd")
ENV = strategies.fixed_dictionaries({"name": NAMES}, optional={"value": strategies.sampled_from(["1", "$(a)", "x"])})
CONTAINERS = strategies.lists(
    strategies.fixed_dictionaries(
        {"name": NAMES, "image": NAMES},
        optional={
            "env": strategies.lists(ENV, max_size=4),
            "ports": strategies.lists(
                strategies.fixed_dictionaries({"containerPort": strategies.integers(1, 4)}, optional={"name": NAMES}),
                max_size=3,
            ),
            "args": strategies.lists(NAMES, max_size=3),
        },
    ),
    max_size=3,
)
VOLUMES: strategies.SearchStrategy[list[dict[str, Any]]] = strategies.lists(
    strategies.fixed_dictionaries({"name": NAMES}, optional={"emptyDir": strategies.just({})}), max_size=4
)
PODS = strategies.builds(
    lambda name, spec: {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name},
        "spec": {"template": {"spec": spec}},
    },
    NAMES,
    strategies.fixed_dictionaries({}, optional={"containers": CONTAINERS, "volumes": VOLUMES}),
)
ROLES = strategies.builds(
    lambda name, rules: {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules,
    },
    NAMES,
    strategies.lists(
        strategies.fixed_dictionaries(
            {key: strategies.lists(NAMES, max_size=3) for key in ("apiGroups", "resources", "verbs")}
        ),
        max_size=4,
    ),
)
OBJECTS = strategies.lists(strategies.one_of(PODS, ROLES), max_size=4)


@settings(max_examples=times(40, 2_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(OBJECTS, OBJECTS)
def test_whatever_differs_every_format_can_say_it(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    """What is left out is a part of what differs, and the patch leaves nothing else: an independent library says so."""
    all_of_it, found = (compare(resources(left), resources(right), ignore_order=ignored) for ignored in (False, True))
    found.to_json_patch()
    for said in (found.to_text(), found.to_unified(), found.to_markdown()):
        assert bool(said) == bool(found)
    assert found.to_html()
    assert all_of_it or not found


@settings(max_examples=times(40, 2_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(OBJECTS, strategies.randoms(use_true_random=False))
def test_lists_in_any_order_are_the_same(left: list[dict[str, Any]], random: Random) -> None:
    """Objects, volumes, ports, rules and what is in them, and variables that do not use one another."""
    right = json.loads(json.dumps(left))
    assume(len({(one["kind"], one["metadata"]["name"]) for one in right}) == len(right))
    random.shuffle(right)
    for one in right:
        spec = one["spec"]["template"]["spec"] if one["kind"] == "DaemonSet" else {}
        lists = [one.get("rules", []), spec.get("volumes", [])]
        lists += [found for rule in one.get("rules", []) for found in rule.values()]
        for container in spec.get("containers", []):
            lists.append(container.get("ports", []))
            if "$(" not in json.dumps(container.get("env", [])):
                lists.append(container.get("env", []))
        for found in lists:
            random.shuffle(found)
    assert not compare(resources(left), resources(right), ignore_order=True)


def test_the_command(tmp_path: Path) -> None:
    """Status 0 with nothing on stdout, and a note that the sides are not the same all the same."""
    for name, body in (("left", POD), ("right", reversed_at(POD, f"{SPEC}/volumes"))):
        (tmp_path / name).write_text(yaml.safe_dump(body))
    assert program("diff", "left", "right", cwd=tmp_path).returncode == 1
    done = program("diff", "left", "right", "--ignore-order", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "note: left out: the order of 1 list\n")
    same = program("diff", "left", "left", "--ignore-order", cwd=tmp_path)
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    live = program("diff", "--live", "left", "right", "--ignore-order", cwd=tmp_path)
    assert (live.returncode, live.stdout) == (0, "")
    assert program("diff", "--live", "left", "right", cwd=tmp_path).returncode == 1


def test_a_wrong_type_is_refused(tmp_path: Path) -> None:
    """As everywhere."""
    with pytest.raises(manifestgen.WrongArgument, match="ignore_order must be True or False"):
        manifestgen.diff(tmp_path, tmp_path, ignore_order="yes")  # type: ignore[arg-type]
