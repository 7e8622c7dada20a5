"""One kind of place in every error: a Location, whichever room finds the mistake and whoever made it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen import ManifestgenError
from manifestgen.authz.address import parse
from manifestgen.authz.client import AuthorizationClient
from manifestgen.authz.decision import decide
from manifestgen.authz.tls import read_tls
from manifestgen.difference.ignore import from_words
from manifestgen.emit.errors import CannotWrite
from manifestgen.errors import Failures
from manifestgen.fleets.reading import read_fleet
from manifestgen.model.location import Location

OVERLAY = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: o}\n"
PROFILE = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: p}\nextends: kdd\ncalico: '3.32'\n"
NODE = "- target: {kind: DaemonSet, name: calico-node}\n"
NAMES = "place", "where", "location"
INJECTOR = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-sidecar-injector}\ndata:\n  config: |\n"
POD = "    template: |\n      containers:\n      - name: istio-proxy\n"


def profile(text: str) -> Callable[[Path], Any]:
    """Renders a profile of one's own."""

    def act(place: Path) -> Any:
        (place / "profile.yaml").write_text(PROFILE + text)
        return manifestgen.render(place)

    return act


def overlay(text: str) -> Callable[[Path], Any]:
    """Renders with an overlay."""

    def act(place: Path) -> Any:
        (place / "profile.yaml").write_text(OVERLAY + text)
        return manifestgen.render("kdd", overlays=[place])

    return act


def file(name: str, text: str, act: Callable[[str], Any]) -> Callable[[Path], Any]:
    """Does something with one file."""

    def made(place: Path) -> Any:
        (place / name).write_text(text)
        return act(str(place / name))

    return made


def foreign(place: Path) -> None:
    """Writes where somebody else's file is in the way."""
    (place / "kustomization.yaml").write_text("a: 1\n")
    manifestgen.render("kdd").write(place)


def edited(place: Path) -> None:
    """Writes where one of our files was changed by hand."""
    manifestgen.render("kdd").write(place)
    (place / "kustomization.yaml").write_text("a: 1\n")
    manifestgen.render("kdd").write(place)


def ask(place: Path) -> None:
    """Asks an authorization server that is not there."""
    with AuthorizationClient(f"unix://{place}/no.sock", timeout=0.2) as client:
        client.check(path="/")


DIGEST = f"sha256:{'0' * 64}"
FLEET = "apiVersion: manifestgen/v1\nkind: Fleet\nmetadata: {name: f}\nclusters:\n"

MISTAKES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "an unknown member of a patch": (overlay(f"patches:\n{NODE}  patch:\n  - {{op: remove, pth: /a}}\n"), "{}:7:5"),
    "a count of resources": (overlay(f"patches:\n{NODE}  expect: two\n  patch: []\n"), "{}:6:3"),
    "a count of places": (
        overlay(f"patches:\n{NODE}  patch:\n  - {{op: remove, path: /a/[*], expect: two}}\n"),
        "{}:7:28",
    ),
    "an operation that misses": (overlay(f"patches:\n{NODE}  patch:\n  - {{op: remove, path: /no}}\n"), "{}:7:5"),
    "a patch of nothing": (
        overlay("patches:\n- target: {kind: Pod}\n  patch:\n  - {op: remove, path: /a}\n"),
        "{}:5:3",
    ),
    "an image's tag": (profile("images:\n- {name: calico/node, newTag: 'a b'}\n"), "{}:7:23"),
    "an image's rule without effect": (profile("images:\n- {name: calico/node}\n"), "{}:7:3"),
    "an image that nothing has": (profile("images:\n- {name: calico/nod, newTag: a}\n"), "{}:7:3"),
    "a pin in a site": (profile("pins: {calico/node: short}\n"), "{}:6:1"),
    "a value of a site": (profile("values: {mtu: many}\n"), "{}:6:10"),
    "a label of a site": (profile("labels:\n- pairs: {'a b': c}\n"), "{}:7:11"),
    "a component of a site": (profile("components: [nod]\n"), "{}:6:1"),
    "a registry of a site": (profile("registry: 'a b'\n"), "{}:6:1"),
    "a resource that is not there": (profile("resources: [no.yaml]\n"), "{}:6:13"),
    "a pin": (lambda _: manifestgen.render("kdd", pins={"calico/node": "short"}), "pins"),
    "two pins": (
        lambda _: manifestgen.render("kdd", pins={f"calico/node@{DIGEST}": DIGEST.replace("0", "1")}),
        "pins",
    ),
    "a value": (lambda _: manifestgen.render("kdd", values={"mtu": "many"}), "values"),
    "a value for nothing": (lambda _: manifestgen.render("kdd", calico="3.32", values={"mut": 1}), "values"),
    "a label": (lambda _: manifestgen.render("kdd", labels={"a b": "c"}), "--label"),
    "a registry": (lambda _: manifestgen.render("kdd", registry="a b"), "--registry"),
    "a component": (lambda _: manifestgen.render("kdd", components=["nod"]), ""),
    "a namespace": (lambda _: manifestgen.render("kdd", namespaces=["A b"]), "--namespace"),
    "an ignored field": (lambda _: from_words(["spec"]), "--ignore"),
    "a pointer": (lambda _: manifestgen.apply_patch({}, [{"op": "remove", "path": "a"}]), ""),
    "a file of others": (foreign, "DIRECTORY"),
    "a file that was edited": (edited, "DIRECTORY"),
    "a file in the way": (
        file("out", "", lambda path: manifestgen.render("kdd").write(path)),
        "DIRECTORY/out",
    ),
    "no injector": (file("a.yaml", "a: 1\n", lambda path: manifestgen.inject(Path(path).read_text())), "<string>"),
    "an injector without a template": (lambda _: manifestgen.inject(INJECTOR + "    a: 1\n"), "<string>"),
    "an injector of another name": (
        lambda _: manifestgen.inject(INJECTOR + POD, templates=["grpc"], calico="3.32", istio="1.12"),
        "<string>",
    ),
    "no Calico to adopt": (
        file("a.yaml", "", lambda path: manifestgen.adopt(path, output=f"{path}.d")),
        "DIRECTORY/a.yaml",
    ),
    "two clusters": (
        file("f.yaml", FLEET + "- {name: a, profile: kdd}\n- {name: A, profile: kdd}\n", read_fleet),
        "DIRECTORY/f.yaml:6:3",
    ),
    "a cluster's name": (file("f.csv", "name,profile\na_b,kdd\n", read_fleet), "DIRECTORY/f.csv:2"),
    "a matrix": (
        file(
            "matrix.yaml",
            "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n"
            "- {profile: kdd, calico: ['3.9']}\n- {profile: kdd, calico: ['3.9']}\n",
            manifestgen.check_golden,
        ),
        "DIRECTORY/matrix.yaml:5:3",
    ),
    "a schema version": (lambda _: manifestgen.validate(manifestgen.render("kdd"), kubernetes="1.x"), ""),
    "a socket that is not there": (ask, "DIRECTORY/no.sock"),
    "a socket's path": (lambda _: parse("/" + "a" * 200), "/" + "a" * 200),
    "an answer": (lambda _: decide(b"\xff", parse("localhost:1").location), "localhost:1"),
    "a certificate": (lambda place: read_tls(f"{place}/no.pem"), "DIRECTORY/no.pem"),
    "a system without a path": (lambda _: _raise(CannotWrite.because("", OSError(errno.ENOENT, ""))), "''"),
}


def _raise(error: Exception) -> None:
    raise error


def every(error: ManifestgenError) -> Iterator[ManifestgenError]:
    """Errors one by one."""
    yield from error if isinstance(error, Failures) else [error]


@pytest.mark.parametrize("name", MISTAKES)
def test_the_place_of_a_mistake_is_a_location(name: str, tmp_path: Path) -> None:
    """At the value itself in a file; the whole file, the option, the argument or the server elsewhere."""
    act, expected = MISTAKES[name]
    with pytest.raises(ManifestgenError) as caught:
        act(tmp_path)
    for one in every(caught.value):
        held = [getattr(one, field) for field in NAMES if hasattr(one, field)]
        assert all(place is None or type(place) is Location for place in held), held
    first = next(every(caught.value))
    said = expected.format(f"{tmp_path}/profile.yaml").replace("DIRECTORY", str(tmp_path))
    assert str(first.where or "") == said
    assert str(first).startswith(f"{said}: " if said else first.what)


def test_mistakes_of_every_room_are_tried(tmp_path: Path) -> None:
    """So that no room keeps a kind of place of its own."""
    rooms = set()
    for number, (act, _) in enumerate(MISTAKES.values()):
        (place := tmp_path / str(number)).mkdir()
        with pytest.raises(ManifestgenError) as caught:
            act(place)
        rooms |= {type(one).__module__.split(".")[1] for one in every(caught.value)}
    expected = {"adoption", "api", "authz", "catalog", "compose", "difference", "emit", "fleets", "goldens"}
    assert rooms >= expected | {"injector", "model", "patch", "yamlio"}
