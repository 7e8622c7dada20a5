"""Where the published manifests and third-party suites are that some tests compare with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("MANIFESTGEN_SHARED", ROOT.parent / "shared"))


def shared(path: str) -> Path:
    """A file or folder of the shared material; the test that needs it is skipped, visibly, where it is absent."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{found} is absent", allow_module_level=True)
    return found
