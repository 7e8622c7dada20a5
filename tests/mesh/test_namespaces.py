"""Component namespaces: labels by which Istio injects, and strict mutual TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen import Bundle
from tests.support.program import manifestgen as program


def render(istio: str = "1.30", *, components: tuple[str, ...] = ("namespaces",), **arguments: Any) -> Bundle:
    """A bundle, by default of the component alone."""
    return manifestgen.render("kdd", calico="v3.32", istio=istio, components=components, **arguments)


def found(bundle: Bundle, kind: str) -> dict[str, Any]:
    """The component's objects of a kind, by namespace/name."""
    own = [resource for resource in bundle if resource.component == "namespaces" and resource.id.kind == kind]
    return {f"{resource.id.namespace}/{resource.id.name}": resource.body for resource in own}


def test_a_namespace_that_is_named_is_labelled_and_comes_first() -> None:
    """One Namespace each, in the order given, before what needs it; a name given twice counts once."""
    bundle = render(components=(), namespaces=("shop", "bank", "shop"))
    assert list(found(bundle, "Namespace")) == ["/shop", "/bank"]
    assert found(bundle, "Namespace")["/shop"] == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {"istio-injection": "enabled"}},
    }
    kinds = [resource.id.kind for resource in bundle]
    assert "Namespace" not in kinds[kinds.count("Namespace") :]


def test_a_revision_has_its_own_label_and_never_both() -> None:
    """With istio_revision the label is istio.io/rev alone."""
    bundle = render(namespaces=("shop",), values={"istio_revision": "canary"})
    assert found(bundle, "Namespace")["/shop"]["metadata"]["labels"] == {"istio.io/rev": "canary"}
    with pytest.raises(manifestgen.ManifestgenError, match="istio_revision has no place"):
        render("1.5", namespaces=("shop",), values={"istio_revision": "canary"}, allow=("istio-1.5",))


def test_naming_one_brings_it_with_whatever_else_is_asked_for() -> None:
    """--namespace adds to the components that are named; without it there is no Namespace."""
    kinds = {resource.id.kind for resource in render(components=("policy",), namespaces=("shop",))}
    assert kinds == {"Namespace", "EnvoyFilter"}
    assert not found(render(components=()), "Namespace")


def test_asking_for_namespaces_without_naming_any_is_an_error_that_says_how() -> None:
    """The component has nothing then."""
    with pytest.raises(manifestgen.ManifestgenError, match="--namespace NAME"):
        render()


def test_what_is_no_name_is_refused() -> None:
    """A namespace's name is checked like any value."""
    with pytest.raises(manifestgen.ManifestgenError, match="namespaces must be"):
        render(namespaces=("Shop!",))


@pytest.mark.parametrize(
    ("istio", "version"),
    [("1.5", "security.istio.io/v1beta1"), ("1.21", "security.istio.io/v1beta1"), ("1.22", "security.istio.io/v1")],
)
def test_strict_mutual_tls_from_istio_1_5(istio: str, version: str) -> None:
    """A PeerAuthentication for the mesh in the root namespace, or one in each namespace that is named."""
    arguments: dict[str, Any] = {"namespaces": ("shop", "bank"), "allow": ("istio-1.5",)}
    mesh = found(render(istio, values={"strict_mtls": "mesh"}, **arguments), "PeerAuthentication")
    assert mesh == {
        "istio-system/default": {
            "apiVersion": version,
            "kind": "PeerAuthentication",
            "metadata": {"name": "default", "namespace": "istio-system"},
            "spec": {"mtls": {"mode": "STRICT"}},
        }
    }
    each = found(render(istio, values={"strict_mtls": "namespaces"}, **arguments), "PeerAuthentication")
    assert list(each) == ["shop/default", "bank/default"]
    assert {body["apiVersion"] for body in each.values()} == {version}
    assert not found(render(istio, **arguments), "PeerAuthentication")


def test_strict_mutual_tls_before_istio_1_5() -> None:
    """Servers and callers are told separately: a MeshPolicy, and a DestinationRule that spares the API server."""
    bundle = render("1.4", values={"strict_mtls": "mesh"})
    assert found(bundle, "MeshPolicy")["/default"]["spec"] == {"peers": [{"mtls": {}}]}
    modes = {
        r.body["spec"]["host"]: r.body["spec"]["trafficPolicy"]["tls"]["mode"]
        for r in bundle
        if r.id.kind == "DestinationRule"
    }
    assert modes == {"*.local": "ISTIO_MUTUAL", "kubernetes.default.svc.cluster.local": "DISABLE"}
    with pytest.raises(manifestgen.ManifestgenError, match="strict_mtls"):
        render("1.4", namespaces=("shop",), values={"strict_mtls": "namespaces"})


def test_strict_mutual_tls_in_no_namespace_is_refused() -> None:
    """strict_mtls=namespaces without a namespace would do nothing."""
    with pytest.raises(manifestgen.ManifestgenError, match="none is"):
        render(values={"strict_mtls": "namespaces"})


def test_the_origin_of_a_label_and_a_name_is_told() -> None:
    """A Namespace's name comes from where it was given, its label from the file that has it."""
    (resource,) = render(namespaces=("shop",))
    assert "namespaces, given at --namespace" in str(resource.origin("/metadata/name"))
    assert "profiles/mesh/namespaces.yaml" in str(resource.origin("/metadata/labels/istio-injection"))


def test_on_the_command_line(tmp_path: Path) -> None:
    """--namespace is repeatable, and the files are numbered in apply order."""
    done = program(
        "render", "kdd", "--component", "policy", "--namespace", "shop", "--namespace", "bank", "-o", tmp_path / "out"
    )
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "out" / "resources").iterdir())
    assert names[:2] == ["01-namespace-shop.yaml", "02-namespace-bank.yaml"]
    assert names[-1] == "03-envoyfilter-ext-authz.yaml"
