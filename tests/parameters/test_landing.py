"""Every parameter lands where it should, in every profile that has it, and is refused by those that lack it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

import manifestgen
from manifestgen.catalog.loading import install_profiles
from manifestgen.catalog.parameter_index import ParameterIndex
from manifestgen.compose.placement import ParameterHasNoPlace
from manifestgen.compose.value_rules import ValuesDisagree
from manifestgen.errors import Failures, ManifestgenError
from tests.parameters import files
from tests.parameters.table import MISSING, cases, expected, found, minors

if TYPE_CHECKING:
    from pathlib import Path

    from manifestgen.model.version import Version

CASES = cases()
LANDING = [case for case in CASES if "lands" in case]
ELSEWHERE = {"profiles/parameters/mesh.yaml", "profiles/parameters/dikastes.yaml"}
"""Where these parameters land is tried with the objects of the mesh."""

TYPHA = """apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-typha, namespace: kube-system}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: calico-typha, env: [{name: TYPHA_LOGSEVERITYSCREEN, value: info}]}
"""


def _name(case: dict[str, Any]) -> str:
    return f"{case['parameter']}={case['given']}"[:60] + "".join(f"+{name}" for name in case.get("with", {}))


@pytest.mark.parametrize("case", LANDING, ids=_name)
@pytest.mark.parametrize("profile", install_profiles())
def test_value_lands_where_the_case_says_or_is_refused(case: dict[str, Any], profile: str, folder: Path) -> None:
    """In each release a value is at every place that the case names; without such a place it is an error."""
    for minor in minors(case):
        entries = expected(case, profile, minor)
        if not entries:
            with pytest.raises(ManifestgenError) as raised:
                _objects(case, profile, minor, folder)
            _names_a_value(raised.value, case)
            continue
        objects = _objects(case, profile, minor, folder)
        for entry in entries:
            if "every" in entry:
                assert _policies(objects) == {entry["is"]}, (minor, entry)
            elif entry.get("gone"):
                assert found(entry, objects) is MISSING, (minor, entry)
            else:
                assert found(entry, objects) == _wanted(entry), (minor, entry)


def _objects(case: dict[str, Any], profile: str, minor: Version, folder: Path) -> dict[str, Any]:
    """The objects of a bundle of all that parameters are about, with a case's values."""
    values = {case["parameter"]: case["given"], **case.get("with", {})}
    if profile == "etcd":
        values.setdefault("etcd_endpoints", "https://10.0.0.1:2379")
    components = ["node", "config"] + ["felix"] * (minor >= (3, 8)) + ["csi"] * (minor >= (3, 23))
    name = _own_profile(folder, profile) if case.get("extends") else profile
    bundle = manifestgen.render(name, calico=str(minor), values=values, components=components)
    assert "value-not-rendered" not in {warning.code for warning in bundle.warnings}
    return {resource.id.short: resource.body for resource in bundle}


def _own_profile(folder: Path, extends: str) -> str:
    own = folder / "own"
    own.mkdir(exist_ok=True)
    (own / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: own}\n"
        f"extends: {extends}\nresources: [typha.yaml]\n"
    )
    (own / "typha.yaml").write_text(TYPHA)
    return str(own)


def _names_a_value(error: ManifestgenError, case: dict[str, Any]) -> None:
    given = {case["parameter"], *case.get("with", {})}
    for one in error if isinstance(error, Failures) else [error]:
        named = one.parameters if isinstance(one, ValuesDisagree) else (one.parameter,)  # type: ignore[attr-defined]
        assert isinstance(one, (ParameterHasNoPlace, ValuesDisagree))
        assert given & set(named)


def _wanted(entry: dict[str, Any]) -> Any:
    if "content" in entry:
        return files.CNI
    if "base64" in entry:
        kind = "PRIVATE KEY" if entry["base64"].endswith(".key") else "CERTIFICATE"
        text = f"-----BEGIN {kind}-----\n{files.MARKS[entry['base64']]}\n-----END {kind}-----\n"
        return base64.b64encode(text.encode()).decode()
    return entry["is"]


def _policies(objects: dict[str, Any]) -> set[Any]:
    """The pull policies of all containers of all DaemonSets."""
    pods = [body["spec"]["template"]["spec"] for name, body in objects.items() if name.startswith("DaemonSet/")]
    containers = [c for pod in pods for c in [*pod.get("initContainers", []), *pod["containers"]]]
    return {container.get("imagePullPolicy") for container in containers}


BAD = [(case["parameter"], bad) for case in CASES for bad in case.get("bad", [])]


@pytest.mark.parametrize(("parameter", "bad"), BAD, ids=lambda part: part if isinstance(part, str) else "")
@pytest.mark.usefixtures("folder")
def test_bad_value_is_refused_in_these_words(parameter: str, bad: dict[str, Any]) -> None:
    """A value that is not of the parameter's type is refused with its reason, itself, and an example."""
    with pytest.raises(ManifestgenError) as raised:
        manifestgen.render("kdd", calico="3.9", values={parameter: bad["given"]})
    assert f"{raised.value}\n" == bad["error"]
    assert raised.value.exit_status == 2


def test_every_parameter_has_cases() -> None:
    """No shipped parameter is without a case that lands and a bad value."""
    own = {name for name, one in ParameterIndex().items() if one.ref.source.name not in ELSEWHERE}
    assert own == {case["parameter"] for case in LANDING}
    assert set(ParameterIndex()) == {parameter for parameter, _ in BAD}
