"""The patch engine's rules as a table: `tests/cases/patch/*.yaml`, errors included, word for word."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from manifestgen.catalog.conditions import Context
from manifestgen.catalog.merge_lists import merge_list
from manifestgen.catalog.model import Parameter
from manifestgen.catalog.parameter_types import Bounds
from manifestgen.catalog.resource_files import objects
from manifestgen.catalog.schema import read_layer
from manifestgen.compose.parameters import Values, bind
from manifestgen.embedded import FORMATS
from manifestgen.errors import ManifestgenError
from manifestgen.model.version import parse_version
from manifestgen.patch.apply import apply_patches
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

CASES = Path(__file__).parents[1] / "cases" / "patch"
HEADER = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: case}\npatches:\n"


def table() -> list[Any]:
    """Every case of every file, named for both."""
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in read(file.read_text(), str(file))[0]
    ]


def patched(case: dict[str, Any]) -> list[Any]:
    """The resources of a case with its patches applied, as an overlay of the same text would."""
    text = HEADER + case["patches"]
    anchor = SourceRef(SourceFile("overlay.yaml", lambda: text))
    layer = read_layer(read(text, "overlay.yaml")[0], anchor, ".", _no_files)
    versions = {name: parse_version(version) for name, version in case.get("versions", {}).items()}
    context = Context(
        versions.get("calico", parse_version("3.9")),
        versions.get("istio", parse_version("1.1")),
        versions.get("kubernetes"),
    )
    values = Values({name: _parameter(name) for name in case.get("parameters", [])}, case.get("values", {}))
    patches, _ = bind(layer.patches, context, values)
    present = objects(case["objects"], "objects.yaml")
    return apply_patches(present, patches, layer="overlay case", formats=FORMATS, chosen=(), lists=merge_list)


def _parameter(name: str) -> Parameter:
    return Parameter(name, "string", "", Bounds(), None, False, (), SourceRef(SourceFile("parameters.yaml", str)))


def _no_files(name: str, anchor: SourceRef) -> list[tuple[Any, SourceRef]]:
    raise AssertionError(f"no case names a file: {name} at {anchor}")


@pytest.mark.parametrize("case", table())
def test_case(case: dict[str, Any]) -> None:
    """A case gives the objects it says, or fails with exactly the text it says."""
    if "error" in case:
        with pytest.raises(ManifestgenError) as raised:
            patched(case)
        assert str(raised.value) == case["error"].rstrip("\n")
        return
    resources = patched(case)
    assert [resource.body for resource in resources] == read(case["result"])
    if "lowered" in case:
        changes = [change for resource in resources for change in resource.history]
        assert [step.as_json() for change in changes for step in change.shown] == case["lowered"]


@pytest.mark.parametrize("case", table())
def test_input_is_left_alone(case: dict[str, Any]) -> None:
    """Whatever a patch does, the objects that it was given are as they were."""
    before = objects(case["objects"], "objects.yaml")
    seen = [resource.body for resource in before]
    copies = read(case["objects"])
    with contextlib.suppress(ManifestgenError):
        patched(case)
    assert seen == [body for body in copies if body]
