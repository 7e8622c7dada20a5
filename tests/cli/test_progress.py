"""Progress of long jobs: on a terminal only, from two seconds on, and gone at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from manifestgen.cli.progress import Progress
from tests.support.terminal import on_a_terminal

CLEAR = b"\r\033[K"

SLOW = """
import sys, time
from manifestgen.cli.progress import Progress
with Progress("working") as progress:
    for number in range(1, 6):
        time.sleep({seconds} / 5)
        progress(number, 5, f"item {{number}}")
print("result")
"""


def worked(seconds: float, *, terminal: bool, **environment: str) -> tuple[bytes, bytes]:
    """What a job that takes some seconds prints: on its stderr, and on its stdout."""
    ours, theirs = os.openpty()
    clean = {**os.environ, "TERM": "xterm", **environment}
    command = [sys.executable, "-c", SLOW.format(seconds=seconds)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=theirs if terminal else subprocess.PIPE, env=clean, check=True
    )
    os.close(theirs)
    try:
        shown = os.read(ours, 65536) if terminal else done.stderr
    except OSError:  # nothing was written, and the other end is closed
        shown = b""
    os.close(ours)
    return shown, done.stdout


def test_a_long_job_shows_where_it_is() -> None:
    """Counts, what is being done, seconds and the last item; the line is cleared, and stdout has the result alone."""
    shown, result = worked(3.5, terminal=True)
    assert result == b"result\n"
    assert shown.endswith(CLEAR)
    lines = [line.decode() for line in shown.split(CLEAR) if line]
    assert len(lines) >= 2
    assert "[#" in lines[0]
    assert "/5 working (" in lines[0]
    assert all("item " in line for line in lines)
    assert "\n" not in "".join(lines)


@pytest.mark.parametrize(
    ("seconds", "terminal", "environment"),
    [(0.1, True, {}), (3.0, False, {}), (3.0, True, {"TERM": "dumb"})],
)
def test_otherwise_nothing_is_shown(seconds: float, terminal: bool, environment: dict[str, str]) -> None:
    """For a short job, without a terminal, and on one that does not obey escape codes."""
    assert worked(seconds, terminal=terminal, **environment) == (b"", b"result\n")


def test_the_line_fits_the_terminal() -> None:
    """A longer one would break, and could not be cleared."""
    progress = Progress("comparing golden trees")
    assert progress.line(80).startswith("comparing golden trees (0 s)")
    progress(3, 12, "v3.32/" + "long" * 100)
    assert progress.line(79) == ("[#####...............] 3/12 comparing golden trees (0 s) v3.32/" + "long" * 100)[:79]


CALLS = {
    "golden": ("golden", "check"),
    "fleet": ("fleet", "fleet.yaml", "-o", "clusters", "--jobs", "1"),
    "diff": ("diff", "objects.yaml", "objects.yaml"),
    "adopt": ("adopt", "objects.yaml", "-o", "new"),
    "validate": ("validate", "objects.yaml"),
    "render": ("render", "--all", "-o", "out"),
    "upgrade": ("upgrade", "kdd", "--from", "3.27", "--to", "3.32"),
}


@pytest.mark.parametrize("call", CALLS)
def test_every_command_that_may_take_long_shows_progress(call: str, tmp_path: Path) -> None:
    """With the delay cut to nothing, so that the test does not take long itself; stdout has no part in it."""
    (tmp_path / "golden").mkdir()
    head = "apiVersion: manifestgen/v1\n"
    (tmp_path / "golden" / "matrix.yaml").write_text(
        f"{head}kind: GoldenMatrix\ntrees:\n- {{profile: [kdd, flannel], calico: [v3.9, v3.20, v3.29, v3.32]}}\n"
    )
    clusters = "".join(f"- {{name: c{number}, profile: kdd, calico: '3.32'}}\n" for number in range(30))
    (tmp_path / "fleet.yaml").write_text(f"{head}kind: Fleet\nmetadata: {{name: shops}}\nclusters:\n{clusters}")
    render = [sys.executable, "-m", "manifestgen", "render", "kdd", "--component", "node", "--component", "config"]
    (tmp_path / "objects.yaml").write_bytes(subprocess.run(render, capture_output=True, check=True).stdout)
    # A process reads sitecustomize before everything else.
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "sitecustomize.py").write_text(
        "import manifestgen.cli.progress as p\np._AFTER = p._EVERY = 0.005\n"
    )
    path = os.pathsep.join([str(tmp_path / "early"), str(Path(__file__).parents[2])])
    status, shown, result = on_a_terminal(*CALLS[call], cwd=tmp_path, stream="stderr", PYTHONPATH=path)
    assert status in {0, 1}, shown
    assert shown.count(CLEAR) >= 2
    assert b" s)" in shown
    assert CLEAR not in result
    assert b"Traceback" not in shown
