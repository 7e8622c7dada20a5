"""How long `manifestgen diff` takes on a 350 KB manifest and an edited copy, beside `diff -u` and kubectl.

    python benchmarks/diff_speed.py [--runs N] [LEFT RIGHT]

Whole processes, started cold in turns; the medians are printed. Without files a manifest of 38 objects is made, as
large as Calico's install manifest and like it most of it CustomResourceDefinitions. kubectl compares with a cluster
only; what it can do without one is to bring both files to its normal form, which `diff -u` then compares.
"""

from __future__ import annotations

import argparse
import copy
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from manifestgen.yamlio.writer import write

LIMIT = 1.0
"""Seconds that the difference may take."""


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


def seconds(command: list[str]) -> float:
    """How long a command takes; it may find differences."""
    start = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    taken = time.perf_counter() - start
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return taken


def main() -> int:
    """Measure, print, and say by the exit status whether the limit holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("files", nargs="*", metavar="LEFT RIGHT")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        left, right = given.files or [f"{folder}/left.yaml", f"{folder}/right.yaml"]
        if not given.files:
            Path(left).write_text(write(manifest()))
            Path(right).write_text(write(edited(manifest())))
        print(f"{Path(left).stat().st_size // 1024} KB and {Path(right).stat().st_size // 1024} KB, {given.runs} runs")
        ours = [sys.executable, "-m", "manifestgen", "diff", left, right, "--format"]
        commands = {f"manifestgen diff --format {form}": [*ours, form] for form in ("text", "jsonpatch", "html")}
        commands["diff -u"] = ["diff", "-u", left, right]
        if shutil.which("kubectl"):
            normal = "kubectl label --local -f {} benchmark=yes -o yaml"
            both = f"diff -u <({normal.format(left)}) <({normal.format(right)})"
            commands["diff -u of kubectl's normal form"] = ["bash", "-c", both]
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(given.runs):
            for name, command in commands.items():
                taken[name].append(seconds(command))
    for name, times in taken.items():
        print(f"{statistics.median(times) * 1000:8.0f} ms  {name}")
    return int(statistics.median(taken["manifestgen diff --format text"]) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
