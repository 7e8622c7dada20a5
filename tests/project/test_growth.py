"""Four times as much takes at most some four times as much work: lines and calls are counted, and no clock is read."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.support.growing import ROWS, Work, sizes

MOST = 4**1.15
"""The work for four times as much, beside the work for the first amount."""


@pytest.mark.parametrize("name", ROWS)
def test_work_grows_no_faster_than_its_size(name: str, tmp_path: Path) -> None:
    """At a size and at four times that, by the lines that are run and the built-in functions that are called."""
    counts = []
    for number, size in enumerate(sizes(name, counted=True)):
        root = tmp_path / str(number)
        root.mkdir()
        work = ROWS[name][0](size, root)
        work()  # what is imported and kept is not counted
        counts.append(counted(work))
    assert counts[1] <= MOST * counts[0], f"{counts[0]:,} and {counts[1]:,} lines and calls"


def counted(work: Work) -> int:
    """The lines and calls of built-in functions that work takes."""
    count = 0

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "c_call"

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(line)
    sys.setprofile(call)
    try:
        work()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count


def test_counting_sees_work_that_grows_with_the_square() -> None:
    """A loop within a loop, in one expression, is sixteen times as much for four times the size."""

    def pairs(size: int) -> int:
        return counted(lambda: [sum(1 for _ in range(size)) for _ in range(size)])

    assert pairs(40) > 2 * MOST * pairs(10)
