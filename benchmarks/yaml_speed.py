"""How fast YAML is read and written, beside PyYAML and ruamel.yaml, in one run.

    python benchmarks/yaml_speed.py [FILE...]

Without files: the published manifests in ../shared, or else the golden tree. Rounds go in turns, so that
what else the machine does strikes all alike; medians are shown, and their ratio to PyYAML's C loader or dumper.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from manifestgen.yamlio.constructor import Builder
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.reader import locate, read
from manifestgen.yamlio.ruamel_events import load_parser
from manifestgen.yamlio.writer import write

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("MANIFESTGEN_SHARED", ROOT.parent / "shared"))
LINES = 7_800
ROUNDS = 11
SLOW_ROUNDS = 3
COLD_ROUNDS = 21

COLD = {
    "pass": "pass",
    "import typing, re": "import typing, re",
    "manifestgen: writer": "import manifestgen.yamlio.writer",
    "manifestgen: reader, nothing read": "import manifestgen.yamlio.reader",
    "manifestgen: reader, one line read": "import manifestgen.yamlio.reader as r; r.read('a: 1')",
    "ruamel.yaml's C parser": "import _ruamel_yaml",
    "ruamel.yaml": "import ruamel.yaml",
    "PyYAML": "import yaml",
}


def sample(files: list[str]) -> str:
    """A stream of at least so many lines, made of some files over and over."""
    paths = [Path(file) for file in files] or sorted(SHARED.glob("reference/calico/*/install/*.yaml"))
    paths = paths or sorted((ROOT / "golden").rglob("resources/*.yaml"))
    texts = [read_file(path) for path in paths]
    if not any(texts):
        sys.exit("name some YAML files")
    stream: list[str] = []
    while sum(text.count("\n") for text in stream) < LINES:
        stream += texts
    return "\n---\n".join(stream)


def ruamel_dumps(documents: list[Any]) -> str:
    """ruamel.yaml's round-trip dumper on plain values."""
    out = io.StringIO()
    YAML().dump_all(documents, out)
    return out.getvalue()


def pure(text: str) -> None:
    """The reader without the C extension."""
    Builder(text, "a.yaml", parser=load_parser(pure=True)).build()


def medians(tasks: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Milliseconds of each task, in turns; those that take very long get fewer turns."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(ROUNDS):
        for name, task in tasks.items():
            if turn >= SLOW_ROUNDS and min(times[name]) > 300:
                continue
            start = time.perf_counter()
            task()
            times[name].append((time.perf_counter() - start) * 1e3)
    return {name: statistics.median(each) for name, each in times.items()}


def cold() -> dict[str, float]:
    """Milliseconds of a whole Python process for each import."""
    times: dict[str, list[float]] = {name: [] for name in COLD}
    for _ in range(COLD_ROUNDS):
        for name, code in COLD.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
            times[name].append((time.perf_counter() - start) * 1e3)
    return {name: statistics.median(each) for name, each in times.items()}


def show(title: str, found: dict[str, float], base: str) -> None:
    """A table on stdout."""
    print(f"\n{title:42}{'ms':>10}{'ratio':>8}")
    for name, milliseconds in found.items():
        print(f"  {name:40}{milliseconds:>10.1f}{milliseconds / found[base]:>8.2f}")


def main() -> None:
    """Run all and print the tables."""
    text = sample(sys.argv[1:])
    documents = read(text)
    print(f"{text.count(chr(10)):,} lines, {len(text.encode()) / 1024:,.0f} KiB, {len(documents)} documents")
    loads = {
        "PyYAML CSafeLoader": lambda: list(yaml.load_all(text, yaml.CSafeLoader)),
        "manifestgen read": lambda: read(text),
        "manifestgen locate (positions)": lambda: locate(text),
        "manifestgen read, pure parser": lambda: pure(text),
        "PyYAML SafeLoader, pure": lambda: list(yaml.safe_load_all(text)),
        "ruamel.yaml safe, C": lambda: list(YAML(typ="safe").load_all(text)),
        "ruamel.yaml round trip": lambda: list(YAML().load_all(text)),
    }
    show("load", medians(loads), "PyYAML CSafeLoader")
    dumps = {
        "PyYAML CSafeDumper": lambda: yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False),
        "manifestgen write": lambda: write(documents),
        "ruamel.yaml round trip": lambda: ruamel_dumps(documents),
    }
    show("dump", medians(dumps), "PyYAML CSafeDumper")
    show("cold process", cold(), "pass")


if __name__ == "__main__":
    main()
