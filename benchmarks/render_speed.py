"""How long a render takes, beside `kubectl kustomize` of the same bundle.

    python benchmarks/render_speed.py [--runs 15] [--calico 3.32]

Whole processes, started in turn (ours, theirs, ours, …) so that both see the same machine; medians of wall time,
the median of the pairs' ratios, and the peak memory of the largest process. Then renders inside one process.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def run(command: list[str]) -> tuple[float, int]:
    """One process: wall seconds, and peak resident memory in KiB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return taken, usage.ru_maxrss


def beside(name: str, ours: list[str], theirs: list[str], runs: int) -> None:
    """Time two commands in turn and print a row."""
    run(ours), run(theirs)
    pairs = [(run(ours), run(theirs)) for _ in range(runs)]
    mine, other = ([pair[side][0] * 1000 for pair in pairs] for side in (0, 1))
    ratio = statistics.median(a / b for a, b in zip(mine, other, strict=True))
    memory = [max(pair[side][1] for pair in pairs) / 1024 for side in (0, 1)]
    print(
        f"{name:44} {statistics.median(mine):7.1f} ms {statistics.median(other):7.1f} ms   x{ratio:.2f}"
        f"   {memory[0]:5.1f} MiB {memory[1]:5.1f} MiB"
    )


def large_manifest(path: Path, size: int = 350_000) -> None:
    """A manifest of the size of Calico's install manifest: ConfigMaps and CRDs with deep schemas."""
    from manifestgen.yamlio.writer import write

    schema = {
        "type": "object",
        "properties": {f"field{n}": {"type": "string", "description": "x" * 60} for n in range(60)},
    }
    documents: list[dict[str, Any]] = []
    written = 0
    while written < size:
        name = f"things{len(documents)}.example.org"
        crd = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": name},
            "spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]},
        }
        documents.append(crd)
        written += len(write([crd]))
    path.write_text(write(documents))


def in_process(calico: str) -> None:
    """Renders after import: one profile, and a thousand clusters of it."""
    import manifestgen

    for profile in ("etcd", "kdd", "flannel", "policy-only"):
        manifestgen.render(profile, calico=calico, values={"pod_cidr": "10.0.0.0/16"} if profile == "kdd" else None)
    times = []
    for _ in range(200):
        started = time.perf_counter()
        manifestgen.render("kdd", calico=calico)
        times.append(time.perf_counter() - started)
    print(f"{'one profile in a process, warm':44} {statistics.median(times) * 1000:7.2f} ms")
    started = time.perf_counter()
    for number in range(1000):
        manifestgen.render("kdd", calico=calico, values={"pod_cidr": f"10.{number % 250}.0.0/16"}).to_yaml()
    print(f"{'1,000 clusters of one profile, to YAML':44} {time.perf_counter() - started:7.2f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--calico", default="3.32")
    options = parser.parse_args()
    manifestgen = [sys.executable, "-m", "manifestgen", "render", "kdd", "--calico", options.calico]
    kustomize = ["kubectl", "kustomize"]
    if shutil.which("kubectl") is None:
        raise SystemExit("kubectl is not on PATH: there is nothing to compare with")
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        print(f"{'':44} {'manifestgen':>10} {'kubectl kustomize':>12}")
        subprocess.run([*manifestgen, "--layout", "overlay", "-o", "overlay"], check=True, capture_output=True)
        beside("render kdd -o DIR", [*manifestgen, "-o", "out"], [*kustomize, "overlay/overlays/kdd"], options.runs)
        site = Path("site")
        site.mkdir()
        (site / "profile.yaml").write_text(
            "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\nresources: [large.yaml]\n"
        )
        large_manifest(site / "large.yaml")
        shutil.copy(site / "large.yaml", "overlay/base/large.yaml")
        base = Path("overlay/base/kustomization.yaml")
        base.write_text(base.read_text() + "- large.yaml\n")
        ours = [*manifestgen, "--overlay", "site", "-o", "out"]
        beside("the same with a manifest of 350 KB", ours, [*kustomize, "overlay/overlays/kdd"], options.runs)
        in_process(options.calico)


if __name__ == "__main__":
    main()
