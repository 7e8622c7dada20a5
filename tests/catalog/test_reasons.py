"""What a release changes has its reason beside it."""

from __future__ import annotations

import pytest

from tests.catalog.shipped import PATHS, ROOT

RELEASES = [
    path
    for path in PATHS
    if path.rpartition("/")[2].startswith("v") and path.startswith(("releases/", "istio/", "kubernetes/"))
]


@pytest.mark.parametrize("path", RELEASES)
def test_every_patch_of_a_release_has_its_reason(path: str) -> None:
    """A comment on the line before it."""
    lines = (ROOT / path).read_text().splitlines()
    bare = [
        f"{path}:{number + 1}"
        for number, line in enumerate(lines)
        if line.startswith("- target:") and not lines[number - 1].startswith("# ")
    ]
    assert bare == []
