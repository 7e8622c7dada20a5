"""Wrong types are errors of the package's own, which name the argument."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import manifestgen

CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "a version as a number": (lambda: manifestgen.render("kdd", calico=3.9), "calico must be a version"),  # type: ignore[arg-type]
    "an Istio as a number": (lambda: manifestgen.render("kdd", istio=1.1), "istio must be a version"),  # type: ignore[arg-type]
    "a Kubernetes as a number": (
        lambda: manifestgen.render("kdd", kubernetes=1.30),  # type: ignore[arg-type]
        "kubernetes must be a version",
    ),
    "a string of namespaces": (lambda: manifestgen.render("kdd", namespaces="shop"), "namespaces must be a list"),
    "a string of components": (lambda: manifestgen.render("kdd", components="node"), "components must be a list"),
    "a string of overlays": (lambda: manifestgen.render("kdd", overlays="site"), "overlays must be a list"),
    "a number among namespaces": (
        lambda: manifestgen.render("kdd", namespaces=[1]),  # type: ignore[list-item]
        r"namespaces\[0\] must be a string, not an int",
    ),
    "a list of values": (lambda: manifestgen.render("kdd", values=[1]), "values must be a mapping"),  # type: ignore[arg-type]
    "a number as a value's name": (
        lambda: manifestgen.render("kdd", values={1: 2}),  # type: ignore[dict-item]
        "a key of values must be a string",
    ),
    "a number as a digest": (lambda: manifestgen.render("kdd", pins={"a": 5}), "pin"),  # type: ignore[dict-item]
    "a list of pins": (lambda: manifestgen.render("kdd", pins=["a"]), "pins must be a mapping"),  # type: ignore[arg-type]
    "a number as a label": (
        lambda: manifestgen.render("kdd", labels={"a": 5}),  # type: ignore[dict-item]
        r"labels\['a'\] must be a string",
    ),
    "a word for a flag": (lambda: manifestgen.render("kdd", published="no"), "published must be True or False"),  # type: ignore[arg-type]
    "no profile": (lambda: manifestgen.render(None), "profile must be"),  # type: ignore[arg-type]
    "an empty profile": (lambda: manifestgen.render(""), "no profile ''"),
    "an empty version": (lambda: manifestgen.render("kdd", calico=""), "'' is not a version"),
    "bytes of a profile": (lambda: manifestgen.render(b"kdd"), "profile must be"),  # type: ignore[arg-type]
    "a list of profiles": (lambda: manifestgen.parameters(["kdd"]), "profile must be"),  # type: ignore[arg-type]
    "no text": (lambda: manifestgen.inject(None), "text must be a string"),  # type: ignore[arg-type]
    "bytes of a path": (lambda: manifestgen.load(b"x"), "source must be a path"),  # type: ignore[arg-type]
    "no side": (lambda: manifestgen.diff(None, manifestgen.render("kdd")), "left must be a Bundle"),  # type: ignore[arg-type]
    "no cluster": (lambda: manifestgen.drift(5, manifestgen.render("kdd")), "live must be a Bundle"),  # type: ignore[arg-type]
    "nothing to validate": (lambda: manifestgen.validate(5), "source must be a Bundle"),  # type: ignore[arg-type]
    "no operations": (lambda: manifestgen.apply_patch({}, None), "operations must be a list"),  # type: ignore[arg-type]
    "a text of operations": (lambda: manifestgen.apply_patch({}, "[]"), "operations must be a list"),
    "an unknown product": (lambda: manifestgen.releases("Envoy"), "product must be Calico, Istio or Kubernetes"),
    "a number for an object": (
        lambda: manifestgen.render("kdd")[0],  # type: ignore[index]
        "the name of an object must be a string",
    ),
    "a number for a field": (
        lambda: manifestgen.explain("kdd", "DaemonSet/calico-node", 5),  # type: ignore[arg-type]
        "path must be a string",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_a_wrong_type_is_an_error_of_ours(case: str) -> None:
    """It names the argument and survives a pickle."""
    call, message = CALLS[case]
    with pytest.raises(manifestgen.ManifestgenError, match=message) as caught:
        call()
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (type(caught.value), str(caught.value))


def test_a_wrong_type_is_a_type_error() -> None:
    """So that a caller who knows Python's own errors finds it."""
    with pytest.raises(TypeError):
        manifestgen.render("kdd", calico=3.9)  # type: ignore[arg-type]


def test_all_wrong_arguments_are_reported_together() -> None:
    """In one report, and the values of parameters are not shown, for some are secret."""
    with pytest.raises(manifestgen.Failures) as caught:
        manifestgen.render("kdd", calico=3.9, values=["hunter2"], namespaces="shop")  # type: ignore[arg-type]
    assert len(caught.value.errors) == 3
    assert "hunter2" not in str(caught.value)


def test_what_is_passed_in_is_neither_changed_nor_kept() -> None:
    """Editing an argument after the call changes nothing of the bundle."""
    env = {"A": "1"}
    values = {"dikastes_env": env, "namespaces": ["shop"]}
    labels = {"team": "net"}
    bundle = manifestgen.render("kdd", calico="v3.32", values=values, labels=labels, namespaces=["b"])
    before = bundle.to_yaml()
    assert (values, labels) == ({"dikastes_env": {"A": "1"}, "namespaces": ["shop"]}, {"team": "net"})
    env["A"] = labels["team"] = "changed"
    assert bundle.to_yaml() == before
    assert bundle.context is not None
    assert bundle.context.values["dikastes_env"] == {"A": "1"}


def test_a_stream_can_be_loaded(tmp_path: Path) -> None:
    """An open file, of text or of bytes, gives the same bundle as its path."""
    file = tmp_path / "all.yaml"
    file.write_text(manifestgen.render("kdd").to_yaml())
    with file.open() as text, file.open("rb") as data:
        assert manifestgen.load(text) == manifestgen.load(data) == manifestgen.load(file)
