"""What an API server refuses in pods and workloads although their schema allows it.

Source: the Validate functions of kubernetes/pkg/apis/core/validation and apps/validation, v1.25 to v1.37.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import as_message, nearest
from manifestgen.model.quantity import quantity
from manifestgen.model.untyped import items, mapping
from manifestgen.schemas.finding import ERROR, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from manifestgen.patch.resource import Resource
    from manifestgen.schemas.finding import Path
    from manifestgen.schemas.pods import Container, Pod

_ENDLESS = frozenset({"DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")
_HANDLED = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}


def check(resource: Resource, pod: Pod) -> Iterator[Fault]:
    """The faults of a workload and its pods."""
    yield from _selector(resource, pod)
    yield from _restart_policy(resource, pod)
    yield from _volumes(resource, pod)
    yield from _probes(pod)
    yield from _names_in_use(pod)
    for path, volume in pod.volumes():
        yield from _exactly_one(volume, {"name"}, path, f"volume {volume.get('name')}", "source")
    for container in pod.containers():
        yield from _resources(container)
        yield from _container(container)


def _selector(resource: Resource, pod: Pod) -> Iterator[Fault]:
    """The selector must select the template's labels."""
    selector = mapping(resource.content.get("spec")).get("selector")
    if resource.id.kind not in _ENDLESS or not isinstance(selector, dict):
        return
    labels = mapping(pod.metadata.get("labels"))
    path: Path = ("spec", "selector")
    equal = selector if resource.id.kind == "ReplicationController" else mapping(selector.get("matchLabels"))
    below = path if equal is selector else (*path, "matchLabels")
    for name, value in equal.items():
        if labels.get(name) != value:
            has = f"{as_message(labels[name])} there" if name in labels else "not among them"
            yield Fault(
                code="selector-mismatch",
                path=(*below, name),
                text=f"the selector does not match the labels of the pod template: {name} is {has}",
                next_step=f"give the template the label {name}: {value}",
            )
    for index, one in items(selector.get("matchExpressions")):
        fits = _OPERATORS.get(str(one.get("operator")))
        if fits and not fits(labels.get(str(one.get("key"))), one.get("values") or ()):
            yield Fault(
                "selector-mismatch",
                (*path, "matchExpressions", index),
                f"the selector does not match the labels of the pod template: {one.get('key')} {one.get('operator')}",
            )


def _restart_policy(resource: Resource, pod: Pod) -> Iterator[Fault]:
    policy = pod.spec.get("restartPolicy")
    allowed = ("Always",) if resource.id.kind in _ENDLESS else ("OnFailure", "Never") if _is_job(resource) else ()
    if not allowed or (policy in allowed) or (policy is None and allowed == ("Always",)):
        return
    yield Fault(
        code="restart-policy",
        path=(*pod.path, "spec", "restartPolicy"),
        text=f"the pods of a {resource.id.kind} cannot have the restart policy {policy or 'Always'}",
        next_step=f"allowed: {', '.join(allowed)}",
    )


def _is_job(resource: Resource) -> bool:
    return resource.id.kind in {"Job", "CronJob"}


def _volumes(resource: Resource, pod: Pod) -> Iterator[Fault]:
    """What is mounted must be among the pod's volumes."""
    names = {str(volume.get("name")) for _, volume in pod.volumes()}
    claims = mapping(resource.content.get("spec")).get("volumeClaimTemplates")
    names |= {str(mapping(claim.get("metadata")).get("name")) for _, claim in items(claims)}
    for container in pod.containers():
        for member in ("volumeMounts", "volumeDevices"):
            for index, mount in items(container.body.get(member)):
                name = mount.get("name")
                if isinstance(name, str) and name not in names:
                    close = nearest(name, names)
                    yield Fault(
                        code="volume-missing",
                        path=(*container.path, member, index, "name"),
                        text=f"container {container.name} mounts the volume {name}, which the pod does not have",
                        next_step=f"did you mean {close[0]}?" if close else f"add {name} to the pod's volumes",
                    )


def _probes(pod: Pod) -> Iterator[Fault]:
    for container in pod.containers():
        if container.stays:
            continue
        for member in _PROBES:
            if container.body.get(member) is not None:
                yield Fault(
                    code="init-container-probe",
                    path=(*container.path, member),
                    text=f"init container {container.name} cannot have {member}: it ends before the pod is up",
                    next_step="remove it, or make the container a sidecar with restartPolicy: Always (Kubernetes 1.28)",
                )


def _names_in_use(pod: Pod) -> Iterator[Fault]:
    """Container names are unique over all lists; the schema's keys ensure it within one list."""
    seen: dict[str, str] = {}
    for container in pod.containers():
        name = container.body.get("name")
        if isinstance(name, str) and seen.setdefault(name, container.list) != container.list:
            yield Fault(
                code="duplicate-item",
                path=(*container.path, "name"),
                text=f"a container in {seen[name]} is called {name} too",
                next_step="container names are unique within a pod",
            )


def _container(container: Container) -> Iterator[Fault]:
    """Fields of one container that need or exclude each other."""
    body, path = container.body, container.path
    if not body.get("image"):
        yield Fault("missing-field", (*path, "image"), f"container {container.name} has no image")
    for index, variable in items(body.get("env")):
        if variable.get("value") and variable.get("valueFrom") is not None:
            text = f"variable {variable.get('name')} of container {container.name} has both value and valueFrom"
            yield Fault(code="value-not-allowed", path=(*path, "env", index), text=text, next_step="remove one of them")
    for member in _HANDLED:
        probe = body.get(member)
        if isinstance(probe, dict):
            handlers = {name: probe[name] for name in _HANDLERS if name in probe}
            yield from _exactly_one(handlers, set(), (*path, member), f"{member} of {container.name}", "handler")
    security = mapping(body.get("securityContext"))
    if security.get("privileged") is True and security.get("allowPrivilegeEscalation") is False:
        text = f"container {container.name} is privileged and cannot forbid privilege escalation"
        yield Fault(
            code="value-not-allowed",
            path=(*path, "securityContext", "allowPrivilegeEscalation"),
            text=text,
            next_step="remove it",
        )
    for index, mount in items(body.get("volumeMounts")):
        if ":" in str(mount.get("mountPath", "")):
            text = f"container {container.name} cannot mount at {as_message(mount['mountPath'])}"
            yield Fault(
                code="value-not-allowed",
                path=(*path, "volumeMounts", index, "mountPath"),
                text=text,
                next_step="remove the colon",
            )


def _exactly_one(body: dict[str, Any], others: set[str], path: Path, whose: str, what: str) -> Iterator[Fault]:
    """A union: exactly one of its members."""
    present = [name for name, member in body.items() if name not in others and isinstance(member, dict)]
    if not present:
        yield Fault("missing-field", path, f"{whose} has no {what}")
    elif len(present) > 1:
        yield Fault(
            code="value-not-allowed",
            path=path,
            text=f"{whose} has more than one {what}: {', '.join(present)}",
            next_step="keep one",
        )


def _resources(container: Container) -> Iterator[Fault]:
    resources = mapping(container.body.get("resources"))
    limits = mapping(resources.get("limits"))
    for name, wanted in mapping(resources.get("requests")).items():
        request, limit = quantity(wanted), quantity(limits[name]) if name in limits else None
        if request is not None and limit is not None and request > limit:
            yield Fault(
                code="request-over-limit",
                path=(*container.path, "resources", "requests", name),
                text=f"container {container.name} requests {wanted} of {name}, more than its limit of {limits[name]}",
                next_step="raise the limit or lower the request",
                severity=ERROR,
            )
