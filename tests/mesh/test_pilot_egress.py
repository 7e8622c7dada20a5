"""Component pilot-egress: the published policy as it is, and a corrected one that does what it is for."""

from __future__ import annotations

import re
from typing import Any

import pytest

import manifestgen
from tests.releases.catalog import MINORS, bodies, published, reference

FILE = "allow-istio-pilot.yaml"
PILOT = {"istio": "pilot", "app": "pilot"}
ISTIOD = {"istio": "pilot", "app": "istiod"}
CANARY = {"istio": "istiod", "app": "istiod", "istio.io/rev": "canary"}


def policies(istio: str, *, is_published: bool = False, namespaces: tuple[str, ...] = (), **values: Any) -> list[Any]:
    """The policies of a bundle."""
    bundle = manifestgen.render(
        "kdd",
        calico="v3.32",
        istio=istio,
        components=("pilot-egress",),
        published=is_published,
        namespaces=namespaces,
        values=values,
        allow=("istio-1.5",),
    )
    return [resource.body for resource in bundle if resource.id.kind == "NetworkPolicy"]


def allows(policy: Any, own: str, pod: tuple[str, dict[str, str]], port: int, protocol: str = "TCP") -> bool:
    """Whether a policy of namespace `own` lets its pods reach a pod, by the rules of libcalico-go's rules.go.

    Args:
        policy: the NetworkPolicy.
        own: the namespace it is in.
        pod: namespace and labels.
        port: the pod's.
        protocol: TCP or UDP.
    """
    namespace, labels = pod
    return any(
        rule["action"] == "Allow"
        and rule["protocol"] == protocol
        and port in rule["destination"]["ports"]
        and _selects(rule["destination"], own, {**labels, "projectcalico.org/namespace": namespace})
        for rule in policy["spec"]["egress"]
    )


def _selects(entity: dict[str, Any], own: str, labels: dict[str, str]) -> bool:
    assert entity.get("namespaceSelector", "all()") == "all()"
    # As soon as there is a selector, it is about the policy's own namespace, unless namespaces are selected too.
    if "selector" in entity and "namespaceSelector" not in entity and labels["projectcalico.org/namespace"] != own:
        return False
    terms = entity["selector"].split(" && ") if "selector" in entity else []
    pairs = [re.fullmatch(r"(\S+) == '(\S+)'", term) for term in terms]
    return all(pair and labels.get(pair[1]) == pair[2] for pair in pairs)


@pytest.mark.parametrize("calico", MINORS)
def test_it_is_as_published(calico: str) -> None:
    """With `published` the policy equals the file, for every Istio alike."""
    # From v3.26 on the file is in Calico's documentation only, as it was.
    minor = calico if (reference(f"{calico}/policy") / FILE).exists() else "v3.25"
    for istio in ("1.0", "1.30"):
        bundle = manifestgen.render("kdd", calico=calico, istio=istio, components=("pilot-egress",), published=True)
        assert bodies(bundle.resources) == published(f"{minor}/policy/{FILE}")


def test_the_published_one_matches_nothing_outside_its_namespace() -> None:
    """The fault that is corrected: from namespace shop not even the pilot that it means can be reached."""
    (policy,) = policies("1.4", is_published=True)
    assert allows(policy, "istio-system", ("istio-system", PILOT), 15011)
    assert not allows(policy, "shop", ("istio-system", PILOT), 15011)


@pytest.mark.parametrize(
    ("istio", "labels", "ports"),
    [
        ("1.0", PILOT, (15010, 15011)),
        ("1.4", PILOT, (15010, 15011)),
        ("1.5", ISTIOD, (15010, 15011, 15012)),
        ("1.6", ISTIOD, (15012,)),
        ("1.6", CANARY, (15012,)),
        ("1.30", ISTIOD, (15012,)),
        ("1.30", CANARY, (15012,)),
    ],
)
def test_pods_of_any_namespace_reach_the_control_plane(
    istio: str, labels: dict[str, str], ports: tuple[int, ...]
) -> None:
    """By the ports of that Istio, with a revision and without; others in its namespace and its like elsewhere not."""
    (policy,) = policies(istio)
    for port in ports:
        assert allows(policy, "shop", ("istio-system", labels), port)
        assert not allows(policy, "shop", ("elsewhere", labels), port)
        assert not allows(policy, "shop", ("istio-system", {"app": "prometheus"}), port)
    assert not allows(policy, "shop", ("istio-system", labels), 8080)


@pytest.mark.parametrize("istio", ["1.0", "1.5", "1.30"])
def test_names_still_resolve(istio: str) -> None:
    """A policy for egress denies the rest, so it allows DNS, by UDP and TCP, wherever it is."""
    (policy,) = policies(istio)
    for protocol in ("UDP", "TCP"):
        assert allows(policy, "shop", ("kube-system", {"k8s-app": "kube-dns"}), 53, protocol)
    assert policy["spec"]["types"] == ["Egress"]


def test_mixer_is_reached_up_to_istio_1_4() -> None:
    """There Envoy asks Mixer before a request, and fails it where it cannot."""
    assert allows(policies("1.4")[0], "shop", ("istio-system", {"istio": "mixer"}), 15004)
    assert not allows(policies("1.6")[0], "shop", ("istio-system", {"istio": "mixer"}), 15004)


@pytest.mark.parametrize("istio", ["1.4", "1.30"])
def test_another_namespace_of_istio(istio: str) -> None:
    """istio_namespace says where the control plane is."""
    (policy,) = policies(istio, istio_namespace="mesh")
    labels = ISTIOD if istio == "1.30" else PILOT
    port = 15012 if istio == "1.30" else 15011
    assert allows(policy, "shop", ("mesh", labels), port)
    assert not allows(policy, "shop", ("istio-system", labels), port)


def test_one_for_each_namespace_that_is_named() -> None:
    """The policy is in every namespace whose pods are judged; without any it is left to the client."""
    named = policies("1.30", namespaces=("shop", "bank"))
    assert [policy["metadata"].get("namespace") for policy in named] == ["shop", "bank"]
    assert [policy["metadata"].get("namespace") for policy in policies("1.30")] == [None]
    assert named[0]["spec"] == policies("1.30")[0]["spec"]
