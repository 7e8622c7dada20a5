"""Calico's and Istio's kinds with their schemas, which are data: `profiles/schemas/calico.yaml` and `istio.yaml`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.record import Record
from manifestgen.yamlio.locations import SourceRef
from manifestgen.yamlio.typed import (
    WrongType,
    WrongValue,
    anything,
    boolean,
    choice,
    list_of,
    mapping,
    mapping_of,
    number,
    scalar,
    string,
    version_range,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from manifestgen.model.version import Range

FILES = ("schemas/calico.yaml", "schemas/istio.yaml")


class CustomKind(Record):
    """A kind of custom resource.

    Attributes:
        kind: such as `FelixConfiguration`.
        apis: its apiVersions, the preferred one first.
        istio: the versions of Istio that the schema holds for; every version where it is empty.
        spec: the schema of `spec`, in OpenAPI v3.
        definitions: what its references refer to, by the last part of the reference.
    """

    kind: str
    apis: tuple[str, ...]
    istio: Range
    spec: Mapping[str, Any]
    definitions: Mapping[str, Any]

    def defaults(self) -> Iterator[tuple[str, Any]]:
        """What the API server fills in: paths in the object, with `*` for list items and members, and values."""
        yield from _defaults(self.spec, self.definitions, "/spec")


@cache
def custom_kinds() -> tuple[CustomKind, ...]:
    """Every shipped kind.

    Raises:
        FormatError, Failures: a shipped file does not keep its format.
    """
    return tuple(kind for file in FILES for kind in _kinds(file))


def _kinds(file: str) -> tuple[CustomKind, ...]:
    documents, source = shipped_documents(file)
    entry = _FILE(documents[0], SourceRef(source))
    definitions = entry["definitions"]
    unknown = sorted(
        name
        for schema in (*definitions.values(), *(kind["spec"] for kind in entry["kinds"]))
        for name in _references(schema)
        if name not in definitions
    )
    if unknown:
        raise WrongValue(unknown[0], definitions, SourceRef(source).at("definitions"))
    return tuple(
        CustomKind(
            kind=kind["kind"],
            apis=kind["apis"],
            istio=kind.get("istio", ()),
            spec=kind["spec"],
            definitions=definitions,
        )
        for kind in entry["kinds"]
    )


def _schema(value: Any, ref: SourceRef) -> Mapping[str, Any]:
    """A schema, as written; its members are checked at every depth."""
    _SCHEMA(value, ref)
    return value  # type: ignore[no-any-return]


def _pattern(value: Any, ref: SourceRef) -> str:
    text = string(value, ref)
    try:
        re.compile(text)
    except re.error as error:
        raise WrongType(text, f"a regular expression ({error})", ref) from None
    return text


def _schema_or_flag(value: Any, ref: SourceRef) -> Any:
    return boolean(value, ref) if isinstance(value, bool) else _schema(value, ref)


_SCHEMA = mapping(
    "a schema",
    optional={
        "$ref": string,
        "type": choice("object", "array", "string", "integer", "number", "boolean"),
        "properties": mapping_of(_schema),
        "required": list_of(string),
        "additionalProperties": _schema_or_flag,
        "items": _schema,
        "enum": list_of(scalar),
        "default": anything,
        "pattern": _pattern,
        "format": string,
        **dict.fromkeys(("minimum", "maximum", "minLength", "minItems", "maxItems"), number),
        **dict.fromkeys(("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"), boolean),
    },
)
_FILE = mapping(
    "a file of schemas",
    required={
        "apiVersion": choice("manifestgen/v1"),
        "kind": choice("Schemas"),
        "definitions": mapping_of(_schema),
        "kinds": list_of(
            mapping(
                "a kind",
                required={"kind": string, "apis": list_of(string, nonempty=True), "spec": _schema},
                optional={"istio": version_range},
            )
        ),
    },
)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for member in schema.values():
            yield from _references(member)


def _defaults(schema: Mapping[str, Any], definitions: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "default" in schema:
        yield path, schema["default"]
    for name, member in (schema.get("properties") or {}).items():
        yield from _defaults(member, definitions, f"{path}/{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from _defaults(schema[word], definitions, f"{path}/*")
