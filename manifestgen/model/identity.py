"""The identity of a Kubernetes object: group, version, kind, namespace and name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Id(Record):
    """The identity of a Kubernetes object.

    Attributes:
        group: API group; empty for the core group.
        version: API version, such as `v1`.
        kind: such as `DaemonSet`.
        namespace: empty for a cluster-scoped object or one that leaves it to the client.
        name: metadata.name.
    """

    group: str
    version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """`apps/v1/DaemonSet kube-system/calico-node`, as every message writes it."""
        kind = f"{self.group}/{self.version}/{self.kind}" if self.group else f"{self.version}/{self.kind}"
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"

    @property
    def short(self) -> str:
        """`DaemonSet/calico-node`, as commands take it."""
        return f"{self.kind}/{self.name}"


def identify(body: Mapping[str, Any]) -> Id:
    """The identity of an object.

    Args:
        body: an object that has `apiVersion`, `kind` and `metadata.name`, all strings; or `generateName` for a name
            that the API server will complete, which is then written `NAME*`.
    """
    group, _, version = body["apiVersion"].rpartition("/")
    metadata = body["metadata"]
    return Id(
        group=group,
        version=version,
        kind=body["kind"],
        namespace=metadata.get("namespace") or "",
        name=metadata.get("name") or f"{metadata['generateName']}*",
    )
