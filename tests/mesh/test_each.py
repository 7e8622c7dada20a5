"""Parameters with `each`, in a profile of one's own: one object for each item of a list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen

PROFILE = """\
apiVersion: manifestgen/v1
kind: Profile
metadata: {{name: teams}}
extends: kdd
resources: [team.yaml]
parameters:
  teams:
    type: names
    each:
    - {{target: {{kind: ConfigMap, name: {target}}}, path: /metadata/namespace, without: {without}}}
    sets:
    - {{target: {{kind: ConfigMap, name: team}}, path: /data/teams, as: json, text: "all of <value>", create: true}}
"""
TEAM = "{apiVersion: v1, kind: ConfigMap, metadata: {name: team}, data: {quota: small}}\n"


def rendered(directory: Path, *, target: str = "team", without: str = "drop", **values: Any) -> list[Any]:
    """The team's objects of a bundle."""
    (directory / "profile.yaml").write_text(PROFILE.format(target=target, without=without))
    (directory / "team.yaml").write_text(TEAM)
    bundle = manifestgen.render(directory, calico="v3.32", components=("policy",), values=values)
    return [resource.body for resource in bundle if resource.id.name == "team"]


def test_one_object_for_each_item(tmp_path: Path) -> None:
    """Copies are in the order of the items, each once, and keep all that is not the item's."""
    found = rendered(tmp_path, teams=["red", "blue", "red"])
    assert [body["metadata"]["namespace"] for body in found] == ["red", "blue"]
    assert {body["data"]["quota"] for body in found} == {"small"}


def test_a_value_within_a_longer_text(tmp_path: Path) -> None:
    """`text` has the value in the place of <value>, in the form asked for."""
    (body,) = rendered(tmp_path, teams=["red"])
    assert body["data"]["teams"] == 'all of ["red"]'


@pytest.mark.parametrize(("without", "count"), [("drop", 0), ("keep", 1)])
def test_without_a_value_the_prototype_goes_or_stays(without: str, count: int, tmp_path: Path) -> None:
    """A prototype is no object of its own, unless it says so; no items are no objects."""
    assert len(rendered(tmp_path, without=without)) == count
    assert rendered(tmp_path, without=without, teams=[]) == []


def test_a_prototype_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A mistyped target does not make nothing of a list."""
    with pytest.raises(manifestgen.ManifestgenError, match=r"name=taem|teams has no place"):
        rendered(tmp_path, target="taem", teams=["red"])


def test_a_text_without_the_value_is_refused(tmp_path: Path) -> None:
    """What holds no <value> would hide the value."""
    (tmp_path / "profile.yaml").write_text(PROFILE.format(target="team", without="drop").replace("<value>", "<teams>"))
    (tmp_path / "team.yaml").write_text(TEAM)
    with pytest.raises(manifestgen.ManifestgenError, match="without <value>"):
        manifestgen.render(tmp_path)
