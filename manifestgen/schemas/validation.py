"""Every check, on every object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.compose.envoy_filters import useless
from manifestgen.compose.target import API, FIELD, LABEL, unknown
from manifestgen.errors import nearest
from manifestgen.model.record import Record
from manifestgen.model.untyped import mapping
from manifestgen.schemas import custom, formats, kubernetes, references, security, values, workloads
from manifestgen.schemas.finding import NOTE, Fault, ValidationFinding, located
from manifestgen.schemas.pods import pod_of
from manifestgen.schemas.report import ValidationReport
from manifestgen.schemas.structure import Checker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.model.version import Version
    from manifestgen.patch.resource import Resource

_IDENTITY = frozenset({"apiVersion", "kind", "metadata"})
_CODES = {API: "api-not-served", FIELD: "unknown-field", LABEL: "node-label"}
_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


class _Target(Record):
    """The target of a validation.

    Attributes:
        version: the version of Kubernetes.
        schemas: the schemas of its built-in kinds; None if there are none for this version.
        istio: the version of Istio's control plane.
        defined: schemas from CustomResourceDefinitions.
    """

    version: Version
    schemas: kubernetes.Schemas | None
    istio: Version
    defined: Mapping[tuple[str, str], custom.CustomSchema]


def validate(
    resources: Sequence[Resource],
    *,
    version: Version,
    istio: Version,
    beside: Sequence[Resource] = (),
    name: str = "",
) -> ValidationReport:
    """Validate objects.

    Args:
        resources: the objects.
        version: the target version of Kubernetes.
        istio: the target version of Istio.
        beside: other objects in the cluster, which can be referred to and are not validated.
        name: what the input is called.

    Raises:
        SchemasMissing: the schemas of Kubernetes' kinds are not installed.
    """
    target = _Target(
        version=version, schemas=kubernetes.schemas(version), istio=istio, defined=custom.defined([*beside, *resources])
    )
    held = references.Held([*beside, *resources])
    enforced = {one.id.name: _enforced(one) for one in [*beside, *resources] if one.id.kind == "Namespace"}
    findings = [] if target.schemas else [_unchecked(version)]
    seen: dict[tuple[str, str, str, str], Resource] = {}
    without_schema: set[tuple[str, str, str]] = set()
    for resource in resources:
        faults = [
            *_twice(resource, seen),
            *_structure(resource, target, without_schema),
            *_unknown(resource, target),
            *formats.check_object(resource),
            *values.check(resource),
        ]
        pod = pod_of(resource)
        if pod:
            faults += formats.check_pod(pod)
            faults += workloads.check(resource, pod)
            faults += references.check(resource, pod, held)
            faults += security.check(pod, enforced.get(resource.id.namespace, ""))
        if resource.id.kind == "EnvoyFilter":
            faults += [Fault(*one) for one in useless(resource, istio)]
        findings += [located(resource, fault) for fault in faults]
    return ValidationReport(
        findings=tuple(sorted(findings, key=_order)),
        objects=len(resources),
        kubernetes=version,
        istio=istio,
        structure=target.schemas is not None,
        name=name,
    )


def _order(finding: ValidationFinding) -> tuple[object, ...]:
    return (*(finding.location or ("", 0, 0)), finding.pointer, finding.code, finding.text)


def _enforced(namespace: Resource) -> str:
    labels = mapping(mapping(namespace.content.get("metadata")).get("labels"))
    return str(labels.get(security.ENFORCE, ""))


def _unchecked(version: Version) -> ValidationFinding:
    known = kubernetes.versions()
    return ValidationFinding(
        severity=NOTE,
        code="structure-not-checked",
        text=f"the structure of Kubernetes' own kinds was not checked: there are schemas for {known[0]} to "
        f"{known[-1]}, not for {version}",
        next_step="everything else was checked",
    )


def _twice(resource: Resource, seen: dict[tuple[str, str, str, str], Resource]) -> Iterator[Fault]:
    key = (resource.id.group, resource.id.kind, resource.id.namespace, resource.id.name)
    first = seen.setdefault(key, resource)
    if first is not resource:
        where = f" at {first.ref}" if first.ref else ""
        yield Fault(
            code="duplicate-object",
            path=(),
            text=f"{resource.id} occurs twice: first{where}",
            next_step="remove one of them",
        )


def _structure(resource: Resource, target: _Target, without: set[tuple[str, str, str]]) -> Iterator[Fault]:
    """The object against the schema of its kind."""
    one = resource.id
    api = str(resource.content["apiVersion"])
    if (api, one.kind) in target.defined:
        yield from _custom(resource, target, target.defined[api, one.kind])
        return
    if target.schemas:
        names = target.schemas.kinds.get((one.group, one.kind))
        if names and one.version in names:
            definitions = target.schemas.definitions
            yield from Checker(definitions, one.kind == "Secret").faults(
                resource.content, definitions[names[one.version]], ()
            )
            return
        if names or one.group == "extensions" or one.group in target.schemas.groups():
            yield _not_served(resource, target)
            return
    schema = custom.shipped(api, one.kind, target.istio)
    if schema:
        yield from _custom(resource, target, schema)
        return
    apis = custom.served(one.kind, one.group)
    if apis:
        text = f"{one.kind} is not served as {api}"
        yield Fault(code="api-not-served", path=("apiVersion",), text=text, next_step=f"write apiVersion: {apis[0]}")
    elif (one.group, one.version, one.kind) not in without and (target.schemas or not _built_in(one.group)):
        without.add((one.group, one.version, one.kind))
        text = f"the structure of {api} {one.kind} was not checked: there is no schema for it"
        then = "give its CustomResourceDefinition with --with FILE"
        yield Fault(code="structure-not-checked", path=(), text=text, next_step=then, severity=NOTE)


def _unknown(resource: Resource, target: _Target) -> Iterator[Fault]:
    """What the version does not know: everything if there are no schemas, which cover API versions and fields."""
    for one in unknown(resource, target.version):
        if one.code == LABEL or not target.schemas:
            yield Fault(code=_CODES[one.code], path=one.path, text=one.text, next_step=one.next_step)


def _built_in(group: str) -> bool:
    """Whether a group is one of Kubernetes' own, by the newest schemas."""
    newest = kubernetes.schemas(kubernetes.versions()[-1])
    return group == "extensions" or (newest is not None and group in newest.groups())


def _not_served(resource: Resource, target: _Target) -> Fault:
    one = resource.id
    assert target.schemas
    served = [
        f"{group}/{version}" if group else version
        for (group, kind), versions in target.schemas.kinds.items()
        if kind == one.kind
        for version in versions
    ]
    text = f"Kubernetes {target.version} does not serve {resource.content['apiVersion']} {one.kind}"
    if served:
        return Fault(
            code="api-not-served",
            path=("apiVersion",),
            text=text,
            next_step=f"write apiVersion: {' or '.join(sorted(served))}",
        )
    close = nearest(one.kind, {kind for _, kind in target.schemas.kinds})
    return Fault(
        code="api-not-served", path=("apiVersion",), text=text, next_step=f"did you mean {close[0]}?" if close else ""
    )


def _custom(resource: Resource, target: _Target, schema: custom.CustomSchema) -> Iterator[Fault]:
    body = {name: member for name, member in resource.content.items() if name not in _IDENTITY}
    properties = schema.body.get("properties") or {}
    kept = {
        **schema.body,
        "properties": {name: member for name, member in properties.items() if name not in _IDENTITY},
        "required": [name for name in schema.body.get("required") or () if name not in _IDENTITY],
    }
    yield from Checker(schema.definitions).faults(body, kept)
    if target.schemas:
        yield from Checker(target.schemas.definitions).faults(
            resource.content["metadata"], target.schemas.definitions[_METADATA], ("metadata",)
        )
    if schema.rules:
        text = f"{schema.rules} rules in CEL of the CustomResourceDefinition were not evaluated"
        yield Fault("structure-not-checked", (), text, severity=NOTE)
