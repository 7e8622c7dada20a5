"""The JSON Schema that editors use says what the reader says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import manifestgen.catalog
from manifestgen.catalog.loading import data_root
from manifestgen.catalog.parameter_types import TYPES
from manifestgen.catalog.schema import read_layer
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

SCHEMA = json.loads((Path(manifestgen.catalog.__file__).parent / "profile.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
LAYERS = [
    path
    for path in sorted(Path(data_root()).glob("*/*.yaml"))
    if isinstance(document := read(path.read_text(), str(path))[0], dict)
    and document.get("kind") in {"Profile", "Overlay", "Release"}
]


def test_the_schema_is_a_schema() -> None:
    """It keeps JSON Schema's own rules."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", LAYERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_shipped_layer_keeps_it(path: Path) -> None:
    """No shipped profile, overlay or release breaks the schema."""
    assert [error.message for error in VALIDATOR.iter_errors(read(path.read_text())[0])] == []


def test_it_knows_every_parameter_type() -> None:
    """A type that the reader takes is one that an editor offers."""
    assert set(SCHEMA["$defs"]["parameter"]["properties"]["type"]["enum"]) == set(TYPES)


HEAD = "apiVersion: manifestgen/v1, metadata: {name: x}"
BAD = [
    "{kind: Overlay, metadata: {name: x}}",
    f"{{{HEAD}, kind: Overlay, extends: kdd}}",
    f"{{{HEAD}, kind: Overlay, parameters: {{}}}}",
    f"{{{HEAD}, kind: Overlay, pathces: []}}",
    f"{{{HEAD}, kind: Overlay, patches: [{{patch: [{{op: remove, path: /a}}]}}]}}",
    f"{{{HEAD}, kind: Overlay, patches: [{{target: {{}}, patch: [{{op: remove, path: /a}}]}}]}}",
    f"{{{HEAD}, kind: Overlay, patches: [{{target: {{kind: A}}, patch: 5}}]}}",
    f"{{{HEAD}, kind: Overlay, patches: [{{target: {{kind: A}}, patch: [{{op: remove, path: /a, if: maybe}}]}}]}}",
    f"{{{HEAD}, kind: Overlay, patches: [{{target: {{kind: A}}, patch: [{{op: rm, path: /a}}]}}]}}",
    f"{{{HEAD}, kind: Overlay, patches: [{{target: {{kind: A}}, patch: [{{op: remove, path: a}}]}}]}}",
    f"{{{HEAD}, kind: Overlay, images: [{{newTag: v1}}]}}",
    f"{{{HEAD}, kind: Profile, parameters: {{a: {{type: text}}}}}}",
]


@pytest.mark.parametrize("text", BAD)
def test_what_the_reader_refuses_it_refuses(text: str) -> None:
    """Both refuse the same mistakes."""
    document = read(text)[0]
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(ManifestgenError):
        read_layer(document, SourceRef(SourceFile("x.yaml", lambda: text)), ".", _none)


def _none(name: str, anchor: SourceRef) -> list[tuple[Any, SourceRef]]:
    raise AssertionError((name, anchor))
