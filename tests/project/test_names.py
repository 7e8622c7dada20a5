"""Importing any part of the package leaves every public name what it was."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict

from tests.support.environments import ROOT

EVERYTHING = """
import importlib, pkgutil, manifestgen
for found in pkgutil.walk_packages(manifestgen.__path__, "manifestgen."):
    if not found.name.endswith(("__main__", "protos.generate")):
        importlib.import_module(found.name)
bundle = manifestgen.render("kdd", calico="v3.9", components=("node",))
assert not manifestgen.diff(bundle, bundle)
assert manifestgen.load
print(*(name for name in manifestgen.__all__ if name[0].islower() and callable(getattr(manifestgen, name))))
print(*(name for name in manifestgen.__all__ if type(getattr(manifestgen, name)).__name__ == "module"))
"""


def test_no_module_hides_a_public_function() -> None:
    """A package called `diff` would replace the function `manifestgen.diff` as soon as a program imports it."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", EVERYTHING], capture_output=True, text=True, check=True)
    functions, modules = done.stdout.split("\n")[:2]
    assert set(functions.split()) >= {"diff", "inject", "load", "parameters", "preflight", "render"}
    assert modules == ""


def test_a_class_has_a_name_of_its_own() -> None:
    """Whoever reads `Source` or `Change` knows which one is meant, without looking up where it was imported from."""
    found = defaultdict(set)
    for path in (ROOT / "manifestgen").rglob("*.py"):
        if "stubs" not in path.parts:
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    found[node.name.lstrip("_")].add(str(path.relative_to(ROOT)))
    assert len(found) > 300
    assert {name: sorted(paths) for name, paths in found.items() if len(paths) > 1} == {}
