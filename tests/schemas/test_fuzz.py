"""Whatever a manifest holds, validation and drift end in findings and never in a fault of ours."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

import manifestgen
from manifestgen import Bundle
from manifestgen.model.identity import identify
from manifestgen.patch.resource import Resource
from tests.support.prove import PROVE

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**18, "", "x", "\x00", [], {}),
    *([1], ["a"], [None], [[]], [{}], {"a": None}, {"": {}}),
]
KEPT = {("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}
BODIES = [one.body for profile in ("kdd", "flannel") for one in manifestgen.render(profile, calico="3.32")]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in an object."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, member in members for place in places(member, (*path, name)))]


def bundle(body: dict[str, Any]) -> Bundle:
    """A bundle of one object."""
    identity = identify(body)
    return Bundle([Resource(id=identity, content=body, component="", base=body, original=identity, layer="")])


@pytest.mark.parametrize("seed", range(40 if PROVE else 4))
def test_a_mutated_object_has_findings(seed: int) -> None:
    """One to three values are replaced by something else."""
    source = random.Random(seed)
    failed = 0
    for _ in range(100):
        original = source.choice(BODIES)
        body = copy.deepcopy(original)
        for _ in range(source.randint(1, 3)):
            place = source.choice([place for place in places(body) if place and place not in KEPT] or [("more",)])
            owner: Any = body
            for token in place[:-1]:
                owner = owner[token]
            owner[place[-1]] = copy.deepcopy(source.choice(VALUES))
        report = manifestgen.validate(bundle(body), kubernetes=source.choice(["1.13", "1.25", "1.36"]))
        failed += report.failed
        assert report.to_text()
        assert report.to_sarif()
        assert bool(manifestgen.drift(bundle(body), bundle(body))) is False
        manifestgen.drift(bundle(body), bundle(original)).to_text()
    assert failed > 30
