"""What the tests of parameters share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.parameters import files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that holds the files that values name."""
    files.make(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
