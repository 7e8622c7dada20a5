"""CONTRIBUTING.md is true: its tables, its glossary, and the rules that can be checked."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.project.test_layers import APART, ORDER, PACKAGE, PYTHON, room
from tests.support.environments import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
PURE = ("errors", "model", "patch", "embedded", "compose", "difference", "origins")
ATTRS = {"adoption", "api", "authz", "difference", "fleets", "goldens", "schemas", "upgrades"}
FILE_CALLS = re.compile(r"open|(os|io|shutil)\.\w+|.*\b(read|write)_(file|text|bytes|directory)")


def section(title: str) -> str:
    """The text below a heading."""
    found = re.search(rf"(?ms)^## {title}$(.*?)(?=^## |\Z)", TEXT)
    assert found, title
    return found[1]


def rows(title: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_table_of_packages_is_the_order_that_is_held() -> None:
    """Every package, from the ground up; those that stand apart are named below it."""
    assert [cell.strip("`") for cell, _ in rows("Packages")] == list(ORDER)
    packages = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert packages <= {*ORDER, *APART}


@pytest.mark.parametrize("row", rows("Where to change what"), ids=lambda row: row[0])
def test_every_place_that_is_named_is_there(row: list[str]) -> None:
    """X.Y is a version; a directory or file of the repository."""
    paths = re.findall(r"`([^`]+)`", row[1])
    assert paths
    for path in paths:
        assert list(ROOT.glob(path.replace("X.Y", "*").rstrip("/"))), path


def test_the_glossary_is_in_order_and_of_a_size_to_remember() -> None:
    """Some twenty words, each once."""
    words = [word for word, _, _ in rows("Words")]
    assert words == sorted(set(words))
    assert 18 <= len(words) <= 26


@pytest.mark.parametrize("row", rows("Words"), ids=lambda row: row[0])
def test_a_word_is_used_by_the_file_that_owns_it(row: list[str]) -> None:
    """The link leads to a file of that name, and the file speaks of the word."""
    word, _, link = row
    found = re.fullmatch(r"\[([^]]+)\]\(([^)]+)\)", link)
    assert found
    assert found[2].endswith(found[1])
    text = (ROOT / found[2]).read_text().lower()
    assert word in text or word.removesuffix("ing") in text, found[2]


def named(node: ast.expr) -> str:
    """The last name of what is called."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", [path for path in PYTHON if room(path) in PURE], ids=lambda path: path.stem)
def test_a_pure_package_touches_no_file(path: Path) -> None:
    """None of the calls that read, list or write files; the parts of a path are text."""
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not [call for call in calls if FILE_CALLS.fullmatch(call)]


def test_the_pure_packages_are_the_ones_that_the_text_names() -> None:
    """In its order."""
    said = re.search(r"Rendering is pure: (.*?)\s*never open", section("Packages"), re.DOTALL)
    assert said
    assert re.findall(r"`(\w+)`", said[1]) == list(PURE)


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_class_of_values_is_a_record_or_frozen(path: Path) -> None:
    """`attrs.frozen` only where no render comes; no dataclass, no NamedTuple, and nothing of attrs that can change."""
    if path.name in {"record.py", "pytest_plugin.py"}:  # the plugin loads nothing of manifestgen before a test asks
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            bases = {named(base) for base in node.bases}
            marks = {named(mark.func if isinstance(mark, ast.Call) else mark) for mark in node.decorator_list}
            assert not bases & {"NamedTuple", "TypedDict"}, node.name
            assert not marks & {"dataclass", "define", "mutable", "attrs", "s"}, node.name
            assert "frozen" not in marks or room(path) in ATTRS, node.name


def fields_of(tree: ast.Module) -> dict[str, int]:
    """How many fields each value class of a file has."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            marks = {ast.unparse(one).partition("(")[0] for one in (*node.bases, *node.decorator_list)}
            if marks & {"Record", "frozen"}:
                found[node.name] = sum(isinstance(item, ast.AnnAssign) for item in node.body)
    return found


def test_values_of_more_than_three_fields_are_made_by_keyword() -> None:
    """Nobody can read eight values in a row: a class of values takes keywords from the fourth on."""
    sources = {path: ast.parse(path.read_text()) for path in PYTHON}
    classes = {name for tree in sources.values() for name, fields in fields_of(tree).items() if fields > 3}
    assert {"Layer", "Parameter", "Cluster"} <= classes
    positional = [
        f"{path}:{call.lineno} {call.func.id}"
        for path, tree in sources.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in classes
        if len(call.args) > 3 and not any(isinstance(argument, ast.Starred) for argument in call.args)
    ]
    assert positional == []
