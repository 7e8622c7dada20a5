"""Manifests as large as those of real installs: made, for published ones are never copied into the project."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from manifestgen.yamlio.writer import write


def manifest() -> list[dict[str, Any]]:
    """38 objects: a DaemonSet, ConfigMaps, and definitions with deep schemas."""
    definitions = [definition(number) for number in range(24)]
    maps = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"config-{number}", "namespace": "kube-system"},
            "data": {"conf.json": f'{{\n  "plugins": [\n    {{"type": "calico", "mtu": {number}}}\n  ]\n}}\n'},
        }
        for number in range(12)
    ]
    return [*definitions, *maps, workload("node", 60), workload("controllers", 20)]


def definition(number: int) -> dict[str, Any]:
    """A CustomResourceDefinition of some 13 KB."""
    words = "One of the values that the controller takes for this field; see the documentation for what each means."
    fields = {
        f"field{index}": {
            "description": words,
            "type": "object",
            "properties": {
                name: {"type": "string", "description": words}
                for name in ("name", "action", "selector")[: index % 3 + 1]
            },
        }
        for index in range(27)
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things{number}.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"kind": f"Thing{number}", "plural": f"things{number}"},
            "scope": "Cluster",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": fields}},
                }
            ],
        },
    }


def workload(name: str, variables: int) -> dict[str, Any]:
    """A DaemonSet with a long environment."""
    env = [{"name": f"VARIABLE_{index}", "value": str(index)} for index in range(variables)]
    container = {"name": name, "image": f"example.org/{name}:v1", "env": env}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    }


def edited(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy as a person would leave it: fields changed in most objects, one object gone, one new, one moved."""
    found = copy.deepcopy(bodies)
    for body in found[:24:2]:
        fields = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
        fields["field3"]["type"] = "string"
        del fields["field7"]
        fields["another"] = {"type": "integer"}
    for body in found[24:30]:
        body["data"]["conf.json"] = body["data"]["conf.json"].replace('"mtu": ', '"mtu": 1')
    env = found[36]["spec"]["template"]["spec"]["containers"][0]["env"]
    env.insert(0, env.pop())
    env[7]["value"] = "another"
    found.append(workload("another", 3))
    found.insert(0, found.pop(20))
    del found[30]
    return found


def renamed(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy with one variable of one container renamed."""
    found = copy.deepcopy(bodies)
    found[36]["spec"]["template"]["spec"]["containers"][0]["env"][7]["name"] = "RENAMED"
    return found


def times(bodies: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Objects several times over, each time with other names."""
    return [
        {**body, "metadata": {**body["metadata"], "name": f"{body['metadata']['name']}-{number}"}}
        for number in range(count)
        for body in bodies
    ]


def config_maps(count: int) -> list[dict[str, Any]]:
    """Small objects."""
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"config-{n}"}, "data": {"a": str(n), "b": "x"}}
        for n in range(count)
    ]


def write_file(path: Path, bodies: list[dict[str, Any]]) -> Path:
    """Write a stream."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write(bodies))
    return path
