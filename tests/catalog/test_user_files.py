"""Every file that a user writes, with every small mistake: an error of ours with its file, never a traceback."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import manifestgen
from manifestgen.catalog.loading import user_layer
from manifestgen.cli.main import main
from manifestgen.errors import ManifestgenError
from manifestgen.fleets.reading import read_fleet
from manifestgen.goldens.matrix import read_matrix
from tests.catalog.test_formats import changed, dropped, misspelled, places
from tests.support.prove import times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEAD = "apiVersion: manifestgen/v1\nmetadata: {name: mine}\n"
SITE = f"""{HEAD}kind: Profile
extends: kdd
summary: ours
calico: "3.29"
istio: "1.24"
kubernetes: "1.31"
components: [node, policy]
namespaces: [shop]
registry: registry.example.com/mirror
argo: true
allow: [fails-open]
layout: flat
values: {{mtu: 1410}}
parameters:
  own:
    type: enum
    choices: [a, b]
    default: a
    description: ours
    sets:
    - target: {{kind: DaemonSet, name: calico-node}}
      path: /metadata/annotations/own
      create: true
  replicated:
    type: names
    secret: true
    each: [{{target: {{kind: Namespace}}, path: /metadata/name, without: keep}}]
patches:
- target: {{group: apps, version: v1, kind: DaemonSet, name: calico-node, namespace: kube-system, labelSelector: a=b}}
  when: {{calico: ">=3.4,<3.30", istio: ">=1.1", kubernetes: "1.31", profile: kdd, published: false}}
  expect: 0+
  at: /spec
  patch:
  - {{op: add, path: /x, value: 1, create: true}}
  - {{op: move, from: /x, path: /y, if: present}}
  - {{op: add, path: /z, valueFrom: {{parameter: own, as: string, text: "<value>!"}}}}
- target: {{kind: ConfigMap}}
  expect: 0+
  document: {{path: /data/a, format: json}}
  patch: "[{{op: remove, path: /b}}]"
images:
- {{name: calico/node, newName: a/b, newTag: v1}}
labels:
- {{pairs: {{team: net}}, includeTemplates: true}}
"""
MATRIX = """apiVersion: manifestgen/v1
kind: GoldenMatrix
trees:
- profile: [kdd, etcd]
  calico: [v3.9, "3.10"]
  istio: "1.1"
  kubernetes: "1.15"
  values: {mtu: 1410}
  variants: {small: {}, jumbo: {mtu: 9000}}
  components: [node]
  namespaces: [shop]
  overlays: [site]
  published: true
  name: plain
  secrets: clear
"""
FLEET = """apiVersion: manifestgen/v1
kind: Fleet
metadata: {name: ours}
clusters:
- {name: one, profile: kdd, calico: "3.28", components: [node], values: {mtu: 1410}}
- {name: two, profile: kdd, calico: "3.29", istio: "1.24"}
"""
PINS = 'calico/node: "sha256:' + "0" * 64 + '"\ncalico/cni: "sha256:' + "1" * 64 + '"\n'
VALUES = "mtu: 1410\nipip_mode: Never\n"


def _site(directory: Path, text: str) -> None:
    (directory / "profile.yaml").write_text(text)
    user_layer(str(directory))


def _matrix(directory: Path, text: str) -> None:
    (directory / "matrix.yaml").write_text(text)
    read_matrix(str(directory / "matrix.yaml"))


def _fleet(directory: Path, text: str) -> None:
    (directory / "fleet.yaml").write_text(text)
    read_fleet(str(directory / "fleet.yaml"))


def _pins(directory: Path, text: str) -> None:
    (directory / "pins.yaml").write_text(text)
    manifestgen.render("kdd", calico="3.29", pins=directory / "pins.yaml", allow=["unpinned"])


READERS: dict[str, tuple[str, Callable[[Path, str], None]]] = {
    "site": (SITE, _site),
    "matrix": (MATRIX, _matrix),
    "fleet": (FLEET, _fleet),
    "pins": (PINS, _pins),
}


OTHERS: tuple[Any, ...] = (None, True, 3.1, 7, "", "x\x1b\x00y", [], [None], {}, {"": [{}]}, [[[]]], {"a": 1})
TOPS: tuple[Any, ...] = (None, 5, [], "x", {})


def mistakes(document: Any) -> Iterator[tuple[str, Any]]:
    """A document with each key dropped or misspelled, and each value replaced by others of every type."""
    for place in places(document):
        for value in OTHERS:
            yield f"{place} is {value!r}", changed(document, place, _with(value))
        if isinstance(place[-1], str):
            yield f"{place} dropped", changed(document, place, dropped)
            yield f"{place} misspelled", changed(document, place, misspelled)


def _with(value: Any) -> Callable[[Any, Any], Any]:
    def change(container: Any, key: Any) -> Any:
        container[key] = value
        return container

    return change


@pytest.mark.parametrize("what", READERS)
def test_a_sound_file_is_read(what: str, tmp_path: Path) -> None:
    """What the mistakes below are made in has none."""
    text, reader = READERS[what]
    reader(tmp_path, text)


@pytest.mark.parametrize("what", READERS)
def test_a_mistake_is_an_error_of_ours(what: str, tmp_path: Path) -> None:
    """Whatever is wrong: a ManifestgenError, which names the file, or no error where the value will do."""
    text, reader = READERS[what]
    document = yaml.safe_load(text)
    every = [*((str(top), top) for top in TOPS), *mistakes(document)]
    refused = 0
    for name, wrong in every[:: times(max(1, len(every) // 80), 1)]:
        said = message(lambda wrong=wrong: reader(tmp_path, json.dumps(wrong, indent=1) + "\n"))  # type: ignore[misc]
        assert said is None or said.strip(), name
        assert all(line.isprintable() for line in (said or "").split("\n")), name
        refused += said is not None
    assert refused > 20


def message(read: Callable[[], None]) -> str | None:
    """Why reading fails, if it does; anything but an error of ours fails the test."""
    try:
        read()
    except ManifestgenError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "value", [None, True, 5, [], "x", {"mtu": {}}, {"mtu": [1]}, {"ipip_mode": 5}, {"": 1}, {"x\x1b": 1}]
)
def test_a_file_of_values(value: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Status 2 and a message, on the command line."""
    file = tmp_path / "values.yaml"
    file.write_text(json.dumps(value) + os.linesep)
    assert main(["render", "kdd", "-o", "-", "--values", str(file)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert str(file) in err
