"""A module can be read in one sitting, and a function on one screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.environments import ROOT

MODULES = sorted(path for path in (ROOT / "manifestgen").rglob("*.py") if "stubs" not in path.parts)
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
"""Lines, without those of the docstring."""


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module, with its lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            text = ast.get_docstring(node, clean=False)
            yield node.name, node.end_lineno - node.lineno + 1 - (text.count("\n") + 1 if text else 0)  # type: ignore[operator]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_are_short(path: Path) -> None:
    """What grows beyond this has two subjects: split it by them."""
    assert path.read_text().count("\n") <= LONGEST_MODULE
    assert {name: lines for name, lines in functions(path) if lines > LONGEST_FUNCTION} == {}
