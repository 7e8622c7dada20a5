from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A directory whose path is short enough for sockets, wherever pytest puts its own."""
    path = Path(tempfile.mkdtemp(prefix="authz-"))
    yield path
    shutil.rmtree(path)
