"""The schemas of custom resources: Calico's and Istio's as shipped data, and those of CustomResourceDefinitions.

The shipped ones are in `profiles/schemas/`; their format is described in calico.yaml there. A CustomResourceDefinition
among the objects that are validated wins over them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.record import Record
from manifestgen.model.version import parse_range, within
from manifestgen.schemas.finding import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.model.version import Range, Version
    from manifestgen.patch.resource import Resource

FILES = ("schemas/calico.yaml", "schemas/istio.yaml")


class CustomSchema(Record):
    """The schema of a custom resource.

    Attributes:
        body: of the whole object, without apiVersion, kind and metadata.
        definitions: what its references refer to.
        rules: how many rules in CEL it has, which are not evaluated.
    """

    body: Mapping[str, Any]
    definitions: Mapping[str, Any]
    rules: int = 0


class _Shipped(Record):
    istio: Range
    schema: CustomSchema


def shipped(api: str, kind: str, istio: Version | None) -> CustomSchema | None:
    """The shipped schema of a kind; None where there is none.

    Args:
        api: apiVersion.
        kind: of the object.
        istio: the target version of Istio; None for the newest form.
    """
    fitting = [one for one in _table().get((api, kind), ()) if istio is None or within(istio, one.istio)]
    return fitting[-1].schema if fitting else None


def served(kind: str, group: str) -> tuple[str, ...]:
    """The apiVersions of a shipped kind in a group."""
    return tuple(api for api, name in _table() if name == kind and api.rpartition("/")[0] == group)


@cache
def _table() -> dict[tuple[str, str], list[_Shipped]]:
    found: dict[tuple[str, str], list[_Shipped]] = {}
    for file in FILES:
        document = shipped_documents(file)[0][0]
        for entry in document["kinds"]:
            body = {"type": "object", "properties": {"spec": entry["spec"], "status": {}}}
            schema = CustomSchema(body, document["definitions"])
            one = _Shipped(parse_range(entry["istio"]) if "istio" in entry else (), schema)
            for api in entry["apis"]:
                found.setdefault((api, entry["kind"]), []).append(one)
    return found


def defined(resources: Iterable[Resource]) -> dict[tuple[str, str], CustomSchema]:
    """The schemas in CustomResourceDefinitions, by apiVersion and kind."""
    found = {}
    for resource in resources:
        if resource.id.kind != "CustomResourceDefinition":
            continue
        spec = mapping(resource.body.get("spec"))
        group, kind = spec.get("group"), mapping(spec.get("names")).get("kind")
        common = mapping(mapping(spec.get("validation")).get("openAPIV3Schema"))
        versions = [(one.get("name"), one) for _, one in items(spec.get("versions"))] or [(spec.get("version"), {})]
        for version, one in versions:
            schema = mapping(mapping(mapping(one).get("schema")).get("openAPIV3Schema")) or common
            if schema:
                found[f"{group}/{version}", str(kind)] = CustomSchema(schema, {}, _rules(schema))
    return found


def _rules(schema: Any) -> int:
    if isinstance(schema, dict):
        own = schema.get("x-kubernetes-validations")
        return (len(own) if isinstance(own, list) else 0) + sum(map(_rules, schema.values()))
    return sum(map(_rules, schema)) if isinstance(schema, list) else 0
