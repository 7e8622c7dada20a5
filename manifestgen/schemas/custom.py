"""The schemas of custom resources: shipped ones of Calico and Istio, and those in CustomResourceDefinitions.

The shipped ones are in `profiles/schemas/`; their format is described in calico.yaml there. A CustomResourceDefinition
among the validated objects takes precedence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.custom_kinds import custom_kinds
from manifestgen.model.record import Record
from manifestgen.model.untyped import items, mapping
from manifestgen.model.version import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.model.version import Version
    from manifestgen.patch.resource import Resource


class CustomSchema(Record):
    """The schema of a custom resource.

    Attributes:
        body: the schema of the whole object, without apiVersion, kind and metadata.
        definitions: what its references refer to.
        rules: the number of CEL rules, which are not evaluated.
    """

    body: Mapping[str, Any]
    definitions: Mapping[str, Any]
    rules: int = 0


def shipped(api: str, kind: str, istio: Version | None) -> CustomSchema | None:
    """The shipped schema of a kind; None if there is none.

    Args:
        api: the apiVersion.
        kind: the object's kind.
        istio: the target version of Istio; None for the newest form.
    """
    fitting = [
        one
        for one in custom_kinds()
        if one.kind == kind and api in one.apis and (istio is None or within(istio, one.istio))
    ]
    if not fitting:
        return None
    body = {"type": "object", "properties": {"spec": fitting[-1].spec, "status": {}}}
    return CustomSchema(body, fitting[-1].definitions)


def served(kind: str, group: str) -> tuple[str, ...]:
    """The apiVersions of a shipped kind in a group."""
    found = [api for one in custom_kinds() if one.kind == kind for api in one.apis if api.rpartition("/")[0] == group]
    return tuple(dict.fromkeys(found))


def defined(resources: Iterable[Resource]) -> dict[tuple[str, str], CustomSchema]:
    """The schemas in CustomResourceDefinitions, by apiVersion and kind."""
    found = {}
    for resource in resources:
        if resource.id.kind != "CustomResourceDefinition":
            continue
        spec = mapping(resource.content.get("spec"))
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
