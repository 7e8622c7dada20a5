"""Running manifestgen on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from threading import Thread

COLOR_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")


def on_a_terminal(
    *words: str | Path, cwd: Path | None = None, stream: str = "stderr", **environment: str
) -> tuple[int, bytes, bytes]:
    """One call with one of its output streams on a terminal.

    Args:
        words: what follows the program's name.
        cwd: the working directory.
        stream: which one: `stdout` or `stderr`; the other is a pipe.
        environment: added to an environment that says nothing about color.

    Returns:
        The exit status, what the terminal got, and what the pipe got.
    """
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in COLOR_VARIABLES} | {"TERM": "xterm"}
    shown: list[bytes] = []
    reader = Thread(target=_read, args=(ours, shown))
    reader.start()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "manifestgen", *map(str, words)],
            cwd=cwd,
            env={**clean, **environment},
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=120,
            stdout=theirs if stream == "stdout" else subprocess.PIPE,
            stderr=theirs if stream == "stderr" else subprocess.PIPE,
        )
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    return done.returncode, b"".join(shown), done.stdout if stream == "stderr" else done.stderr


def _read(terminal: int, shown: list[bytes]) -> None:
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # the other end is closed and everything is read
            return
        if not chunk:
            return
        shown.append(chunk)
