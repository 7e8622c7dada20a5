"""Virtual environments beside the one that runs the tests, for packages that cannot live in it."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
_HOME = ROOT / ".venv" / "tools"
_PIP = (
    *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"),
    *("--retries", "1", "--timeout", "30"),
)


def environment(name: str, *requirements: str) -> Path:
    """The python of an environment that has some packages; made once, then kept. Where pip cannot: `unavailable`.

    Args:
        name: for the directory's name and the reason of a skip.
        requirements: as pip takes them; wheels only.
    """
    python, failure = _made(name, requirements)
    if failure:
        unavailable(f"{name}: pip cannot install {' '.join(requirements)}: {failure}")
    return python


def unavailable(reason: str) -> NoReturn:
    """Skip a test that lacks a program; it fails instead where MANIFESTGEN_REQUIRE_TOOLS is set, as CI does."""
    if os.environ.get("MANIFESTGEN_REQUIRE_TOOLS"):
        pytest.fail(reason)
    pytest.skip(reason)


@functools.cache
def _made(name: str, requirements: tuple[str, ...]) -> tuple[Path, str]:
    key = hashlib.sha256(repr((sys.version_info[:2], requirements)).encode()).hexdigest()[:12]
    place = _HOME / f"{name}-{key}"
    python, whole = place / "bin" / "python", place / "whole"
    _HOME.mkdir(parents=True, exist_ok=True)
    with open(_HOME / f"{place.name}.lock", "w") as lock:  # test runs may go side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        if whole.exists():
            return python, ""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--clear", place], check=True)
        install = [*_PIP, "--python", str(python), "install", "--only-binary", ":all:", *requirements]
        done = subprocess.run(install, check=False, capture_output=True, text=True)
        if done.returncode:
            return python, (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        whole.touch()
    return python, ""
