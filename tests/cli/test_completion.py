"""Completion in real shells: a terminal, a shell that has read the script, and the Tab key."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.program import manifestgen

SITE = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\ncalico: '3.32'\n"
MATRIX = "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n- {profile: kdd, calico: [v3.9, v3.32]}\n"

CASES = {
    "rend": "render ",
    "golden upd": "golden update ",
    "help golden che": "help golden check ",
    "render flan": "render flannel ",
    "render si": "render site ",
    "render ./si": "render ./site ",
    "render teams/ea": "render teams/east ",
    "render my": "render my\\ site ",
    "render clu": "render clusters/",
    "preflight kdd --calico 3.31": "preflight kdd --calico 3.31 ",
    "preflight kdd --calico=3.31": "preflight kdd --calico=3.31 ",
    "preflight kdd --istio 1.30": "preflight kdd --istio 1.30 ",
    "preflight kdd --kubernetes 1.37": "preflight kdd --kubernetes 1.37 ",
    "render kdd --regis": "render kdd --registry ",
    "render kdd --component pil": "render kdd --component pilot-egress ",
    "render kdd --component +pil": "render kdd --component +pilot-egress ",
    "render etcd --set etcd_end": "render etcd --set etcd_endpoints=",
    "render kdd --allow wayp": "render kdd --allow waypoint ",
    "render kdd --layout fl": "render kdd --layout flat ",
    "golden check v3.9": "golden check v3.9/kdd ",
    "explain kdd DaemonSet/calico": "explain kdd DaemonSet/calico-node ",
    "completion fi": "completion fish ",
}
"""What is typed, and what Tab makes of it."""

START = {
    "bash": (
        ("bash", "--noprofile", "--norc", "-i"),
        "source <(manifestgen completion bash)\n"
        """bind -x '"\\C-x": printf %s "$READLINE_LINE" > buffer.new; mv buffer.new buffer'\n"""
        """bind '"\\C-u": kill-whole-line'\n""",
    ),
    "zsh": (
        ("zsh", "-f", "-i"),
        "autoload -Uz compinit; compinit -u -D; source <(manifestgen completion zsh)\n"
        "show() { print -rn -- $BUFFER > buffer.new; mv buffer.new buffer }; zle -N show; bindkey '^X' show\n",
    ),
    "fish": (
        ("fish", "--private", "-i"),
        "manifestgen completion fish | source\n"
        "function show; commandline | string collect > buffer.new; mv buffer.new buffer; end; bind \\cx show\n",
    ),
}


CONTROLLING = (
    "import fcntl, os, sys, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\nos.execvp(sys.argv[1], sys.argv[1:])"
)
"""Run a program whose input is its controlling terminal, as that of every shell is that a user sees."""


HOSTILE = ("ev1l$(touch${IFS}ran)", "ev2l`touch ran`", "ev3l;touch ran;#", "ev4l'\"\\ & <b> | *?", "ev5l-é~!x$HOME")
"""Names of directories."""

RUN = {
    "bash": 'manifestgen() { printf "%s\\n" "$@"; }; eval "$1"',
    "zsh": 'manifestgen() { printf "%s\\n" "$@"; }; eval "$1"',
    "fish": 'function manifestgen; printf "%s\\n" $argv; end; eval $argv[1]',
}
"""Prints the words of a line that calls manifestgen."""


class Terminal:
    """A shell on a terminal, in a directory with profiles, golden trees and files."""

    def __init__(self, shell: str, place: Path) -> None:
        self._buffer = place / "buffer"
        command, script = START[shell]
        self._ours, theirs = pty.openpty()
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        clean = {"PATH": path, "HOME": str(place), "TERM": "xterm", "PS1": "> ", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", CONTROLLING, *command],
            cwd=place,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=clean,
            start_new_session=True,
        )
        os.close(theirs)
        (place / "start").write_text(script)
        self._ready = place / "ready"

    def start(self) -> None:
        """Read the script, and wait until it is read."""
        self._ready.unlink(missing_ok=True)
        self._type("source ./start; echo ready > ready\n")
        self._until(self._ready.exists)

    def completed(self, typed: str) -> str:
        """The line after Tab."""
        self._buffer.unlink(missing_ok=True)
        self._type("\x15")  # Ctrl-U clears the line
        self._type(f"manifestgen {typed}\t")
        self._type("\x18")  # Ctrl-X writes it to a file
        self._until(self._buffer.exists)
        return self._buffer.read_text().rstrip("\n")

    def close(self) -> None:
        """End the shell."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def _type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def _until(self, test: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not test():
            assert time.monotonic() < until, "the shell does not answer"
            if select.select([self._ours], [], [], 0.05)[0]:
                os.read(self._ours, 65536)  # a terminal that nobody reads stops


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory to complete in."""
    found = tmp_path_factory.mktemp("completion")
    for name in ("site", "my site", "teams/east", "clusters/west", "golden", "kdd"):
        (found / name).mkdir(parents=True)
    for name in ("site", "my site", "teams/east", "clusters/west"):
        (found / name / "profile.yaml").write_text(SITE)
    (found / "golden" / "matrix.yaml").write_text(MATRIX)
    (found / "values.yaml").write_text("mtu: 1400\n")
    return found


@pytest.fixture(scope="module", params=START)
def terminal(request: pytest.FixtureRequest, place: Path) -> Iterator[tuple[str, Terminal]]:
    """A shell that completes."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    found = Terminal(request.param, place)
    try:
        found.start()
        yield request.param, found
    finally:
        found.close()


def test_a_shell_completes(terminal: tuple[str, Terminal]) -> None:
    """Every kind of word, with a blank behind it where nothing can follow in the same word."""
    _, shell = terminal
    expected = {typed: f"manifestgen {line}" for typed, line in CASES.items()}
    assert {typed: shell.completed(typed) for typed in expected} == expected


def test_a_shell_completes_files_and_directories(terminal: tuple[str, Terminal]) -> None:
    """By its own means, where an option takes one."""
    _, shell = terminal
    assert shell.completed("render kdd --values val").rstrip() == "manifestgen render kdd --values values.yaml"
    assert shell.completed("render kdd --overlay clu").rstrip("/ ") == "manifestgen render kdd --overlay clusters"


def test_a_word_of_several_candidates_grows_to_what_they_share(terminal: tuple[str, Terminal]) -> None:
    """And no further."""
    _, shell = terminal
    line = shell.completed("render etcd --set etcd_e")
    assert line == "manifestgen render etcd --set etcd_endpoints="
    assert shell.completed("golden check v3").startswith("manifestgen golden check v3.")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_a_shell_would_run_is_quoted(terminal: tuple[str, Terminal], place: Path, name: str) -> None:
    """A directory of a repository that somebody else made: what Tab inserts is its name, and runs nothing."""
    program, shell = terminal
    (place / name).mkdir(exist_ok=True)
    (place / name / "profile.yaml").write_text(SITE)
    line = shell.completed(f"render {name[:4]}")
    said = subprocess.run(
        [program, "-c", RUN[program], *line_of(program, line)], capture_output=True, text=True, check=False, cwd=place
    )
    assert said.stdout.splitlines() == ["render", name], line
    assert not list(place.glob("ran*"))
    shutil.rmtree(place / name)


def line_of(program: str, line: str) -> list[str]:
    """A line as an argument of a shell's -c."""
    return [line] if program == "fish" else ["sh", line]


def test_a_name_with_a_line_break_is_not_offered(tmp_path: Path) -> None:
    """What follows it would be a candidate of its own."""
    for name in ("site\nplain,other", "si\x1b[31m", "site"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "profile.yaml").write_text(SITE)
    asked = {"_MANIFESTGEN_COMPLETE": "bash_complete", "COMP_LINE": "manifestgen render si", "COMP_POINT": "21"}
    assert manifestgen(env=asked, cwd=tmp_path).stdout == "plain,site\n"


@pytest.mark.parametrize("shell", START)
@pytest.mark.parametrize("told", [{}, {"COMP_LINE": "manifestgen ren", "COMP_POINT": "x"}, {"COMP_CWORD": "x"}])
def test_a_script_that_says_too_little_gets_no_traceback(shell: str, told: dict[str, str]) -> None:
    """As one of another program, or a line of a shell's history."""
    done = manifestgen(env={**told, "_MANIFESTGEN_COMPLETE": f"{shell}_complete"})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", START)
def test_the_script_is_one_that_the_shell_takes(shell: str, tmp_path: Path) -> None:
    """Without running it."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(manifestgen("completion", shell).stdout)
    subprocess.run([shell, "-n", script], check=True, capture_output=True)
