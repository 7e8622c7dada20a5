"""Strategic merge patches put together at random, beside `kubectl kustomize`: the same objects, in the same order."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from manifestgen.yamlio.reader import read
from tests.patch.test_cases import patched
from tests.patch.test_strategic import OBJECT

ROUNDS = 300 if os.environ.get("MANIFESTGEN_PROVE") else 20
VOLUMES: tuple[Any, ...] = (
    None,
    [{"name": "data", "emptyDir": None, "hostPath": {"path": "/x"}}],
    [{"name": "conf", "$patch": "delete"}],
    [{"name": "new", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "other"}}],
)
STRATEGIES: tuple[Any, ...] = (
    {"$patch": "delete"},
    {"type": "Recreate", "rollingUpdate": None},
    {"$patch": "replace", "type": "Recreate"},
)
LABELS: tuple[Any, ...] = ({"app": None}, {"added": "label"}, {"$patch": "replace", "only": "label"})
SELECTORS: tuple[Any, ...] = ({"a": "b"}, {"a": None}, None, {"$patch": "replace", "a": "b"})


def some(chance: random.Random, items: tuple[str, ...]) -> list[str]:
    """Some of the items, in any order."""
    return chance.sample(items, chance.randint(1, len(items)))


def env(chance: random.Random) -> list[dict[str, Any]]:
    """Variables to change, to add and to remove."""
    found: list[dict[str, Any]] = []
    for name in some(chance, ("A", "B", "C", "NEW")):
        change = chance.choice(({"$patch": "delete"}, {"value": "changed"}, {"value": ""}, {"value": None}))
        found.append({"name": name, **change})
    return found


def containers(chance: random.Random) -> list[dict[str, Any]]:
    """Containers to change, to add and to remove."""
    found: list[dict[str, Any]] = []
    for name in some(chance, ("app", "side", "more")):
        container: dict[str, Any] = {"name": name}
        if chance.random() < 0.15:
            found.append({"name": name, "$patch": "delete"})
            continue
        if chance.random() < 0.5:
            container["image"] = "changed"
        if chance.random() < 0.5:
            container["env"] = env(chance)
        if chance.random() < 0.3:
            container["args"] = chance.choice((["other"], [], None))
        if chance.random() < 0.3:
            paths = some(chance, ("/data", "/conf", "/new"))
            container["volumeMounts"] = [{"mountPath": path, "name": "data"} for path in paths]
        if chance.random() < 0.2:
            container["resources"] = {"limits": {"cpu": chance.choice(("1", None))}}
        found.append(container)
    return found


def patch(chance: random.Random) -> dict[str, Any]:
    """A strategic merge patch of the Deployment."""
    pod: dict[str, Any] = {}
    metadata: dict[str, Any] = {"name": "web"}
    spec: dict[str, Any] = {"template": {"spec": pod}}
    for owner, member, likely, make in (
        (pod, "containers", 0.7, lambda: containers(chance)),
        (pod, "initContainers", 0.2, lambda: containers(chance)),
        (pod, "volumes", 0.3, lambda: chance.choice(VOLUMES)),
        (pod, "tolerations", 0.2, lambda: chance.choice(([], None, [{"key": "other"}]))),
        (pod, "nodeSelector", 0.2, lambda: chance.choice(SELECTORS)),
        (pod, "$patch", 0.1, lambda: "replace"),
        (spec, "strategy", 0.3, lambda: chance.choice(STRATEGIES)),
        (metadata, "labels", 0.4, lambda: chance.choice(LABELS)),
        (metadata, "finalizers", 0.2, lambda: some(chance, ("first", "second", "third"))),
    ):
        if chance.random() < likely:
            owner[member] = make()
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
def test_the_same_as_kustomize(tmp_path: Path) -> None:
    """For what Kustomize does not lose: `tests/cases/strategic.yaml` has that."""
    chance = random.Random(20)
    (tmp_path / "object.yaml").write_text(OBJECT)
    (tmp_path / "kustomization.yaml").write_text("resources: [object.yaml]\npatches: [{path: patch.yaml}]\n")
    for _ in range(ROUNDS):
        text = json.dumps(patch(chance))
        (tmp_path / "patch.yaml").write_text(text)
        built = subprocess.run(["kubectl", "kustomize", tmp_path], capture_output=True, text=True, check=True)
        resources = patched({"objects": OBJECT, "patches": f"- patch: {json.dumps(text)}\n"})
        assert [resource.body for resource in resources] == read(built.stdout), text
