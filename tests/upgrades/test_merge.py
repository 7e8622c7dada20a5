"""Three-way merges of values: what each side changes is taken, and what both change is named."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from manifestgen.upgrades.merge import MISSING, merge
from tests.support.prove import PROVE

A, B, C = ({"name": name, "value": name.lower()} for name in "ABC")
GET = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
OTHER = {**GET, "resources": ["x"]}
LIST = {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["list"]}


def env(*items: dict[str, Any]) -> dict[str, Any]:
    """A container's variables."""
    return {"env": list(items)}


def rules(*items: dict[str, Any]) -> dict[str, Any]:
    """The rules of a role."""
    return {"rules": list(items)}


def image(reference: str) -> dict[str, Any]:
    """A container's image."""
    return {"containers": [{"name": "a", "image": reference}]}


MERGES: dict[str, tuple[Any, Any, Any, Any]] = {
    "members of both sides": ({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "c": 3}, {"a": 1, "b": 2, "c": 3}),
    "a member that each side takes out": ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2}, {"b": 2, "c": 3}, {"b": 2}),
    "the same change": ({"a": 1}, {"a": 2}, {"a": 2}, {"a": 2}),
    "1 is not true": ({"a": 1}, {"a": True}, {"a": 1}, {"a": True}),
    "null is a value": ({"a": None}, {"a": None, "b": 1}, {}, {"b": 1}),
    "a named item that each side changes": (
        env(A, B),
        env({**A, "value": "mine"}, B),
        env(A, {**B, "value": "new"}),
        env({**A, "value": "mine"}, {**B, "value": "new"}),
    ),
    "an item of mine stays behind the one that it follows": (env(A, B), env(A, C, B), env(B, A), env(B, A, C)),
    "an item that comes first": (env(A, B), env(C, A, B), env(A), env(C, A)),
    "an item that both add": (env(A), env(A, C), env(A, B, C), env(A, B, C)),
    "an order that I changed": (env(A, B), env(B, A), env(A, B, C), env(B, C, A)),
    "an order that the release changed": (env(A, B), env(A, B, C), env(B, A), env(B, C, A)),
    "verbs that both add": (
        rules({**GET, "verbs": ["get"]}),
        rules({**GET, "verbs": ["get", "patch"]}),
        rules({**GET, "verbs": ["watch", "get"]}),
        rules({**GET, "verbs": ["watch", "get", "patch"]}),
    ),
    "a rule with another resource is that rule": (
        rules(GET, LIST),
        rules({**GET, "verbs": ["get", "list"]}, LIST),
        rules({**GET, "resources": ["pods", "nodes"]}, LIST),
        rules({"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["get", "list"]}, LIST),
    ),
    "a rule of mine": (rules(GET), rules(GET, LIST), rules(GET, OTHER), rules(GET, OTHER, LIST)),
    "the registry is mine, the version the release's": (
        image("docker.io/calico/node:v1"),
        image("mirror.example.com/x/calico/node:v1"),
        image("quay.io/calico/node:v2"),
        image("mirror.example.com/x/calico/node:v2"),
    ),
    "the same registry": (
        image("calico/node:v1"),
        image("mirror.example.com/calico/node:v1"),
        image("calico/node:v2"),
        image("mirror.example.com/calico/node:v2"),
    ),
}


@pytest.mark.parametrize("name", MERGES)
def test_what_fits_together_is_merged(name: str) -> None:
    """Without a conflict, and without a change to what was given."""
    old, mine, new, expected = MERGES[name]
    given = copy.deepcopy((old, mine, new))
    found = merge(old, mine, new)
    assert not found.conflicts
    assert found.value == expected
    assert json.dumps((old, mine, new)) == json.dumps(given)


CONFLICTS: dict[str, tuple[Any, Any, Any, str]] = {
    "two values": ({"a": {"b": 1}}, {"a": {"b": 2}}, {"a": {"b": 3}}, "a/b"),
    "mine is gone, theirs is another": ({"a": 1}, {}, {"a": 2}, "a"),
    "mine is another, theirs is gone": ({"a": 1}, {"a": 2}, {}, "a"),
    "both add another": ({}, {"a": 1}, {"a": 2}, "a"),
    "another shape": ({"a": 1}, {"a": {"b": 1}}, {"a": [1]}, "a"),
    "a variable": (env(A), env({**A, "value": "x"}), env(B, {**A, "value": "y"}), "env/[name=A]/value"),
    "a variable that is gone": (env(A, B), env(B), env({**A, "value": "y"}, B), "env/[name=A]"),
    "arguments have an order": ({"args": ["a", "b"]}, {"args": ["a", "b", "c"]}, {"args": ["x", "b"]}, "args"),
    "a tag of one's own": (image("x/a:1"), image("x/a:own"), image("x/a:2"), "containers/[name=a]/image"),
    "a digest of the old image": (image("x/a:1"), image("x/a:1@sha256:0"), image("x/a:2"), "containers/[name=a]/image"),
    "another repository": (image("x/a:1"), image("y/b:1"), image("z/a:2"), "containers/[name=a]/image"),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_what_both_sides_change_is_a_conflict(name: str) -> None:
    """It is named by its place, with the values of all three, and mine stays."""
    old, mine, new, path = CONFLICTS[name]
    found = merge(old, mine, new)
    (conflict,) = found.conflicts
    assert "/".join(conflict.place.name) == path
    for at, body, value in zip(conflict.place[1:], (old, mine, new), conflict[1:], strict=True):
        assert value is MISSING or looked_up(body, at) == value


def looked_up(body: Any, path: tuple[str, ...]) -> Any:
    """The value at a plain path."""
    for token in path:
        body = body[int(token)] if isinstance(body, list) else body[token]
    return body


def edited(value: Any, chance: random.Random) -> Any:
    """A value with a few random edits."""
    value = copy.deepcopy(value)
    for _ in range(chance.randrange(4)):
        spot = value
        while True:
            below = [
                one for one in (spot.values() if isinstance(spot, dict) else spot) if isinstance(one, (dict, list))
            ]
            if not below or chance.random() < 0.3:
                break
            spot = chance.choice(below)
        if isinstance(spot, dict):
            spot[chance.choice("abcd")] = chance.choice([1, "x", None, {"a": 1}, ["p"]])
            if chance.random() < 0.3:
                spot.pop(chance.choice(sorted(spot)))
        elif spot and chance.random() < 0.5:
            del spot[chance.randrange(len(spot))]
        else:
            name = chance.choice("ABCDEF")
            if all(one.get("name") != name for one in spot if isinstance(one, dict)):
                spot.insert(chance.randrange(len(spot) + 1), {"name": name, "value": chance.choice("xyz")})
    return value


@pytest.mark.parametrize("seed", range(3000 if PROVE else 300))
def test_one_side_alone_is_taken_as_it_is(seed: int) -> None:
    """Whatever one side changes is the result where the other changes nothing, or the same."""
    chance = random.Random(seed)
    old = {"a": {"b": 1, "env": [A, B]}, "c": [C], "d": "x"}
    mine, new = edited(old, chance), edited(old, chance)
    for left, right, expected in ((mine, old, mine), (old, new, new), (mine, mine, mine)):
        found = merge(old, left, right)
        assert (found.value, found.conflicts) == (expected, ())


@pytest.mark.parametrize("seed", range(3000 if PROVE else 300))
def test_both_sides_conflict_alike(seed: int) -> None:
    """Which side is whose does not change what is a conflict; without one, the two results say the same."""
    chance = random.Random(seed)
    old = {"a": {"b": 1, "env": [A, B]}, "c": [C], "d": "x"}
    mine, new = edited(old, chance), edited(old, chance)
    one, other = merge(old, mine, new), merge(old, new, mine)
    assert len(one.conflicts) == len(other.conflicts)
    if not one.conflicts:
        assert flat(one.value) == flat(other.value)


def flat(value: Any) -> Any:
    """A value without the order of its lists."""
    if isinstance(value, dict):
        return {key: flat(member) for key, member in value.items()}
    return sorted(json.dumps(flat(one), sort_keys=True) for one in value) if isinstance(value, list) else value
