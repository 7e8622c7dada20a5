"""Patches of every shape, put together at random: each gives what an independent library makes of it, or is refused."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import jsonpatch
import pytest

from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.patch.provenance import origins
from manifestgen.yamlio.reader import read
from tests.patch.test_cases import patched
from tests.patch.test_strategic import OBJECT

ROUNDS = 40 if os.environ.get("MANIFESTGEN_PROVE") else 4
POD = "/spec/template/spec"
PATHS = (
    *(
        "",
        "/kind",
        "/metadata",
        "/metadata/name/x",
        "/metadata/labels/app",
        "/metadata/labels/x",
        "/metadata/annotations/q",
    ),
    *("/metadata/finalizers/[=first]", "/metadata/finalizers/[*]", "/spec/strategy", "/spec/a/b/c", "/x/["),
    *(f"{POD}/containers/0", f"{POD}/containers/[*]/env", f"{POD}/containers/[*]/image", f"{POD}/containers/[a=b,c]"),
    *(f"{POD}/containers/[*]/env/[*]/value", f"{POD}/containers/[name=app]/env/[name=A]", f"{POD}/volumes/[name]"),
    *(f"{POD}/containers/[name=app]/env/[name=NO]", f"{POD}/containers/[name=side]", f"{POD}/volumes/-"),
    *(f"{POD}/tolerations/[*]", f"{POD}/tolerations/[key=k2]"),
)
VALUES: tuple[Any, ...] = (
    *("v", 1, None, True, {}, [], {"name": "web"}, {"name": "data", "emptyDir": {}}, "Deployment"),
    [{"name": "A", "value": "q"}],
)


def operation(chance: random.Random) -> dict[str, Any]:
    """One operation, which may or may not fit."""
    op = chance.choice(("add", "replace", "remove", "test", "move", "copy"))
    made: dict[str, Any] = {"op": op, "path": chance.choice(PATHS)}
    if op in {"add", "replace", "test"}:
        made["value"] = chance.choice(VALUES)
    if op in {"move", "copy"}:
        made["from"] = chance.choice(PATHS)
    if chance.random() < 0.4:
        made["if"] = chance.choice(("present", "absent"))
    if chance.random() < 0.1:
        made["expect"] = chance.choice((0, 1, "0+", "1+"))
    if op in {"add", "move", "copy"} and chance.random() < 0.3:
        made["create"] = True
    if op == "add" and chance.random() < 0.2:
        made["insert"] = chance.choice(("before", "after"))
    return made


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_is_applied_is_plain_json_patch(seed: int) -> None:
    """The lowered operations give the same object elsewhere, every field has an origin, and errors are ours."""
    chance = random.Random(seed)
    fitted = 0
    for _ in range(400):
        written = [operation(chance) for _ in range(chance.randint(1, 3))]
        case = {"objects": OBJECT, "patches": f'- target: {{kind: ".*"}}\n  patch: {json.dumps(written)}\n'}
        try:
            resources = patched(case)
        except ManifestgenError:
            continue
        fitted += 1
        for resource in resources:
            steps = [step.as_json() for change in resource.history for step in change.lowered]
            assert jsonpatch.apply_patch(read(OBJECT)[0], steps) == resource.body
            found = origins(resource)
            assert all(pointer.lookup(resource.body, path) in ({}, [], origin.value) for path, origin in found.items())
    assert fitted > 20
