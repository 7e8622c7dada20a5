"""The layers go one way: what a package may import is listed here, and held against its imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from manifestgen.cli.registry import COMMANDS
from tests.support.program import unmeasured

PACKAGE = Path(__file__).parents[2] / "manifestgen"

ORDER = (
    *("errors", "model", "yamlio", "patch", "embedded", "catalog", "compose", "injector", "emit"),
    *("difference", "goldens", "origins", "schemas", "fleets", "adoption", "upgrades", "api", "cli"),
)
"""From the ground up: each imports only itself and the rooms before it."""

APART = {
    "authz": {"errors", "model", "yamlio"},
    "pytest_plugin": {*ORDER, "cli"},
    "_version": set(),
    "__main__": {"cli"},
    "__init__": {*ORDER},
}
"""Outside the order, with what they may import."""

PYTHON = sorted(path for path in PACKAGE.rglob("*.py") if "stubs" not in path.parts)


def room(path: Path) -> str:
    """The package or module of the top level that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in PYTHON}


def imported(path: Path) -> set[str]:
    """The files that a file imports, whether at its top, inside a function, or for types only."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in MODULES else name.rpartition(".")[0] for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & set(MODULES)) - {module(path)}


def circle(imports: dict[str, set[str]]) -> list[str]:
    """Files that import each other, directly or through others; empty where there are none."""
    left = dict(imports)
    while left:
        free = [name for name, targets in left.items() if not targets & set(left)]
        if not free:
            return sorted(left)
        for name in free:
            del left[name]
    return []


def test_no_two_files_import_each_other() -> None:
    """Not even for types: each file can be read with only the files below it in mind."""
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c", "d"]
    assert circle({name: imported(path) for name, path in MODULES.items()}) == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    """A file imports only rooms below its own."""
    here = room(path)
    allowed = (
        APART[here] if here in APART else set(ORDER[: ORDER.index(here)]) | (set(APART) if here == "cli" else set())
    )
    rooms = {room(MODULES[name]) for name in imported(path) if name != "manifestgen"}
    assert rooms - {here, "_version"} <= allowed


FOUNDATION = {
    f"manifestgen.{name}" for name in ("_version", "errors", "model.frozen", "model.location", "model.record")
}
"""What the command line may import beside the API: what its own options and errors are made of."""


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=lambda path: path.stem)
def test_the_command_line_has_one_door(path: Path) -> None:
    """It calls what a Python program can call; `authz` stands apart, and has the command of its name."""
    rooms = {"cli", "api", *(["authz"] if path.stem.startswith("authz") else [])}
    assert {name for name in imported(path) - FOUNDATION if room(MODULES[name]) not in rooms} == set()


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_grpc_and_protobuf_stay_in_authz(path: Path) -> None:
    """Nothing else imports them."""
    if room(path) == "authz":
        return
    text = path.read_text()
    assert "import grpc" not in text
    assert "google.protobuf" not in text


def loaded(*words: str) -> set[str]:
    """The modules that a call of the command line has loaded by its end."""
    code = (
        "import sys; from manifestgen.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print('\\0', *sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())
    return set(done.stderr.rpartition("\0")[2].split())


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("help",), ("--version",), ("-V",), ("version",)])
def test_help_and_version_load_little(words: tuple[str, ...]) -> None:
    """Neither loads another command, the renderer, click, a YAML parser or grpc."""
    commands = {entry.module for name, entry in COMMANDS.items() if name not in {"help", "version"}} - {""}
    assert "manifestgen.cli.render" in commands
    assert not loaded(*words) & commands
    heavy = {"manifestgen.api", "manifestgen.compose.pipeline", "click", "ruamel.yaml", "grpc", "jsonpatch"}
    assert not loaded(*words) & heavy


def test_a_render_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    """The render path is paid for by every user: no click, attrs, jsonpatch, grpc, inspect or reading of YAML on it."""
    words = ("render", "kdd", "-o", str(tmp_path / "out"))
    loaded(*words)  # the second call finds the parsed data
    heavy = {"click", "attr", "attrs", "jsonpatch", "grpc", "google.protobuf", "inspect", "dataclasses", "ruamel.yaml"}
    heavy |= {"manifestgen.catalog.formats", "manifestgen.yamlio.reader"}
    assert not loaded(*words[:-1], str(tmp_path / "again")) & heavy
