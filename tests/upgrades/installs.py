"""Published installs in small: calico-node as it is rendered, and objects that change from release to release."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import manifestgen

Objects = list[dict[str, Any]]
Edit = Callable[[Objects], None]

OLD, NEXT, LAST = "3.27", "3.29", "3.32"

_BESIDE = """
# Source: calico/templates/calico-kube-controllers.yaml
# The controllers, in {release}.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: calico-kube-controllers
  namespace: kube-system
  labels:
    k8s-app: calico-kube-controllers
spec:
  # The controllers can only have a single active instance.
  replicas: 1
  selector:
    matchLabels:
      k8s-app: calico-kube-controllers
  template:
    metadata:
      labels: {{k8s-app: calico-kube-controllers}}
    spec:
      tolerations:
        - key: CriticalAddonsOnly
          operator: Exists
      serviceAccountName: calico-kube-controllers
      containers:
        - name: calico-kube-controllers
          image: {registry}/calico/kube-controllers:{tag}
          env:
            # Choose which controllers to run.
            - name: ENABLED_CONTROLLERS
              value: "{controllers}"
            - name: DATASTORE_TYPE
              value: kubernetes
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: calico-kube-controllers
  namespace: kube-system
---
# Include a clusterrole for the calico-node DaemonSet.
kind: ClusterRole
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: calico-node
rules:
{first}  # The CNI plugin needs to get pods, nodes, and namespaces.
  - apiGroups: [""]
    resources:
      - pods
      - nodes
    verbs:
      - get
{more}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: calico-node
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: calico-node}}
subjects:
- {{kind: ServiceAccount, name: calico-node, namespace: kube-system}}
"""
_TOKENS = '  - apiGroups: [""]\n    resources: [serviceaccounts/token]\n    verbs: [create]\n'
_BUDGET = """---
apiVersion: {version}
kind: PodDisruptionBudget
metadata:
  name: calico-kube-controllers
  namespace: kube-system
spec:
  maxUnavailable: 1
"""
_TIERS = """---
# New: who may read tiers.
kind: ClusterRole
apiVersion: rbac.authorization.k8s.io/v1
metadata: {name: calico-tier-getter}
rules:
- {apiGroups: [projectcalico.org], resources: [tiers], verbs: [get]}
"""
_PER_RELEASE = {
    OLD: {"registry": "docker.io", "controllers": "node", "first": "", "more": ""},
    NEXT: {"registry": "docker.io", "controllers": "node", "first": "", "more": "      - watch\n"},
    LAST: {"registry": "quay.io", "controllers": "node,loadbalancer", "first": _TOKENS, "more": "      - watch\n"},
}


@cache
def _node(release: str, profile: str) -> tuple[str, str]:
    """What is rendered as published, and the tag of its images."""
    bundle = manifestgen.render(profile, calico=release, published=True, components=("node", "config"))
    tags = {image.rpartition(":")[2] for image in bundle.images() if "calico/node" in image}
    return bundle.to_yaml(), tags.pop()


def published(release: str, profile: str = "kdd") -> str:
    """The text of a published install."""
    node, tag = _node(release, profile)
    beside = _BESIDE.format(release=release, tag=tag, **_PER_RELEASE[release])
    if release != OLD:
        beside += _TIERS
    if release != LAST:
        beside += _BUDGET.format(version="policy/v1" if release != OLD else "policy/v1beta1")
    return f"{node}---\n{beside}"


def beside(release: str) -> Objects:
    """Its objects that no shipped profile renders."""
    return [one for one in yaml.safe_load_all(published(release)) if not is_rendered(one)]


def is_rendered(body: dict[str, Any]) -> bool:
    """Whether an object is calico-node, its account or its configuration."""
    return body["metadata"]["name"] in {"calico-node", "calico-config"} and body["kind"] in {
        "DaemonSet",
        "ServiceAccount",
        "ConfigMap",
    }


def written(path: Path, text: str) -> Path:
    """A file."""
    path.write_text(text)
    return path


def edited(release: str, *edits: Edit) -> str:
    """A published install that somebody has edited."""
    objects: Objects = [one for one in yaml.safe_load_all(published(release)) if one]
    for edit in edits:
        edit(objects)
    return yaml.safe_dump_all(objects, sort_keys=False)


def named(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    """An object; an empty one if it is not there."""
    return next((one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name)), {})


def _controllers(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = named(objects, "Deployment", "calico-kube-controllers")
    return found


def _container(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = _controllers(objects)["spec"]["template"]["spec"]["containers"][0]
    return found


def add_env(objects: Objects) -> None:
    """A variable of one's own."""
    _container(objects)["env"].append({"name": "OWN", "value": "x"})


def limit(objects: Objects) -> None:
    """Resources for the controllers."""
    _container(objects)["resources"] = {"requests": {"cpu": "50m"}, "limits": {"memory": "1Gi"}}


def two_of_them(objects: Objects) -> None:
    """Two replicas."""
    _controllers(objects)["spec"]["replicas"] = 2


def tolerate(objects: Objects) -> None:
    """A toleration more."""
    _controllers(objects)["spec"]["template"]["spec"]["tolerations"].append({"key": "own", "operator": "Exists"})


def mark(objects: Objects) -> None:
    """An annotation and a label."""
    _controllers(objects)["metadata"]["annotations"] = {"example.com/a.b": "c/d"}
    _controllers(objects)["metadata"]["labels"]["own"] = "x"


def patch_nodes(objects: Objects) -> None:
    """A verb more, in the rule about pods and nodes."""
    rules = named(objects, "ClusterRole", "calico-node")["rules"]
    next(one for one in rules if "pods" in one["resources"])["verbs"].append("patch")


def own_rule(objects: Objects) -> None:
    """A rule more."""
    rule = {"apiGroups": ["example.com"], "resources": ["things"], "verbs": ["get"]}
    named(objects, "ClusterRole", "calico-node")["rules"].append(rule)


def pull_secret(objects: Objects) -> None:
    """A secret for a private registry."""
    named(objects, "ServiceAccount", "calico-kube-controllers")["imagePullSecrets"] = [{"name": "own"}]


def mirror(objects: Objects) -> None:
    """The controllers' image from a mirror."""
    container = _container(objects)
    container["image"] = "mirror.example.com/" + container["image"].partition("/")[2]


def no_binding(objects: Objects) -> None:
    """An object less."""
    objects.remove(named(objects, "ClusterRoleBinding", "calico-node"))


EDITS: tuple[Edit, ...] = (
    *(add_env, limit, two_of_them, tolerate, mark, patch_nodes, own_rule, pull_secret, mirror, no_binding),
)
"""Edits that no release makes difficult: each can be made to the objects of any."""


def expected(release: str, *edits: Edit) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects of a release with edits, as somebody would make them by hand."""
    objects = copy.deepcopy(beside(release))
    for edit in edits:
        edit(objects)
    return {(one["kind"], one["metadata"]["name"]): canonical(one) for one in objects}


def rendered(site: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What a site renders of the same objects."""
    bundle = manifestgen.render(site)
    found = {(one.id.kind, one.id.name): one.body for one in bundle if one.component == ""}
    return {key: canonical(body) for key, body in found.items()}


def canonical(value: Any) -> Any:
    """A value without the order of verbs and rules, which means nothing."""
    if isinstance(value, dict):
        ordered = {key: canonical(member) for key, member in value.items()}
        for key in ordered.keys() & {"verbs", "rules"}:
            ordered[key] = sorted(ordered[key], key=repr)
        return ordered
    return [canonical(one) for one in value] if isinstance(value, list) else value


def some(seed: int) -> list[Edit]:
    """Some of the edits."""
    chance = random.Random(seed)
    return chance.sample(EDITS, chance.randrange(len(EDITS) + 1))
