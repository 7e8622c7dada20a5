"""Reasons in a cluster's objects against applying a bundle there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.compose.finding import Finding
from manifestgen.model.image import split_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.patch.resource import Resource

_NODE_CONTAINER = "calico-node"
_NODE_IMAGE = "calico/node"


def runs_node(resource: Resource) -> bool:
    """Whether an object runs calico-node on Linux, whatever its name and the registry of its image."""
    from manifestgen.compose.images import published_as  # imported lazily: few comparisons need it

    spec = resource.content.get("spec") or {}
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or ()
    for container in containers:
        if not isinstance(container, dict):
            continue
        name = split_image(str(container.get("image")))[0]
        if container.get("name") == _NODE_CONTAINER and resource.id.name != "calico-node-windows":
            return True
        if published_as(name) == _NODE_IMAGE or name.endswith(f"/{_NODE_IMAGE}"):
            return True
    return False


def cluster_findings(cluster: Sequence[Resource], bundle: Sequence[Resource], profile: str = "") -> Iterator[Finding]:
    """The rules that would refuse the bundle if it contained the cluster's objects, as warnings.

    Args:
        cluster: the objects of the cluster.
        bundle: the objects that are or will be applied there.
        profile: the profile of the bundle; empty if unknown.
    """
    there = {one.id for one in bundle}
    alone = [one for one in cluster if one.id not in there]
    if not alone:
        return
    from manifestgen.catalog.placeholders import filled  # imported lazily, as above
    from manifestgen.compose.compatibility import object_rules

    for rule in object_rules():
        target = rule.target
        if target is None or not rule.refused or "node" not in rule.components:
            continue
        owner = any(target.matches(one) for one in alone) and not any(target.matches(one) for one in bundle)
        if owner and any(one.component in rule.components or runs_node(one) for one in bundle):
            text = rule.text if profile else rule.text.replace("profile <profile>", "the bundle")
            yield Finding(rule.code, refused=False, text=filled(text, {"profile": profile}), next_step=rule.next_step)
