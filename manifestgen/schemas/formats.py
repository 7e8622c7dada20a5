"""The syntax of names, labels and keys, which Kubernetes' schemas do not define.

Source: kubernetes/apimachinery/pkg/util/validation, and the validation of the core types, v1.25 to v1.37.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from manifestgen.errors import as_message, nearest
from manifestgen.model.record import Record
from manifestgen.model.untyped import any_of, items, mapping
from manifestgen.schemas.finding import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.patch.resource import Resource
    from manifestgen.schemas.finding import Path
    from manifestgen.schemas.pods import Container, Pod


class _Form(Record):
    """The required syntax of a text."""

    pattern: re.Pattern[str]
    longest: int
    says: str

    def fits(self, text: str) -> bool:
        return len(text) <= self.longest and bool(self.pattern.fullmatch(text))


_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = _Form(
    re.compile(_LABEL), 63, "lower case letters, digits and -, at most 63, a letter or digit at both ends"
)
_SUBDOMAIN = _Form(
    re.compile(rf"{_LABEL}(\.{_LABEL})*"), 253, "lower case letters, digits, - and ., a letter or digit at both ends"
)
_SEGMENT = _Form(re.compile(r"(?!\.\.?$)[^/%]+"), 253, "anything but / and %")
_LABEL_NAME = _Form(
    re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"), 63, "letters, digits, -, _ and ., at most 63"
)
_LABEL_VALUE = _Form(
    re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?"),
    63,
    "letters, digits, -, _ and ., at most 63, a letter or digit at both ends",
)
_PORT_NAME = _Form(
    re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?"),
    15,
    "at most 15 lower case letters, digits and single -, at least one letter (RFC 6335)",
)
_DATA_KEY = _Form(re.compile(r"(?!\.\.?$)[-._a-zA-Z0-9]+"), 253, "letters, digits, -, _ and .")
_ENV_NAME = _Form(re.compile(r"[ -<>-~]+"), 1 << 20, "printable ASCII without =")

_NAMES = {
    **dict.fromkeys(("Namespace", "Service"), _DNS_LABEL),
    **dict.fromkeys(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"), _SEGMENT),
}
"""What metadata.name must look like, by kind; a DNS subdomain for all others."""


def check_object(resource: Resource) -> Iterator[Fault]:
    """Names, labels, annotations, the keys of ConfigMaps and Secrets, and the ports of a Service."""
    metadata = mapping(resource.content.get("metadata"))
    yield from _named(metadata.get("name"), _NAMES.get(resource.id.kind, _SUBDOMAIN), ("metadata", "name"))
    yield from _named(metadata.get("namespace"), _DNS_LABEL, ("metadata", "namespace"))
    yield from _labels(metadata, ("metadata",))
    if resource.id.kind in {"ConfigMap", "Secret"} and not resource.id.group:
        for member in ("data", "stringData", "binaryData"):
            for key in mapping(resource.content.get(member)):
                yield from _named(key, _DATA_KEY, (member, key))
    if resource.id.kind == "Secret" and not resource.id.group:
        yield from _encoded(mapping(resource.content.get("data")))
    if resource.id.kind.endswith("RoleBinding"):
        for index, subject in items(resource.content.get("subjects")):
            if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
                text = f"the ServiceAccount {subject.get('name')} has no namespace, which a subject must name"
                yield Fault(
                    code="missing-field",
                    path=("subjects", index, "namespace"),
                    text=text,
                    next_step="add its namespace",
                )
    if resource.id.kind == "Service" and not resource.id.group:
        yield from _service(mapping(resource.content.get("spec")))


def check_pod(pod: Pod) -> Iterator[Fault]:
    """Names and labels of a pod, and the ports of its probes."""
    yield from _labels(pod.metadata, (*pod.path, "metadata"))
    for path, volume in pod.volumes():
        yield from _named(volume.get("name"), _DNS_LABEL, (*path, "name"))
    for container in pod.containers():
        yield from _container(container, host_network=pod.spec.get("hostNetwork") is True)


def _container(container: Container, *, host_network: bool) -> Iterator[Fault]:
    body, path = container.body, container.path
    yield from _named(body.get("name"), _DNS_LABEL, (*path, "name"))
    for index, variable in items(body.get("env")):
        yield from _named(variable.get("name"), _ENV_NAME, (*path, "env", index, "name"))
    names = []
    for index, port in items(body.get("ports")):
        at = (*path, "ports", index)
        yield from _named(port.get("name"), _PORT_NAME, (*at, "name"))
        name = port.get("name")
        if isinstance(name, str) and name in names:
            yield Fault("duplicate-item", (*at, "name"), f"container {container.name} has two ports called {name}")
        names.append(str(name))
        if host_network and not any_of(port.get("hostPort"), (None, port.get("containerPort"))):
            text = f"container {container.name} is on the host's network: hostPort must be its containerPort"
            yield Fault("port", (*at, "hostPort"), text)
    yield from _probes(container, names)


def _probes(container: Container, names: list[str]) -> Iterator[Fault]:
    """A probe's port is a number, or the name of one of the container's ports."""
    for member in ("livenessProbe", "readinessProbe", "startupProbe"):
        for handler in ("httpGet", "tcpSocket"):
            port = mapping(mapping(container.body.get(member)).get(handler)).get("port")
            at = (*container.path, member, handler, "port")
            if isinstance(port, str) and port not in names:
                close = nearest(port, names)
                text = f"{member} of container {container.name} asks port {as_message(port)}, which it does not have"
                yield Fault(
                    code="port", path=at, text=text, next_step=f"did you mean {close[0]}?" if close else "give a number"
                )


def _service(spec: dict[str, Any]) -> Iterator[Fault]:
    for index, port in items(spec.get("ports")):
        at = ("spec", "ports", index)
        yield from _named(port.get("name"), _DNS_LABEL, (*at, "name"))
        yield from _named(port.get("targetPort"), _PORT_NAME, (*at, "targetPort"))


def _encoded(data: dict[str, Any]) -> Iterator[Fault]:
    """The data of a Secret is base64; its values are not shown."""
    for key, value in data.items():
        if isinstance(value, str):
            try:
                b64decode(value.replace("\n", ""), validate=True)
            except ValueError:
                text = f"{as_message(key)} of a Secret is not base64"
                yield Fault(
                    code="value-not-allowed",
                    path=("data", key),
                    text=text,
                    next_step="encode it, or write it in stringData as it is",
                )


def _labels(metadata: dict[str, Any], path: Path) -> Iterator[Fault]:
    for member in ("labels", "annotations"):
        for key, value in mapping(metadata.get(member)).items():
            prefix, slash, name = key.rpartition("/")
            if not _LABEL_NAME.fits(name) or (slash and not _SUBDOMAIN.fits(prefix)):
                text = f"{as_message(key)} cannot be the key of {'a label' if member == 'labels' else 'an annotation'}"
                yield Fault(
                    code="name",
                    path=(*path, member, key),
                    text=text,
                    next_step="it is [PREFIX/]NAME: a domain, then letters, digits, -_.",
                )
            if member == "labels" and isinstance(value, str):
                yield from _named(value, _LABEL_VALUE, (*path, member, key), "the value of a label")


def _named(value: Any, form: _Form, path: Path, what: str = "") -> Iterator[Fault]:
    if isinstance(value, str) and not form.fits(value):
        yield Fault(
            code="name",
            path=path,
            text=f"{as_message(value)} cannot be {what or _called(path)}",
            next_step=f"allowed: {form.says}",
        )


def _called(path: Path) -> str:
    """A description of a path: `the name of a container`, `a namespace`, `a key of data`."""
    parents = [str(token) for token in path[:-1] if not isinstance(token, int)]
    if path[-1] == "name":
        return f"a name in {parents[-1]}"
    return f"{path[-1]}" if parents[:1] in (["metadata"], ["spec"]) else f"a key of {parents[-1]}"
