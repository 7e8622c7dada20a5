"""References of pods to objects that must exist: ConfigMaps, Secrets, ServiceAccounts, PriorityClasses.

The objects of Kubernetes itself and of Calico's and Istio's installs are in `profiles/schemas/installed.yaml`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.errors import nearest
from manifestgen.model.record import Record
from manifestgen.model.untyped import items, mapping
from manifestgen.schemas.finding import WARNING, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from manifestgen.patch.resource import Resource
    from manifestgen.schemas.finding import Path
    from manifestgen.schemas.pods import Pod

_FILE = "schemas/installed.yaml"
_ANYWHERE = "*"
_CLUSTER_WIDE = "PriorityClass"


class _Reference(Record):
    """A reference to an object, or to one key of it."""

    kind: str
    name: Any
    path: Path
    key: Any = None
    needed: str = "does not start"


class Held:
    """The objects that references can name.

    Args:
        resources: the objects of a bundle, and those that are assumed to exist.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._keys: dict[tuple[str, str, str], frozenset[str] | None] = dict(_installed())
        for resource in resources:
            one = resource.id
            if (one.group, one.kind) in _KINDS:
                members = [mapping(resource.content.get(name)) for name in ("data", "stringData", "binaryData")]
                keys = frozenset(key for member in members for key in member)
                has_keys = one.kind in {"ConfigMap", "Secret"}
                self._keys[one.kind, "" if one.kind == _CLUSTER_WIDE else one.namespace, one.name] = (
                    keys if has_keys else None
                )

    def keys(self, kind: str, namespace: str, name: str) -> tuple[bool, frozenset[str] | None]:
        """Whether there is such an object, and its keys if known."""
        for where in (namespace, _ANYWHERE):
            if (kind, where, name) in self._keys:
                return True, self._keys[kind, where, name]
        return False, None

    def names(self, kind: str, namespace: str) -> list[str]:
        """The names of a kind in a namespace."""
        return [name for one, where, name in self._keys if one == kind and where in {namespace, _ANYWHERE}]


_KINDS = frozenset({("", "ConfigMap"), ("", "Secret"), ("", "ServiceAccount"), ("scheduling.k8s.io", _CLUSTER_WIDE)})


@cache
def _installed() -> Mapping[tuple[str, str, str], frozenset[str] | None]:
    return {
        (entry["kind"], entry.get("namespace", ""), name): frozenset(entry["keys"]) if "keys" in entry else None
        for entry in shipped_documents(_FILE)[0][0]["objects"]
        for name in entry["names"]
    }


def check(resource: Resource, pod: Pod, held: Held) -> Iterator[Fault]:
    """Dangling references of a pod."""
    for reference in _references(pod):
        name = reference.name
        if not isinstance(name, str) or not name:
            continue
        namespace = "" if reference.kind == _CLUSTER_WIDE else resource.id.namespace
        there, keys = held.keys(reference.kind, namespace, name)
        where = f" in {namespace}" if namespace else ""
        if not there:
            close = nearest(name, held.names(reference.kind, namespace))
            yield Fault(
                code="reference-missing",
                path=reference.path,
                text=f"there is no {reference.kind} {name}{where}; without it the pod {reference.needed}",
                next_step=(f"did you mean {close[0]}? Otherwise " if close else "")
                + "add it, or name the file that holds it: --with FILE",
                severity=WARNING,
            )
        elif isinstance(reference.key, str) and keys is not None and reference.key not in keys:
            close = nearest(str(reference.key), keys)
            yield Fault(
                code="reference-key-missing",
                path=(*reference.path[:-1], "key"),
                text=f"the {reference.kind} {name}{where} has no key {reference.key}; without it the pod "
                f"{reference.needed}",
                next_step=f"did you mean {close[0]}?" if close else "",
                severity=WARNING,
            )


def _references(pod: Pod) -> Iterator[_Reference]:
    spec = (*pod.path, "spec")
    yield _Reference("ServiceAccount", _account(pod.spec), (*spec, _account_member(pod.spec)), needed="is not created")
    yield _Reference(
        _CLUSTER_WIDE, pod.spec.get("priorityClassName"), (*spec, "priorityClassName"), needed="is not created"
    )
    for index, secret in items(pod.spec.get("imagePullSecrets")):
        path = (*spec, "imagePullSecrets", index, "name")
        yield _Reference("Secret", secret.get("name"), path, needed="may not get its image")
    for path, volume in pod.volumes():
        yield from _volume(volume, path)
    for container in pod.containers():
        for index, variable in items(container.body.get("env")):
            source = mapping(variable.get("valueFrom"))
            at = (*container.path, "env", index, "valueFrom")
            yield from _one(source, "configMapKeyRef", "ConfigMap", "name", at, keyed=True)
            yield from _one(source, "secretKeyRef", "Secret", "name", at, keyed=True)
        for index, source in items(container.body.get("envFrom")):
            at = (*container.path, "envFrom", index)
            yield from _one(source, "configMapRef", "ConfigMap", "name", at)
            yield from _one(source, "secretRef", "Secret", "name", at)


def _account_member(spec: Mapping[str, Any]) -> str:
    return "serviceAccountName" if "serviceAccountName" in spec else "serviceAccount"


def _account(spec: Mapping[str, Any]) -> Any:
    return spec.get(_account_member(spec))


def _volume(volume: Mapping[str, Any], path: Path) -> Iterator[_Reference]:
    yield from _one(volume, "configMap", "ConfigMap", "name", path)
    yield from _one(volume, "secret", "Secret", "secretName", path)
    for index, source in items(mapping(volume.get("projected")).get("sources")):
        at = (*path, "projected", "sources", index)
        yield from _one(source, "configMap", "ConfigMap", "name", at)
        yield from _one(source, "secret", "Secret", "name", at)


def _one(
    body: Mapping[str, Any], member: str, kind: str, name: str, path: Path, *, keyed: bool = False
) -> Iterator[_Reference]:
    """The reference in a member, unless it is optional; a volume names its keys in `items`."""
    source = mapping(body.get(member))
    if source.get("optional") is True:
        return
    at = (*path, member)
    keys = [source.get("key")] if keyed else [item.get("key") for _, item in items(source.get("items"))]
    if keys and not keyed:
        for index, key in enumerate(keys):
            yield _Reference(kind=kind, name=source.get(name), path=(*at, "items", index, "key"), key=key)
        return
    yield _Reference(kind=kind, name=source.get(name), path=(*at, name), key=keys[0] if keys else None)
