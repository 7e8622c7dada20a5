"""How the time of each kind of work grows with its size: exponents of 1 are linear, of 2 quadratic.

    python benchmarks/growth.py [WORD ...]

Each row is measured at n, 4 n and 16 n in one process, as processor time, the best of several runs. Words choose the
rows whose names hold one of them.
"""

from __future__ import annotations

import gc
import math
import sys
import tempfile
import time
from pathlib import Path

from tests.support.growing import ROWS, sizes

LIMIT = 1.15
"""The exponent from the smallest to the largest size that no row may pass."""
_ENOUGH = 0.5
_SLOW = 20.0


def main() -> None:
    """Measure the rows and print the table; the exit status is 1 where a row passes the limit."""
    names = [name for name in ROWS if not sys.argv[1:] or any(word in name for word in sys.argv[1:])]
    print(f"{'work':50} {'n':>6} {'ms at n':>9} {'at 4 n':>9} {'at 16 n':>9}  {'n to 4 n':>8} {'n to 16 n':>9}")
    passed = True
    for name in names:
        times = measured(name)
        shown = [f"{1000 * seconds:9.1f}" for seconds in times] + ["        -"] * (3 - len(times))
        exponents = [math.log(after / times[0], 4**step) for step, after in enumerate(times[1:], 1)]
        within = exponents[-1] <= LIMIT  # the widest span, in which a few milliseconds of noise count least
        passed = passed and within
        mark = "" if within else f"  over {LIMIT}"
        words = " ".join(f"{exponent:8.2f}" for exponent in exponents)
        print(f"{name:50} {ROWS[name][1]:6} {' '.join(shown)}  {words}{mark}", flush=True)
    sys.exit(not passed)


def measured(name: str) -> list[float]:
    """Seconds at each size; a row that has become slow is not measured at the next."""
    found: list[float] = []
    for size in sizes(name):
        if found and found[-1] > _SLOW / 16:
            break
        with tempfile.TemporaryDirectory() as folder:
            found.append(best(name, size, Path(folder)))
    return found


def best(name: str, size: int, root: Path) -> float:
    """The shortest processor time of several runs, at least two."""
    work = ROWS[name][0](size, root)
    if size == ROWS[name][1]:
        work()  # what is imported and cached once
    times: list[float] = []
    while len(times) < 2 or (sum(times) < _ENOUGH and len(times) < 20):
        gc.collect()
        gc.disable()  # as the command line does
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
        gc.enable()
    return min(times)


if __name__ == "__main__":
    main()
