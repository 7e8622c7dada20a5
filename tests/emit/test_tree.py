"""The files of a bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

import manifestgen


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    """A mistyped layout is named, with the nearest, and nothing is written."""
    bundle = manifestgen.render("kdd", components=("node",))
    with pytest.raises(manifestgen.ManifestgenError, match=r"(?s)no layout 'overlays'.*nearest: overlay"):
        bundle.write(tmp_path / "out", layout="overlays")
    assert list(tmp_path.iterdir()) == []
