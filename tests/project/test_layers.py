"""The layers go one way: what a package may import is listed here, and held against its imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "manifestgen"

ORDER = ("errors", "model", "yamlio", "patch", "embedded", "catalog", "compose", "emit", "compare", "api", "cli")
"""From the ground up: each imports only itself and what stands before it."""

APART = {
    "authz": {"errors"},
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


def imported(path: Path) -> set[str]:
    """The rooms that a file imports from, whether at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            parts = name.split(".")
            if parts[0] == "manifestgen" and len(parts) > 1:
                found.add(parts[1])
            elif name == "manifestgen":
                found |= {alias.name for alias in node.names if (PACKAGE / alias.name).exists()}
    return found


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    """A file imports only rooms below its own."""
    here = room(path)
    allowed = (
        APART[here] if here in APART else set(ORDER[: ORDER.index(here)]) | (set(APART) if here == "cli" else set())
    )
    assert imported(path) - {here, "_version"} <= allowed


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
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    return set(done.stderr.rpartition("\0")[2].split())


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_and_version_load_little(words: tuple[str, ...]) -> None:
    """Neither loads the renderer, a YAML parser or grpc."""
    assert not loaded(*words) & {"manifestgen.api", "manifestgen.compose.render", "ruamel.yaml", "grpc", "jsonpatch"}


def test_a_render_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    """The render path is paid for by every user: no click, attrs, jsonpatch, grpc, protobuf or inspect on it."""
    words = ("render", "kdd", "-o", str(tmp_path / "out"))
    loaded(*words)  # the second call finds the parsed data
    heavy = {"click", "attr", "attrs", "jsonpatch", "grpc", "google.protobuf", "inspect", "dataclasses", "ruamel.yaml"}
    assert not loaded(*words[:-1], str(tmp_path / "again")) & heavy
