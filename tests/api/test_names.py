"""Every public name can be had from `manifestgen`, and says what it takes and gives."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys
import typing
from collections.abc import Iterator
from importlib import import_module

import pytest

import manifestgen
from manifestgen.api import errors

APART = ("authz", "cli", "api.errors", "pytest_plugin", "__main__", "profiles")
"""Rooms whose errors no function of the API raises, and what is no module of ours."""

FUNCTIONS = [name for name in dir(manifestgen) if inspect.isfunction(getattr(manifestgen, name))]
CLASSES = [
    name
    for name in dir(manifestgen)
    if inspect.isclass(kind := getattr(manifestgen, name))
    and (not issubclass(kind, manifestgen.ManifestgenError) or name in {"ManifestgenError", "Failures"})
]


def modules() -> list[str]:
    """The modules of the package that the API reaches."""
    names = [found.name for found in pkgutil.walk_packages(manifestgen.__path__, "manifestgen.")]
    return [name for name in names if not name.removeprefix("manifestgen.").startswith(APART)]


def classes(base: type[BaseException]) -> Iterator[type[BaseException]]:
    """Every class below another."""
    for below in base.__subclasses__():
        yield below
        yield from classes(below)


def test_every_error_is_an_attribute_of_the_package() -> None:
    """Whatever a function raises can be caught by name; a new class of errors is added to api/errors.py."""
    for name in modules():
        import_module(name)
    raised = {one.__name__: one for one in classes(manifestgen.ManifestgenError) if one.__module__ in modules()}
    assert raised
    missing = [f"from {one.__module__} import {name} as {name}" for name, one in raised.items()]
    assert [line for line in missing if not hasattr(errors, line.split()[-1])] == [], "add these to api/errors.py"
    for name in sorted(raised):
        assert issubclass(getattr(manifestgen, name), manifestgen.ManifestgenError), name


def test_the_functions_are_there() -> None:
    """One a verb."""
    assert {
        *("apply_patch", "check_golden", "components", "diff", "drift", "explain", "inject", "load", "parameters"),
        *("preflight", "profiles", "releases", "render", "update_golden", "validate"),
    } <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_types_of_a_function_can_be_read(name: str) -> None:
    """`typing.get_type_hints` gives every argument and the result, as tools that build on annotations need it."""
    function = getattr(manifestgen, name)
    hints = typing.get_type_hints(function)
    assert set(hints) == {*inspect.signature(function).parameters, "return"}
    assert inspect.getdoc(function)


@pytest.mark.parametrize("name", CLASSES)
def test_the_types_of_a_class_can_be_read(name: str) -> None:
    """Of its attributes and of every public method."""
    kind = getattr(manifestgen, name)
    typing.get_type_hints(kind)
    own = [base for base in kind.__mro__ if base.__module__.startswith("manifestgen.")]
    for member, value in ((member, value) for base in own for member, value in vars(base).items()):
        if member.startswith("_") and member not in {"__init__", "__getitem__"}:
            continue
        if member == "__init__" and hasattr(kind, "__frozen_fields__"):
            continue  # it is made, and the types of the attributes have been read above
        function = value.fget if isinstance(value, property) else getattr(value, "func", value)
        function = getattr(function, "__func__", function)
        if inspect.isfunction(function):
            assert "return" in typing.get_type_hints(function) or member == "__init__", f"{name}.{member}"


def named(hint: object) -> Iterator[type]:
    """Our own classes in an annotation."""
    for part in typing.get_args(hint):
        yield from named(part)
    if inspect.isclass(hint) and hint.__module__.startswith("manifestgen."):
        yield hint


def test_the_types_of_every_result_can_be_read() -> None:
    """Of what functions give back, such as a report: its attributes and its methods."""
    given = {kind for name in FUNCTIONS for kind in named(typing.get_type_hints(getattr(manifestgen, name))["return"])}
    assert len(given) > 12
    for kind in given:
        typing.get_type_hints(kind)
        for member, value in vars(kind).items():
            if inspect.isfunction(value) and not member.startswith("_"):
                assert "return" in typing.get_type_hints(value), f"{kind.__name__}.{member}"


def test_importing_every_module_hides_no_function() -> None:
    """No module has the name of a public function: importing it would put the module in the function's place."""
    code = (
        "import manifestgen, pkgutil, importlib\n"
        "functions = [name for name in dir(manifestgen) if name.islower() and name != '__version__']\n"
        f"for found in pkgutil.walk_packages(manifestgen.__path__, 'manifestgen.'):\n"
        f"    if not found.name.removeprefix('manifestgen.').startswith({APART[:-1]!r}):\n"
        "        importlib.import_module(found.name)\n"
        "assert all(callable(getattr(manifestgen, name)) for name in functions), functions\n"
        "assert all(callable(getattr(manifestgen.api, name)) for name in functions)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    for name in ("nope", "Nope", "__nope__"):
        with pytest.raises(AttributeError, match=name):
            getattr(manifestgen, name)


def test_a_star_gives_the_public_names() -> None:
    """`from manifestgen import *`."""
    found: dict[str, object] = {}
    exec("from manifestgen import *", found)
    assert {"render", "load", "Bundle", "NoSuchProfile", "__version__"} <= set(found)
