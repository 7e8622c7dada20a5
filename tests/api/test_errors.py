"""Every error travels: between processes, into copies, and back with its message and its fields."""

from __future__ import annotations

import copy
import inspect
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen import ManifestgenError
from manifestgen.authz.decision import Decision
from manifestgen.catalog.loading import profile_chain, shipped_layer, user_layer
from manifestgen.catalog.parameter_index import ParameterIndex
from manifestgen.compose import value_rules
from manifestgen.compose.compatibility import Finding
from manifestgen.compose.pins import read_pins
from manifestgen.goldens.matrix import Matrix
from manifestgen.model.location import Location
from manifestgen.model.version import Version
from manifestgen.patch.draft import Draft
from manifestgen.patch.rfc6902 import Operation

NO_MODULES = ("profiles", "__main__", "authz.protos", "authz.stubs")


@cache
def samples() -> dict[str, Any]:
    """A value for each type that the constructor of an error takes, by the type as it is written."""
    bundle = manifestgen.render("kdd")
    resource = bundle["DaemonSet/calico-node"]
    chain = profile_chain("kdd")
    release = shipped_layer("releases/v3.31.yaml")
    patch = release.patches[0].patch
    pin = read_pins({"calico/node": f"sha256:{'0' * 64}"})[0]
    effective = value_rules.Effective("mtu", 1400, Location("a.yaml", 1, 1), "a.yaml:1:1", False)
    rule = next(iter(value_rules._rules()))
    assert bundle.context is not None
    return {
        "str": "name",
        "int": 3,
        "bool": False,
        "bytes": b"\x00",
        "object": "anything",
        "Any": "anything",
        "Location": Location("a.yaml", 3, 4),
        "Where": Location("a.yaml", 3, 4),
        "Where | None": Location("a.yaml", 3, 4),
        "Version": Version(3, 9, 6),
        "SourceRef": patch.ref,
        "Parameter": ParameterIndex(chain)["mtu"],
        "Pin": pin,
        "Context": bundle.context,
        "Patch": patch,
        "PatchOperation": patch.operations[0],
        "Operation": Operation("add", ("a",), 1),
        "Resource": resource,
        "Draft": Draft(resource),
        "Decision": Decision(allowed=False, code=2, message="", headers=(), raw=b""),
        "Finding": Finding("code", refused=True, text="what", next_step="do"),
        "Image": release.images[0],
        "Matrix": Matrix("matrix.yaml", ()),
        "ValueRule": rule,
        "ManifestgenError": ManifestgenError("inner", where=Location("b.yaml", 1, 2), candidates=("c",)),
        "OSError": OSError(28, "No space left on device"),
        "Iterable[str]": ("a", "b"),
        "Sequence[str]": ("a", "b"),
        "Collection[str]": ("a", "b"),
        "Sequence[Id]": (resource.id,),
        "Sequence[Resource]": (resource,),
        "Sequence[Draft]": (Draft(resource),),
        "Sequence[Effective]": (effective,),
        "Mapping[str, str]": {"a": "b"},
        "tuple[str, str]": ("a", "b"),
        "Iterable[ManifestgenError]": [ManifestgenError("one"), ManifestgenError("two")],
    }


def below(base: type[ManifestgenError]) -> Iterator[type[ManifestgenError]]:
    """Every class of errors."""
    for found in base.__subclasses__():
        yield found
        yield from below(found)


def every_class() -> list[type[ManifestgenError]]:
    """The classes of all modules of the package."""
    for found in pkgutil.walk_packages(manifestgen.__path__, "manifestgen."):
        if not found.name.removeprefix("manifestgen.").startswith(NO_MODULES):
            import_module(found.name)
    own = (found for found in below(ManifestgenError) if found.__module__.startswith("manifestgen."))
    return sorted({ManifestgenError, *own}, key=lambda found: (found.__module__, found.__name__))


def same(one: BaseException, other: BaseException) -> None:
    """The same class, message, arguments and order in a report, and fields of the same names that read alike."""
    assert type(other) is type(one)
    assert str(other) == str(one)
    assert set(vars(other)) == set(vars(one))
    for name, value in vars(one).items():
        assert repr(getattr(other, name)) == repr(value) or isinstance(value, ManifestgenError), name
    assert isinstance(one, ManifestgenError)
    assert isinstance(other, ManifestgenError)
    assert other.sort_key() == one.sort_key()
    assert (other.what, other.where, other.found, other.candidates, other.next_step, other.exit_status) == (
        *(one.what, one.where, one.found, one.candidates, one.next_step, one.exit_status),
    )


def travels(error: ManifestgenError) -> None:
    """An error is the same after pickle and copies, with each protocol."""
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        same(error, pickle.loads(pickle.dumps(error, protocol)))
    same(error, copy.copy(error))
    same(error, copy.deepcopy(error))


PROVOKED: dict[str, Callable[[Path], Any]] = {}
"""Errors whose constructors take what only their own module makes."""


def provoked(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Register what provokes an error: a function called like its class."""
    PROVOKED["".join(word.capitalize() for word in function.__name__.split("_"))] = function
    return function


@provoked
def conflicting_writes(directory: Path) -> Any:
    """Two patches of one overlay write one field."""
    target = "- target: {kind: DaemonSet, name: calico-node}\n  patch:\n"
    steps = "".join(f"{target}  - {{op: add, path: /metadata/labels/x, value: '{value}'}}\n" for value in "ab")
    (directory / "profile.yaml").write_text(
        f"apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {{name: o}}\npatches:\n{steps}"
    )
    return manifestgen.render("kdd", overlays=[directory])


@provoked
def version_syntax_error(directory: Path) -> Any:
    """A word for a version."""
    del directory
    return manifestgen.render("kdd", calico="newest")


@provoked
def forbidden_character(directory: Path) -> Any:
    """A file with a control character."""
    (directory / "a.yaml").write_text("a: \x01\n")
    return manifestgen.load(directory)


@pytest.mark.parametrize("kind", every_class(), ids=lambda kind: kind.__name__)
def test_every_error_survives_pickle_and_copies(kind: type[ManifestgenError], tmp_path: Path) -> None:
    """Made by its own constructor, of values of the types that it states."""
    if kind.__name__ in PROVOKED:
        with pytest.raises(kind) as caught:
            PROVOKED[kind.__name__](tmp_path)
        travels(caught.value)
        return
    travels(made(kind))


def made(kind: type[ManifestgenError]) -> ManifestgenError:
    """An error of a class; where its constructor takes what is not among the samples, with the common fields alone."""
    taken = list(inspect.signature(kind.__init__).parameters.values())[1:]
    needed = [one for one in taken if one.default is one.empty or str(one.annotation) in samples()]
    if any(str(one.annotation) not in samples() for one in needed):
        error = kind.__new__(kind)
        ManifestgenError.__init__(error, "what", where=Location("a.yaml", 1), candidates=("b",))
        return error
    by_name = {one.name: samples()[str(one.annotation)] for one in needed if one.kind is one.KEYWORD_ONLY}
    return kind(*(samples()[str(one.annotation)] for one in needed if one.kind is not one.KEYWORD_ONLY), **by_name)


def test_most_errors_are_made_by_their_constructors() -> None:
    """So that the fields they keep are tried too."""
    classes = every_class()
    own = [kind for kind in classes if {str(p.annotation) for p in parameters(kind)} <= set(samples())]
    assert len(own) > 0.9 * len(classes), [kind for kind in classes if kind not in own]


def parameters(kind: type[ManifestgenError]) -> list[inspect.Parameter]:
    """What a constructor must be given."""
    taken = list(inspect.signature(kind.__init__).parameters.values())[1:]
    return [one for one in taken if one.default is one.empty]


WRONG = {
    "profile.yaml": "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: o}\nextends: kdd\n"
    "values: {mtu: many, x: 1}\n",
    "extra.yaml": "a: [1\n",
}


def test_errors_of_a_users_files_travel_with_their_places(tmp_path: Path) -> None:
    """Several at once, each with its file, line and column."""
    for name, text in WRONG.items():
        (tmp_path / name).write_text(text)
    for act in (
        lambda: user_layer(str(tmp_path)),
        lambda: manifestgen.render(tmp_path),
        lambda: manifestgen.load(tmp_path / "extra.yaml"),
        lambda: manifestgen.render("kdd", calico="v3.30"),
        lambda: manifestgen.render("kdd", calico="v9"),
        lambda: manifestgen.render("kdd")["X/y"],
        lambda: manifestgen.render("kdd")["DaemonSet/calico-node"].origin("/spec/x"),
        lambda: manifestgen.explain("kdd", "DaemonSet/calico-node", "spec"),
        lambda: manifestgen.inject("a: b"),
    ):
        with pytest.raises(ManifestgenError) as caught:
            act()
        travels(caught.value)
