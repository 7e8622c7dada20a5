"""What docs/authz.md shows runs as it stands there, but for the addresses."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.authz.test_real_dikastes import OUT_OF_REACH
from tests.support.environments import ROOT

PAGE = (ROOT / "docs" / "authz.md").read_text()


def blocks(language: str) -> list[str]:
    """The samples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_sample_runs(sockets: Path, tmp_path: Path) -> None:
    """The stand-in serves the rules of the page, and the commands and programs ask it."""
    (tmp_path / "rules.yaml").write_text(blocks("yaml")[0])
    address = f"unix://{sockets}/s"
    check, conformance, serve = (shlex.split(block) for block in blocks("sh"))
    program = [sys.executable, "-m", *serve]
    program[program.index("--listen") + 1] = address
    program.remove("--verbose")  # what nobody reads would fill the pipe
    with subprocess.Popen(program, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        assert "this is not Dikastes" in server.stderr.readline()
        assert server.stderr.readline().startswith("listening on ")
        for command in (check, [*conformance, "--authz-timeout", "60"]):
            done = subprocess.run(
                [sys.executable, "-m", *command, "--address", address], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
        ask, serve_too = blocks("python")
        ask = ask.replace("unix:///var/run/dikastes/dikastes.sock", address).replace("timeout=0.2", "timeout=60")
        serve_too = serve_too.replace("unix:///tmp/dikastes.sock", f"unix://{sockets}/t")
        for sample in (ask, serve_too):
            subprocess.run([sys.executable, "-c", sample], check=True)
        server.terminate()


def test_the_counts_are_those_of_the_test() -> None:
    """What the stand-in cannot say, as the page counts it."""
    assert (
        f"124 cases that real Dikastes builds were asked, simple rules can express {124 - sum(OUT_OF_REACH.values())}"
        in PAGE
    )
    counts = re.findall(r"\((\d+)\)", PAGE[PAGE.index("Out of its reach") :].split("\n\n", maxsplit=1)[0])
    assert [int(count) for count in counts] == list(OUT_OF_REACH.values())
