"""Standard streams that are closed, full or read by nobody: results and diagnostics never mix, the status is right."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.objects import read_objects

MANIFESTGEN = shlex.join([sys.executable, "-m", "manifestgen"])
CALLS = {
    "profiles": (0, True),
    "--help": (0, True),
    "render --help": (0, True),
    "render kdd": (0, True),
    "render kdd -o out": (0, False),
    "render kdd -o there --check": (0, False),
    "render kdd --calico 3.9 -o there --check": (1, True),
    "images kdd": (0, True),
    "render nope": (2, False),
    "render --nope": (2, False),
    "golden check": (2, False),
    "diff - there/kustomization.yaml": (2, False),
}
"""The exit status of calls, and whether they print a result."""

OUT_CLOSED, OUT_FULL = ">&-", ">/dev/full"
STREAMS = ("<&-", OUT_CLOSED, "2>&-", OUT_FULL, "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an output directory in it."""
    place = tmp_path_factory.mktemp("streams")
    subprocess.run(f"{MANIFESTGEN} render kdd -o there --quiet", cwd=place, shell=True, check=True)
    return place


def shell(command: str, place: Path) -> tuple[int, str, str]:
    """The status, output and diagnostics of a shell's command."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=place, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("call", CALLS)
def test_whatever_the_streams_are(call: str, place: Path) -> None:
    """A result that cannot be printed is status 2 with a message; diagnostics that cannot be are dropped."""
    status, prints = CALLS[call]
    for streams in STREAMS:
        found, out, said = shell(f"{MANIFESTGEN} {call} {streams}", place)
        lost = prints and (OUT_CLOSED in streams.split() or OUT_FULL in streams.split())
        assert found == (2 if lost else status), (streams, said)
        assert "Traceback" not in said
        assert bool(out) == (prints and not lost)
        assert ("standard output" in said) == (lost and "2>" not in streams)


def test_notes_never_land_in_the_stream(place: Path) -> None:
    """Without standard error, what is printed is what would be printed with it."""
    _, whole, said = shell(f"{MANIFESTGEN} render kdd", place)
    assert "Remaining steps" in said
    for streams in ("2>&-", "2>/dev/full", "<&- 2>&-"):
        _, out, _ = shell(f"{MANIFESTGEN} render kdd {streams}", place)
        assert out == whole
    assert read_objects(whole)


@pytest.mark.parametrize(
    ("call", "status"), [("render kdd", 0), ("render kdd --calico 3.9 -o there --check", 1), ("--help", 0)]
)
def test_a_reader_that_goes_away(call: str, status: int, place: Path) -> None:
    """Is no error: the status is what it would be."""
    found, out, said = shell(f"{MANIFESTGEN} {call} | head -c 10; exit ${{PIPESTATUS[0]}}", place)
    assert (found, len(out)) == (status, 10)
    assert "error" not in said
    assert shell(f"{MANIFESTGEN} {call} | true; exit ${{PIPESTATUS[0]}}", place)[0] == status


def test_a_removed_working_directory(tmp_path: Path) -> None:
    """With absolute paths nobody needs one; with others it is said."""
    command = f"mkdir gone; cd gone; rmdir ../gone; {MANIFESTGEN} render kdd --quiet -o"
    assert shell(f"{command} {tmp_path}/out", tmp_path) == (0, "", "")
    status, _, said = shell(f"{command} out", tmp_path)
    assert status == 2
    assert "error: out: cannot be written: the working directory was removed" in said


@pytest.mark.parametrize(
    "call", ["render kdd --values -", "diff - out", "validate -", "inject -", "adopt - -o new", "krm"]
)
def test_a_closed_input_is_told(call: str, tmp_path: Path) -> None:
    """By every command that reads it."""
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m manifestgen {call} <&-"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: standard input: cannot be read: it is closed\n  next: ")
