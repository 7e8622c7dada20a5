"""Values as a command line has them, and values of Python that no file could hold."""

from __future__ import annotations

from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.parameter_index import ParameterIndex
from manifestgen.catalog.parameter_types import TYPES
from manifestgen.catalog.parameters import BadValue, ValueSource, resolve
from manifestgen.model.location import Location
from tests.parameters.table import at, table

CASES = table("words.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['parameter']}={case['words']}")
def test_words_are_read_by_the_type_of_the_parameter(case: dict[str, Any]) -> None:
    """What follows --set NAME= becomes a value of the parameter's type, or is refused with the reason."""
    given = ValueSource({case["parameter"]: str(case["words"])}, Location(f"--set {case['parameter']}"), as_text=True)
    if "error" in case:
        with pytest.raises(BadValue) as raised:
            resolve(ParameterIndex(), [given], "kdd")
        assert raised.value.what == f"{case['parameter']} must be {case['error']}"
        return
    chosen = resolve(ParameterIndex(), [given], "kdd")[case["parameter"]]
    assert chosen.value == case["value"]
    assert type(chosen.value) is type(case["value"])


def test_every_type_that_is_in_use_is_tried() -> None:
    """Each type of a shipped parameter has words, but for those that are plain words themselves."""
    tried = {ParameterIndex()[case["parameter"]].type for case in CASES}
    used = {parameter.type for parameter in ParameterIndex().values()}
    assert used - tried <= {"enum", "file", "ip"}
    assert used <= set(TYPES)


def test_every_example_is_a_good_value() -> None:
    """What help and errors propose is taken."""
    for name, parameter in ParameterIndex().items():
        key, _, words = parameter.assignment().partition("=")
        assert key == name
        resolve(ParameterIndex(), [ValueSource({name: words}, Location("--set"), as_text=True)], "kdd")


ODD = [
    ("felix_env", {1: "x"}, "it is not a string; quote it"),
    ("tolerations", [{"key": float("nan")}], "it holds something that JSON does not have"),
    ("tolerations", [{"tolerationSeconds": 2**63}], "it holds something that JSON does not have"),
    ("tolerations", ({"operator": "Exists"},), ""),
    ("pool_node_selector", "\udcff", "it holds a character that is not text"),
    ("felix_env", {("a", "b"): "x"}, "it is not a string; quote it"),
    ("pod_cidr", b"10.0.0.0/16", "it is not a string; quote it"),
    ("mtu", 2**70, ""),
    ("ipip_mode", ["Always"], ""),
]


@pytest.mark.parametrize(("parameter", "value", "reason"), ODD, ids=lambda part: str(part)[:40])
def test_values_that_only_python_has_are_refused(parameter: str, value: Any, reason: str) -> None:
    """A value that could not be written as YAML is a user's mistake like any other, not a traceback."""
    with pytest.raises(BadValue) as raised:
        manifestgen.render("kdd", calico="3.9", values={parameter: value})
    assert raised.value.reason == reason


def test_a_tangled_value_is_refused() -> None:
    """A list that holds itself is nested without end."""
    tangled: list[Any] = []
    tangled.append({"key": tangled})
    with pytest.raises(BadValue) as raised:
        manifestgen.render("kdd", calico="3.9", values={"tolerations": tangled})
    assert raised.value.reason == "it is nested deeper than 64"


def test_a_bundle_shares_nothing_with_the_values_it_was_given() -> None:
    """Changing a value afterwards changes no bundle, and rendering changes no value."""
    tolerations = [{"operator": "Exists"}]
    selector = {"net": "calico"}
    bundle = manifestgen.render("kdd", calico="3.9", values={"tolerations": tolerations, "node_selector": selector})
    assert (tolerations, selector) == ([{"operator": "Exists"}], {"net": "calico"})
    tolerations[0]["operator"] = "Equal"
    selector.clear()
    body = next(resource.body for resource in bundle if resource.id.kind == "DaemonSet")
    assert at(body, "/spec/template/spec/tolerations") == [{"operator": "Exists"}]
    assert at(body, "/spec/template/spec/nodeSelector") == {"net": "calico"}
