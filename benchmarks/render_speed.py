"""How long a render takes, beside `kubectl kustomize` (and kustomize, where it is on PATH) of the same bundle.

    python benchmarks/render_speed.py [--runs 15] [--calico 3.9 --calico 3.32]

Whole cold processes, started in turn so that all see the same machine: into a fresh directory, which is what a user
does, and into one that is already as it should be, which is what a build that runs again does. Printed are medians of
wall time, the medians of each round's ratios of wall time and of processor time (which other programs disturb less),
and the peak memory of the largest process. Then renders in one process.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

SITE = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\nresources: [large.yaml]\n"
OUT = Path("out")
"""What each run of a fresh render finds missing."""


class Measured(NamedTuple):
    """What one process took: seconds of wall and of processor time, and peak resident memory in KiB."""

    wall: float
    processor: float
    memory: int


def run(command: list[str]) -> Measured:
    """One process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return Measured(taken, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def beside(name: str, ours: list[str], peers: dict[str, list[str]], *, runs: int, fresh: bool) -> None:
    """Time commands in turn and print a row for each peer.

    Args:
        name: of the work.
        ours: our command, which writes `OUT`.
        peers: the commands to compare with.
        runs: how many rounds, after one that is not counted.
        fresh: remove `OUT` before each run.
    """
    commands = {"manifestgen": ours, **peers}
    rounds = []
    for _ in range(runs + 1):
        measured = {}
        for program, command in commands.items():
            if fresh:
                shutil.rmtree(OUT, ignore_errors=True)
                shutil.rmtree("built", ignore_errors=True)
                if program == "kustomize":
                    os.mkdir("built")
            measured[program] = run(command)
        rounds.append(measured)
    rounds = rounds[1:]
    mine = statistics.median(one["manifestgen"].wall for one in rounds) * 1000
    memory = max(one["manifestgen"].memory for one in rounds) / 1024
    for peer in peers:
        theirs = statistics.median(one[peer].wall for one in rounds) * 1000
        wall = statistics.median(one["manifestgen"].wall / one[peer].wall for one in rounds)
        processor = statistics.median(one["manifestgen"].processor / one[peer].processor for one in rounds)
        other = max(one[peer].memory for one in rounds) / 1024
        times = f"{mine:6.0f} ms {theirs:6.0f} ms {peer:18} {wall:5.2f} {processor:5.2f}"
        print(f"{name:58} {times} {memory:6.1f} MiB {other:6.1f} MiB")


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

    manifestgen.render("kdd", calico=calico, values={"pod_cidr": "10.0.0.0/16"})
    times = []
    for _ in range(200):
        started = time.perf_counter()
        manifestgen.render("kdd", calico=calico)
        times.append(time.perf_counter() - started)
    print(f"{f'{calico}: one profile in a process, warm':58} {statistics.median(times) * 1000:6.2f} ms")
    started = time.perf_counter()
    for number in range(1000):
        manifestgen.render("kdd", calico=calico, values={"pod_cidr": f"10.{number % 250}.0.0/16"}).to_yaml()
    print(f"{f'{calico}: 1,000 clusters of one profile, to YAML':58} {time.perf_counter() - started:6.2f} s")


def measure(calico: str, runs: int) -> None:
    """All rows of one release."""
    render = [sys.executable, "-m", "manifestgen", "render", "kdd", "--calico", calico, "--quiet"]
    overlay = f"overlay-{calico}"
    subprocess.run([*render, "--layout", "overlay", "-o", overlay], check=True, capture_output=True)
    built = f"{overlay}/overlays/kdd"
    site = Path("site")
    for work, words in (("render kdd", []), ("render kdd with a manifest of 350 KB", ["--overlay", str(site)])):
        if words and not (Path(overlay) / "base" / "large.yaml").exists():
            site.mkdir(exist_ok=True)
            (site / "profile.yaml").write_text(SITE)
            large_manifest(site / "large.yaml")
            shutil.copy(site / "large.yaml", f"{overlay}/base/large.yaml")
            base = Path(overlay) / "base" / "kustomization.yaml"
            base.write_text(base.read_text() + "- large.yaml\n")
        for state in ("fresh", "unchanged"):
            peers = {"kubectl kustomize": ["kubectl", "kustomize", built]}
            if shutil.which("kustomize"):
                to_directory = ["-o", "built"] if state == "fresh" else []
                peers["kustomize"] = ["kustomize", "build", built, *to_directory]
            name = f"{calico}: {work}, {state} directory"
            beside(name, [*render, *words, "-o", str(OUT)], peers, runs=runs, fresh=state == "fresh")
        shutil.rmtree(OUT)
    in_process(calico)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--calico", action="append", help="a release; may be repeated (default: 3.9 and 3.32)")
    options = parser.parse_args()
    if shutil.which("kubectl") is None:
        raise SystemExit("kubectl is not on PATH: there is nothing to compare with")
    compileall.compile_dir(Path(__file__).parents[1] / "manifestgen", quiet=1)  # as an installation has it
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        print(f"{'':58} {'manifestgen':>9} {'peer':>9} {'':18} {'wall':>5} {'cpu':>5} {'peak memory':>10}")
        for calico in options.calico or ("3.9", "3.32"):
            measure(calico, options.runs)


if __name__ == "__main__":
    main()
