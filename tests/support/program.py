"""Running manifestgen as a user does: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def manifestgen(*words: str | Path, stdin: str | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """One call of `python -m manifestgen`; `env` is added to the environment."""
    environment = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "CLICOLOR_FORCE"}}
    environment |= options.pop("env", {})
    command = [sys.executable, "-m", "manifestgen", *map(str, words)]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, env=environment, timeout=120, **options
    )


def unmeasured() -> dict[str, str]:
    """The environment for a process whose modules are looked at: without coverage, which imports some of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
