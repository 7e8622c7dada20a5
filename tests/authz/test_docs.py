"""docs/authz.md counts what the stand-in cannot say as the tests do; its commands and programs run with all others."""

from __future__ import annotations

import re

from tests.authz.test_real_dikastes import OUT_OF_REACH
from tests.support.environments import ROOT

PAGE = (ROOT / "docs" / "authz.md").read_text()


def test_the_counts_are_those_of_the_test() -> None:
    """What the stand-in cannot say, as the page counts it."""
    assert (
        f"124 cases that real Dikastes builds were asked, simple rules can express {124 - sum(OUT_OF_REACH.values())}"
        in PAGE
    )
    counts = re.findall(r"\((\d+)\)", PAGE[PAGE.index("Out of its reach") :].split("\n\n", maxsplit=1)[0])
    assert [int(count) for count in counts] == list(OUT_OF_REACH.values())
