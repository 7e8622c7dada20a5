"""The processes that check golden trees end with the one that started them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

MATRIX = """apiVersion: manifestgen/v1
kind: GoldenMatrix
trees:
- profile: [kdd, flannel, etcd]
  calico: [v3.9, v3.12, v3.15, v3.18, v3.20, v3.23, v3.25, v3.27, v3.29, v3.32]
  variants: {a: {}, b: {pod_cidr: 10.1.0.0/16}, c: {pod_cidr: 10.2.0.0/16}, d: {pod_cidr: 10.3.0.0/16}}
"""
CODE = """
import sys
from manifestgen.api import render
from manifestgen.goldens.matrix import read_matrix
from manifestgen.goldens.run import {run}
def progress(done, total, name):
    if done == 1:
        print("begun", flush=True)
        sys.stdin.readline() if {wait} else None
{run}(read_matrix("golden/matrix.yaml"), (), render, processes=2, progress=progress)
"""


@pytest.mark.parametrize("run", ["check_all", "update_all"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_they_end_with_it(name: str, run: str, tmp_path: Path) -> None:
    """Nobody is left who holds its standard output, and nobody writes a traceback for it."""
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "matrix.yaml").write_text(MATRIX)
    command = [sys.executable, "-c", CODE.format(run=run, wait=True)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.Signals[name])
        # The pipes close only when the last process that has them ends; the time is for a machine that is very busy.
        _, said = process.communicate(timeout=120)
    assert process.returncode
    assert said.count("Traceback") <= (name == "SIGINT")
