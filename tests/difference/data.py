"""Table cases as data, bundles from text, and objects that hypothesis makes up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies

from manifestgen.catalog.resource_files import objects
from manifestgen.difference.diff import Diff, compare
from manifestgen.model.identity import identify
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.reader import read

CASES = Path(__file__).parents[1] / "cases" / "difference"


def cases(name: str) -> list[dict[str, Any]]:
    """The entries of a file of table cases, each with a name."""
    found: list[dict[str, Any]] = read((CASES / name).read_text(), name)[0]
    return found


def difference(left: str, right: str) -> Diff:
    """How two streams differ."""
    names = ("left.yaml", "right.yaml")
    return compare(objects(left, names[0]), objects(right, names[1]), names)


def resources(bodies: list[dict[str, Any]]) -> list[Resource]:
    """Objects as resources that no file holds."""
    return [Resource(identify(body), body, "", body, identify(body), "") for body in bodies]


def listed(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """The Kubernetes List that a JSON Patch applies to."""
    return {"apiVersion": "v1", "kind": "List", "items": bodies}


_TEXTS = [
    *("", "a", "b", "1", "true", '{"a": 1}', '{"a":1}', '{"a": 2, "b": [true]}', "a: 1\nb: 2\n", "b: 2\na: 1\n"),
    *("x\ny", "x\nz\n", "[[ if ]]\na: b\n", "é\U0001f600", "[1, 2]", "[2, 1]"),
]
_NAMES = [
    *("containers", "env", "ports", "rules", "args", "name", "port", "protocol", "containerPort", "key", "value"),
    *("", "-", "0", "a/b", "~", "data"),
]
SCALARS = strategies.one_of(
    strategies.none(),
    strategies.booleans(),
    strategies.integers(-2, 2),
    strategies.sampled_from([0.0, 0.5, 1.0]),
    strategies.sampled_from(_TEXTS),
)
VALUES = strategies.recursive(
    SCALARS,
    lambda inner: strategies.one_of(
        strategies.lists(inner, max_size=5), strategies.dictionaries(strategies.sampled_from(_NAMES), inner, max_size=5)
    ),
    max_leaves=14,
)


@strategies.composite
def bodies(draw: strategies.DrawFn) -> dict[str, Any]:
    """An object whose identity and fields are likely to come again."""
    metadata = {"name": draw(strategies.sampled_from("abc"))}
    metadata |= draw(strategies.sampled_from([{}, {"namespace": "n"}]))
    members = strategies.dictionaries(
        strategies.sampled_from(["spec", "data", "stringData", "rules"]), VALUES, max_size=3
    )
    return {
        "apiVersion": draw(strategies.sampled_from(["v1", "apps/v1", "extensions/v1beta1"])),
        "kind": draw(strategies.sampled_from(["ConfigMap", "DaemonSet", "Secret"])),
        "metadata": metadata,
        **draw(members),
    }


BUNDLES = strategies.lists(bodies(), max_size=5)
