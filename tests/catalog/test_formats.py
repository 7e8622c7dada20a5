"""Every shipped file keeps its format, and a mistake in one is an error at its place: never silence or a traceback."""

from __future__ import annotations

import pytest

from tests.catalog.shipped import PATHS, documents, hold


@pytest.mark.parametrize("path", PATHS)
def test_a_shipped_file_keeps_its_format(path: str) -> None:
    """As it is shipped."""
    hold(path, documents(path))
