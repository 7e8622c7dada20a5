"""Calico's and Istio's kinds with their schemas, which are data: `profiles/schemas/calico.yaml` and `istio.yaml`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.record import Record
from manifestgen.model.version import parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from manifestgen.model.version import Range

FILES = ("schemas/calico.yaml", "schemas/istio.yaml")


class CustomKind(Record):
    """A kind of custom resource.

    Attributes:
        kind: such as `FelixConfiguration`.
        apis: its apiVersions, the preferred one first.
        istio: the versions of Istio that the schema applies to; empty means every version.
        spec: the schema of `spec`, in OpenAPI v3.
        definitions: the schemas that its references refer to, by the last part of the reference.
    """

    kind: str
    apis: tuple[str, ...]
    istio: Range
    spec: Mapping[str, Any]
    definitions: Mapping[str, Any]

    def defaults(self) -> Iterator[tuple[str, Any]]:
        """The API server's defaults: paths in the object, with `*` for list items and members, and values."""
        yield from _defaults(self.spec, self.definitions, "/spec")


@cache
def custom_kinds() -> tuple[CustomKind, ...]:
    """Every shipped kind."""
    return tuple(
        CustomKind(
            kind=kind["kind"],
            apis=tuple(kind["apis"]),
            istio=parse_range(kind["istio"]) if "istio" in kind else (),
            spec=kind["spec"],
            definitions=document["definitions"],
        )
        for document in (shipped_documents(file)[0][0] for file in FILES)
        for kind in document["kinds"]
    )


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
