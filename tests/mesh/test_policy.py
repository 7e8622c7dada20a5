"""Component policy: as published, in the form each Istio takes, and with its options."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import manifestgen
from manifestgen import Bundle
from manifestgen.catalog import releases
from tests.mesh.eras import wrong
from tests.releases.catalog import MINORS, bodies, published, reference

ISTIO = [str(minor) for minor in releases.minors("Istio")]
FIRST = "istio-app-layer-policy.yaml"
LATER = {"1.6.8": "v1.6", "1.7.8": "v1.7", "1.8": "v1.7", "1.9.9": "envoy-v3", "1.10.6": "envoy-v3", "1.30": "envoy-v3"}
OPTIONS: dict[str, Any] = {
    "failure_mode_allow": True,
    "authz_timeout": "1.5s",
    "request_body_bytes": 1024,
    "filter_position": "first",
    "filter_contexts": "both",
    "workload_selector": {"app": "summary"},
}


def policy(istio: str, *, calico: str = "", is_published: bool = False, **values: Any) -> Bundle:
    """The component for an Istio, by default with a Calico that goes with it."""
    release = calico or ("v3.2" if istio == "1.0" else "v3.32")
    return manifestgen.render(
        "kdd",
        calico=release,
        istio=istio,
        components=("policy",),
        values=values,
        published=is_published,
        allow=("istio-1.5",),
    )


def filters(bundle: Bundle) -> dict[str, Any]:
    """The spec of the EnvoyFilter."""
    found: dict[str, Any]
    (found,) = (resource.body["spec"] for resource in bundle if resource.id.kind == "EnvoyFilter")
    return found


def test_every_istio_from_1_0_to_1_30_is_there() -> None:
    """No minor is missing between the oldest and the newest."""
    assert [f"1.{number}" for number in range(31)] == ISTIO


@pytest.mark.parametrize("calico", MINORS)
@pytest.mark.parametrize("istio", ["1.0.7", "1.1.7", "1.3.5", "1.4.2", "1.5", *LATER])
def test_policy_is_as_published(istio: str, calico: str) -> None:
    """The three objects equal those of the file that Calico published for that Istio."""
    file = f"istio-app-layer-policy-{LATER[istio]}.yaml" if istio in LATER else FIRST
    if not (reference(f"{calico}/policy") / file).exists():
        with pytest.raises(manifestgen.ManifestgenError, match="published no EnvoyFilter"):
            policy(istio, calico=calico, is_published=True)
        return
    assert bodies(policy(istio, calico=calico, is_published=True).resources) == published(f"{calico}/policy/{file}")


@pytest.mark.parametrize("istio", ISTIO)
def test_each_istio_gets_the_form_it_takes(istio: str) -> None:
    """Without options, and with each option and all of them where the Istio has them, nothing is unknown to it."""
    assert wrong(filters(policy(istio)), istio) == []
    known = {
        name: value for name, value in OPTIONS.items() if name != "request_body_bytes" or istio not in {"1.0", "1.1"}
    }
    for name, value in known.items():
        assert wrong(filters(policy(istio, **{name: value})), istio) == []
    assert wrong(filters(policy(istio, **known)), istio) == []


def test_the_forms_differ() -> None:
    """What one Istio takes, one of the next form does not: the schemas tell them apart."""
    forms = {
        istio: filters(policy(istio, workload_selector={"app": "x"})) for istio in ("1.2", "1.5", "1.6", "1.8", "1.9")
    }
    for (one, spec), other in itertools.product(forms.items(), forms):
        assert (wrong(spec, other) == []) == (one == other), (one, other)


@pytest.mark.parametrize("istio", ["1.0", "1.4", "1.6", "1.8", "1.30"])
def test_options_reach_both_filters(istio: str) -> None:
    """failure_mode_allow and authz_timeout are about HTTP and TCP alike, the body about HTTP."""
    text = policy(istio, failure_mode_allow=True, authz_timeout="90s").to_yaml()
    assert text.count("failure_mode_allow: true") == 2
    assert text.count("timeout: 90s") == 2
    assert "failure_mode_allow" not in policy(istio).to_yaml()


@pytest.mark.parametrize("istio", ["1.4", "1.6", "1.30"])
@pytest.mark.parametrize(
    ("contexts", "found"),
    [
        ("sidecars", ["SIDECAR_INBOUND"] * 2),
        ("gateways", ["GATEWAY"] * 2),
        ("both", ["GATEWAY"] * 2 + ["SIDECAR_INBOUND"] * 2),
    ],
)
def test_filter_contexts(istio: str, contexts: str, found: list[str]) -> None:
    """Sidecars as published, gateways instead, or both, each with both filters."""
    spec = filters(policy(istio, filter_contexts=contexts))
    where = [one["listenerMatch"]["listenerType"] for one in spec.get("filters", [])]
    assert where + [one["match"]["context"] for one in spec.get("configPatches", [])] == found


def test_an_option_that_an_istio_lacks_is_refused() -> None:
    """Envoy of Istio 1.1 cannot send a body along, so the option has no place there."""
    with pytest.raises(manifestgen.ManifestgenError, match="request_body_bytes has no place"):
        policy("1.1", request_body_bytes=1)


@pytest.mark.parametrize(("istio", "version"), [("1.21", "v1alpha3"), ("1.22", "v1"), ("1.30", "v1")])
def test_networking_api_is_v1_from_istio_1_22(istio: str, version: str) -> None:
    """ServiceEntry and DestinationRule are v1 where that is served; EnvoyFilter never is, nor what Calico published."""
    versions = {resource.id.kind: resource.id.version for resource in policy(istio)}
    assert versions == {"ServiceEntry": version, "DestinationRule": version, "EnvoyFilter": "v1alpha3"}
    assert {resource.id.version for resource in policy(istio, is_published=True)} == {"v1alpha3"}


@pytest.mark.parametrize("istio", ["1.4", "1.30"])
def test_root_namespace_moves_all_that_is_for_the_whole_mesh(istio: str) -> None:
    """It is Istio's own namespace unless it is named, and strict mutual TLS for the mesh goes with it."""
    for values, namespace in (
        ({}, "istio-system"),
        ({"istio_namespace": "mesh"}, "mesh"),
        ({"root_namespace": "config"}, "config"),
        ({"istio_namespace": "mesh", "root_namespace": "config"}, "config"),
    ):
        bundle = manifestgen.render(
            "kdd",
            calico="v3.32",
            istio=istio,
            components=("policy", "namespaces"),
            values={"strict_mtls": "mesh", **values},
        )
        assert {resource.id.namespace for resource in bundle} - {""} == {namespace}
