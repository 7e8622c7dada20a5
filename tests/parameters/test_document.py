"""docs/parameters.md says what the data says."""

from __future__ import annotations

import re

from manifestgen.catalog.parameter_types import TYPES
from tests.parameters.document import DOCUMENT, written


def test_the_tables_are_those_of_the_data() -> None:
    """Whoever changes a parameter runs `python -m tests.parameters.document`."""
    text = DOCUMENT.read_text()
    assert written(text) == text


def test_every_type_is_explained() -> None:
    """The table of types has all, and no other."""
    rows = re.findall(r"^\| (`.*?`) \| ", DOCUMENT.read_text().partition("## TLS")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(TYPES)
