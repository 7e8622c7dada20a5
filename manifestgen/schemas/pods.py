"""The pods of workloads, wherever their template is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record
from manifestgen.model.untyped import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.patch.resource import Resource
    from manifestgen.schemas.finding import Path

_TEMPLATES: dict[str, Path] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Job"), ("spec", "template")
    ),
}
_GROUPS = frozenset({"", "apps", "extensions", "batch"})
_LISTS = ("initContainers", "containers", "ephemeralContainers")


class Container(Record):
    """A container of a pod.

    Attributes:
        list: `initContainers`, `containers` or `ephemeralContainers`.
        path: the path of the container in the object.
        body: the container.
    """

    list: str
    path: Path
    body: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name, for messages."""
        return str(self.body.get("name") or f"{self.list}[{self.path[-1]}]")

    @property
    def stays(self) -> bool:
        """Whether it runs as long as the pod: a container, or a native sidecar (Kubernetes 1.28)."""
        return self.list != "initContainers" or self.body.get("restartPolicy") == "Always"


class Pod(Record):
    """A pod, or the template of pods.

    Attributes:
        path: the path of the template in the object.
        metadata: its metadata.
        spec: its spec.
    """

    path: Path
    metadata: dict[str, Any]
    spec: dict[str, Any]

    def containers(self) -> Iterator[Container]:
        """All its containers, init containers first."""
        for name in _LISTS:
            for index, body in items(self.spec.get(name)):
                yield Container(name, (*self.path, "spec", name, index), body)

    def volumes(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Its volumes, each with its path in the object."""
        for index, volume in items(self.spec.get("volumes")):
            yield (*self.path, "spec", "volumes", index), volume


def pod_of(resource: Resource) -> Pod | None:
    """The pod of an object, which is a pod or has a template; None if there is none."""
    if resource.id.kind not in _TEMPLATES or resource.id.group not in _GROUPS:
        return None
    path = _TEMPLATES[resource.id.kind]
    template: Any = resource.content
    for name in path:
        template = mapping(template).get(str(name))
    return Pod(path, mapping(mapping(template).get("metadata")), mapping(mapping(template).get("spec")))
