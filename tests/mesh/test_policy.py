"""Component policy: as published, in the form each Istio takes, and with its options."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml

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
        ("sidecars", {"SIDECAR_INBOUND"}),
        ("gateways", {"GATEWAY"}),
        ("both", {"GATEWAY", "SIDECAR_INBOUND"}),
    ],
)
def test_filter_contexts(istio: str, contexts: str, found: set[str]) -> None:
    """Sidecars as published, gateways instead, or both, each with both filters and with the cluster they name."""
    spec = filters(policy(istio, filter_contexts=contexts))
    where = [one["listenerMatch"]["listenerType"] for one in spec.get("filters", [])]
    where += [one["match"]["context"] for one in spec.get("configPatches", [])]
    each = 3 if istio == "1.30" else 2
    assert {context: where.count(context) for context in where} == dict.fromkeys(found, each)


def test_an_option_that_an_istio_lacks_is_refused() -> None:
    """Envoy of Istio 1.1 cannot send a body along, so the option has no place there."""
    with pytest.raises(manifestgen.ManifestgenError, match="request_body_bytes has no place"):
        policy("1.1", request_body_bytes=1)


SERVICE = {"ServiceEntry", "DestinationRule"}


@pytest.mark.parametrize(("istio", "kinds"), [("1.8", SERVICE), ("1.9", set()), ("1.22", set()), ("1.30", set())])
def test_an_envoyfilter_that_brings_its_cluster_needs_no_service(istio: str, kinds: set[str]) -> None:
    """From Istio 1.9; no Sidecar can hide a cluster of the filter's own. What Calico published is as it was."""
    assert {resource.id.kind for resource in policy(istio)} == {*kinds, "EnvoyFilter"}
    assert {resource.id.kind for resource in policy(istio, is_published=True)} == {*SERVICE, "EnvoyFilter"}
    assert {resource.id.version for resource in policy(istio, is_published=True)} == {"v1alpha3"}


@pytest.mark.parametrize(
    ("istio", "values", "labels"),
    [
        ("1.30", {}, {"manifestgen.io/dikastes": "injected"}),
        ("1.9", {}, {"manifestgen.io/dikastes": "injected"}),
        ("1.8", {}, None),
        ("1.8", {"enforce": "mesh"}, None),
        ("1.30", {"enforce": "injected"}, {"manifestgen.io/dikastes": "injected"}),
        ("1.30", {"enforce": "mesh"}, None),
        ("1.30", {"workload_selector": {"app": "x"}}, {"manifestgen.io/dikastes": "injected", "app": "x"}),
        ("1.30", {"workload_selector": {"app": "x"}, "enforce": "mesh"}, {"app": "x"}),
    ],
)
@pytest.mark.parametrize("api", ["envoyfilter", "authorization-policy"])
def test_whom_envoy_asks_about(api: str, istio: str, values: dict[str, Any], labels: dict[str, str] | None) -> None:
    """Pods that the injector labels, from the Istio that labels them; every sidecar before, and on request."""
    if api == "envoyfilter":
        found = filters(policy(istio, **values)).get("workloadSelector", {}).get("labels")
    elif istio == "1.8":
        with pytest.raises(manifestgen.ManifestgenError, match="mesh-api"):
            policy(istio, mesh_api=api, **values)
        return
    else:
        bundle = policy(istio, mesh_api=api, **values)
        (spec,) = (one.body["spec"] for one in bundle if one.id.kind == "AuthorizationPolicy")
        assert (spec["action"], spec["provider"], spec["rules"]) == ("CUSTOM", {"name": "dikastes"}, [{}])
        found = spec.get("selector", {}).get("matchLabels")
    assert found == labels


def test_the_selector_cannot_be_turned_against_the_injector() -> None:
    """A filter that selects no pod of the template is refused, not rendered."""
    with pytest.raises(manifestgen.ManifestgenError, match="selects-nothing"):
        policy("1.30", workload_selector={"manifestgen.io/dikastes": "mine"})
    with pytest.raises(manifestgen.ManifestgenError, match="selects-nothing"):
        policy("1.30", workload_selector={"manifestgen.io/dikastes": "mine"}, mesh_api="authorization-policy")


@pytest.mark.parametrize("values", [{"enforce": "injected"}, {"enforce": "mesh"}, {"mesh_api": "envoyfilter"}])
def test_what_calico_published_has_no_such_choice(values: Any) -> None:
    """--published refuses it instead of ignoring it."""
    with pytest.raises(manifestgen.ManifestgenError, match="enforce-published"):
        policy("1.28", is_published=True, **values)


def provider(istio: str, **values: Any) -> Any:
    """What the mesh configuration has for Dikastes."""
    bundle = policy(istio, mesh_api="authorization-policy", **values)
    (operator,) = (one.body for one in bundle if one.id.kind == "IstioOperator")
    (found,) = operator["spec"]["meshConfig"]["extensionProviders"]
    return found


def test_an_authorization_policy_has_its_provider() -> None:
    """By the host and port of the ServiceEntry, with the options that the provider has a place for."""
    service = {"service": "dikastes.calico.cluster.local", "port": 1}
    assert provider("1.28") == {"name": "dikastes", "envoyExtAuthzGrpc": {**service, "timeout": "0.2s"}}
    assert provider("1.9") == {"name": "dikastes", "envoyExtAuthzGrpc": service}
    options = provider("1.28", authz_timeout="1.5s", failure_mode_allow=True, request_body_bytes=10)
    assert options["envoyExtAuthzGrpc"] == {
        **service,
        "timeout": "1.500s",
        "failOpen": True,
        "includeRequestBodyInCheck": {"allowPartialMessage": True, "maxRequestBytes": 10},
    }
    for name, value in (("filter_position", "first"), ("filter_contexts", "both")):
        with pytest.raises(manifestgen.ManifestgenError, match=f"{name} has no place"):
            provider("1.28", **{name: value})
    with pytest.raises(manifestgen.ManifestgenError, match="authz_timeout has no place"):
        provider("1.9", authz_timeout="1s")


def test_the_provider_is_in_the_files_for_istioctl_and_helm(tmp_path: Path) -> None:
    """Beside the template, where both are rendered."""
    manifestgen.render(
        "kdd",
        calico="v3.32",
        istio="1.28",
        components=("policy", "injector"),
        values={"mesh_api": "authorization-policy", "istio_revision": "blue"},
    ).write(tmp_path / "out")
    operator = yaml.safe_load((tmp_path / "out/istio/istio-operator.yaml").read_text())["spec"]
    values = yaml.safe_load((tmp_path / "out/istio/istiod-values.yaml").read_text())
    assert operator["meshConfig"]["extensionProviders"][0]["name"] == "dikastes"
    assert values == {**operator["values"], "revision": "blue", "meshConfig": operator["meshConfig"]}


def test_what_denies_pods_without_dikastes_is_in_a_kustomization_of_its_own(tmp_path: Path) -> None:
    """The root prepares; what selects every sidecar is applied last, by a command of its own."""
    cases: dict[str, Any] = {"1.8": {}, "1.28": {"enforce": "mesh"}}
    for istio, values in cases.items():
        bundle = policy(istio, **values)
        bundle.write(tmp_path / istio)
        root = tmp_path / istio
        listed = yaml.safe_load((root / "enforce/kustomization.yaml").read_text())["resources"]
        assert [name for name in listed if (root / "enforce" / name).is_file()] == listed
        assert len(listed) == 1
        assert "envoyfilter" in listed[0]
        assert not list(root.glob("resources/*envoyfilter*"))
        if (root / "kustomization.yaml").exists():
            assert "enforce" not in (root / "kustomization.yaml").read_text()
        assert manifestgen.load(root) == bundle
    bundle = policy("1.28")
    bundle.write(tmp_path / "injected")
    assert not (tmp_path / "injected/enforce").exists()
    assert "envoyfilter" in (tmp_path / "injected/kustomization.yaml").read_text()


@pytest.mark.parametrize("istio", ["1.6", "1.8", "1.9", "1.18", "1.22", "1.30"])
@pytest.mark.parametrize("values", [{}, {"dikastes_per_pod": True}, {"mesh_api": "authorization-policy"}])
def test_the_selector_fits_every_injected_template(istio: str, values: dict[str, Any]) -> None:
    """What a mesh object selects is what the template sets; where no template sets labels it selects everything."""
    components = ("policy", "injector") if istio not in {"1.6", "1.8"} else ("policy",)
    if len(components) == 1 and values:
        return
    bundle = manifestgen.render("kdd", calico="v3.32", istio=istio, components=components, values=values)
    objects = {resource.id.kind: resource.body["spec"] for resource in bundle}
    selected = objects.get("EnvoyFilter", {}).get("workloadSelector", {}).get("labels", {})
    selected |= objects.get("AuthorizationPolicy", {}).get("selector", {}).get("matchLabels", {})
    set_labels: dict[str, str] = {}
    if "IstioOperator" in objects:
        text = objects["IstioOperator"]["values"]["sidecarInjectorWebhook"]["templates"]["dikastes"]
        set_labels = yaml.safe_load(text[text.index("metadata:") : text.index("spec:")])["metadata"]["labels"]
    assert selected == set_labels


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
