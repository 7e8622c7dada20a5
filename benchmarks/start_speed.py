"""What an import adds to a cold render: why click, attrs and jsonpatch stay off the render path.

    python benchmarks/start_speed.py [--runs 25]

`render kdd -o DIR` into an unchanged directory as it is, and with one more module imported before it, in turn. Printed
are medians of processor time, which other programs disturb less than wall time, and the median of each round's
difference from the plain render.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

MODULES = ("click", "attrs", "jsonpatch", "ruamel.yaml", "dataclasses")
RENDER = (
    "import sys; sys.argv[1:] = ['render', 'kdd', '-o', 'out', '--quiet']; from manifestgen.cli.main import run; run()"
)


def milliseconds(code: str, place: str) -> float:
    """The processor time of a process that runs some code."""
    child = subprocess.Popen([sys.executable, "-c", code], cwd=place, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{code!r} failed")
    return (usage.ru_utime + usage.ru_stime) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=25)
    runs = parser.parse_args().runs
    calls = {"a render": RENDER} | {f"with {name}": f"import {name}; {RENDER}" for name in MODULES}
    compileall.compile_dir(Path(__file__).parents[1] / "manifestgen", quiet=1)  # as an installation has it
    with tempfile.TemporaryDirectory() as place:
        milliseconds(RENDER, place)
        rounds = [{name: milliseconds(code, place) for name, code in calls.items()} for _ in range(runs)]
    for name in calls:
        added = statistics.median(one[name] - one["a render"] for one in rounds)
        median = statistics.median(one[name] for one in rounds)
        print(f"{name:20} {median:7.1f} ms" + (f"   {added:+6.1f} ms" if name != "a render" else ""))


if __name__ == "__main__":
    main()
