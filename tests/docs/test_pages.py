"""Pages that are made from data and code are what the data and code give, and tell of everything there is."""

from __future__ import annotations

import ast
import re

import pytest

import manifestgen
from manifestgen.compose.compatibility import codes
from tests.docs.pages import DOCS, pages, stale
from tests.project.test_layers import PYTHON, room


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """What `python -m tests.docs` would write."""
    return pages()


def test_the_pages_are_up_to_date(made: dict[str, str]) -> None:
    """`make docs` writes them, with the output of the calls that they show."""
    assert [name for name, text in made.items() if not (DOCS / name).exists()] == []
    for name, text in made.items():
        assert (DOCS / name).read_text() == text, name
    assert stale() == []


def findings() -> set[str]:
    """The codes of every finding that the code makes, as constants or by the name of one."""
    trees = [ast.parse(path.read_text()) for path in PYTHON if room(path) in {"compose", "api"}]
    named = {
        target.id: node.value.value
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = set()
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "Finding":
            code = next((one.value for one in call.keywords if one.arg == "code"), *call.args[:1])
            if isinstance(code, ast.Constant):
                found.add(str(code.value))
            elif isinstance(code, ast.Name) and code.id in named:
                found.add(named[code.id])
    return found


def test_every_code_of_a_message_has_a_page() -> None:
    """Those that `--allow` takes, and those of warnings that the code itself makes."""
    known = {path.stem for path in (DOCS / "rules").glob("*.md")}
    assert len(findings()) > 4
    assert codes() | findings() <= known


def test_every_page_of_a_rule_is_in_its_index_and_says_what_to_do() -> None:
    """Why, what to do, and a call that shows it."""
    index = (DOCS / "rules" / "README.md").read_text()
    for path in (DOCS / "rules").glob("*.md"):
        if path.stem != "README":
            assert f"[`{path.stem}`]({path.name})" in index
            assert re.search(r"\| (why|known from|what to do) \|", path.read_text()), path
            assert "$ manifestgen " in path.read_text(), path


def test_every_error_and_every_field_is_explained(made: dict[str, str]) -> None:
    """Every public error has a row that says when; every field of profile.yaml has one that says what for."""
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| ([^|]+)", made["errors.md"]))
    errors = [name for name in dir(manifestgen) if name[0].isupper()]
    errors = [name for name in errors if issubclass(getattr(manifestgen, name), manifestgen.ManifestgenError)]
    assert set(errors) - {"ManifestgenError", "Failures"} <= set(rows)
    assert [name for name, when in rows.items() if len(when) < 15] == []
    fields = re.findall(r"(?m)^\| `([\w.\[\]]+)`.*?\|.*\| (.*)\|$", made["profile-fields.md"])
    assert len(fields) > 60
    assert [name for name, meaning in fields if len(meaning) < 5] == []
