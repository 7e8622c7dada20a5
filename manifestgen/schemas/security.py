"""The Pod Security level that a pod needs, and whether its namespace allows it.

Source: kubernetes.io/docs/concepts/security/pod-security-standards, v1.25 to v1.37. What the levels list is
`profiles/schemas/pod-security.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.untyped import any_of, items, mapping
from manifestgen.schemas.finding import ERROR, NOTE, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from manifestgen.schemas.pods import Container, Pod

LEVELS = ("restricted", "baseline", "privileged")
"""Strictest first."""

ENFORCE = "pod-security.kubernetes.io/enforce"
_FILE = "schemas/pod-security.yaml"
_SHOWN = 3


def check(pod: Pod, enforced: str) -> Iterator[Fault]:
    """The level that a pod needs, as a note; an error if its namespace enforces a stricter one.

    Args:
        pod: the pod.
        enforced: the level in the label of the pod's namespace; empty if unknown.
    """
    needs, reasons = level(pod)
    why = ", ".join(reasons[:_SHOWN]) + (f" and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else "")
    if enforced in LEVELS and LEVELS.index(enforced) < LEVELS.index(needs):
        yield Fault(
            code="pod-security",
            path=(*pod.path, "spec"),
            text=f"its namespace enforces the Pod Security level {enforced}, and the pod needs {needs}: {why}",
            next_step=f"label the namespace {ENFORCE}: {needs}, or change the pod",
            severity=ERROR,
        )
    else:
        because = f": {why}" if why else ""
        text = f"the pod needs the Pod Security level {needs}{because}"
        yield Fault("pod-security", (*pod.path, "spec"), text, severity=NOTE)


def level(pod: Pod) -> tuple[str, list[str]]:
    """The strictest level that admits a pod, and what the next stricter one forbids."""
    beyond_baseline = list(dict.fromkeys(_beyond_baseline(pod)))
    if beyond_baseline:
        return "privileged", beyond_baseline
    beyond_restricted = list(dict.fromkeys(_beyond_restricted(pod)))
    return ("baseline", beyond_restricted) if beyond_restricted else ("restricted", [])


def _beyond_baseline(pod: Pod) -> Iterator[str]:
    for member in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(member) is True:
            yield member
    for container in pod.containers():
        if _security(container).get("privileged") is True:
            yield f"container {container.name} is privileged"
    if any("hostPath" in volume for _, volume in pod.volumes()):
        yield "hostPath volumes"
    own = mapping(pod.spec.get("securityContext"))
    yield from _options(own, "the pod")
    for _, sysctl in items(own.get("sysctls")):
        if sysctl.get("name") not in _level("baseline")["sysctls"]:
            yield f"sysctl {sysctl.get('name')}"
    for container in pod.containers():
        yield from _container_beyond_baseline(container)


def _container_beyond_baseline(container: Container) -> Iterator[str]:
    security, whose = _security(container), f"container {container.name}"
    for name in _capabilities(security, "add"):
        if name not in _level("baseline")["capabilities"]:
            yield f"{whose} adds {name}"
    if any(port.get("hostPort") for _, port in items(container.body.get("ports"))):
        yield f"{whose} has a hostPort"
    if not any_of(security.get("procMount"), (None, "Default")):
        yield f"{whose} has procMount {security['procMount']}"
    yield from _options(security, whose)


def _options(security: Mapping[str, Any], whose: str) -> Iterator[str]:
    for member in ("seccompProfile", "appArmorProfile"):
        if mapping(security.get(member)).get("type") == "Unconfined":
            yield f"{whose} has {member} Unconfined"
    if mapping(security.get("windowsOptions")).get("hostProcess") is True:
        yield f"{whose} is a host process"
    selinux = mapping(security.get("seLinuxOptions"))
    if selinux.get("type", "") not in _level("baseline")["seLinuxTypes"] or selinux.get("user") or selinux.get("role"):
        yield f"{whose} sets seLinuxOptions"


def _beyond_restricted(pod: Pod) -> Iterator[str]:
    for _, volume in pod.volumes():
        for kind in volume:
            if kind != "name" and kind not in _level("restricted")["volumes"]:
                yield f"a {kind} volume"
    own = mapping(pod.spec.get("securityContext"))
    for container in pod.containers():
        security, whose = _security(container), f"container {container.name}"
        if security.get("allowPrivilegeEscalation") is not False:
            yield f"{whose} allows privilege escalation"
        if security.get("runAsNonRoot", own.get("runAsNonRoot")) is not True:
            yield f"{whose} may run as root"
        if any_of(0, (security.get("runAsUser"), own.get("runAsUser"))):
            yield f"{whose} runs as root"
        profile = mapping(security.get("seccompProfile") or own.get("seccompProfile")).get("type")
        if not any_of(profile, ("RuntimeDefault", "Localhost")):
            yield f"{whose} has no seccomp profile"
        if "ALL" not in _capabilities(security, "drop"):
            yield f"{whose} keeps capabilities"
        for name in _capabilities(security, "add"):
            if name not in _level("restricted")["capabilities"]:
                yield f"{whose} adds {name}"


def _level(name: str) -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = shipped_documents(_FILE)[0][0][name]
    return found


def _security(container: Container) -> dict[str, Any]:
    return mapping(container.body.get("securityContext"))


def _capabilities(security: Mapping[str, Any], which: str) -> list[str]:
    found = mapping(security.get("capabilities")).get(which)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
