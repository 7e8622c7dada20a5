"""Dikastes without an injector's file: a custom template, a built-in base, or the command that exports the file."""

import pytest

from manifestgen.injector.custom_template import CustomTemplate, custom_template
from manifestgen.injector.fragments import ActionInValue
from manifestgen.injector.inject import Injected, Options, inject
from manifestgen.injector.source import (
    InjectorFileNeeded,
    IstioNotSupported,
    default_injector,
)
from manifestgen.model.version import parse_version
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.writer import write_document

CALICO = parse_version("3.32")


@pytest.mark.parametrize("istio", ["1.9", "1.18.2", "1.19", "1.24", "1.27", "1.30"])
def test_the_same_template_comes_as_operator_and_as_helm_values(istio: str) -> None:
    """By default every pod that gets Istio's sidecar gets Dikastes; both ways survive being written."""
    found = default_injector(CALICO, parse_version(istio))
    assert isinstance(found, CustomTemplate)
    webhook = {"defaultTemplates": ["sidecar", "dikastes"], "templates": {"dikastes": found.template}}
    assert found.values == {"sidecarInjectorWebhook": webhook}
    assert found.operator["kind"] == "IstioOperator"
    assert found.operator["spec"]["values"] == found.values
    assert read(write_document(found.operator)) == [found.operator]


def test_pods_may_ask_for_it_instead() -> None:
    """By annotation: then the default templates stay Istio's."""
    webhook = custom_template(CALICO, parse_version("1.28"), per_pod=True).values["sidecarInjectorWebhook"]
    assert list(webhook) == ["templates"]


def test_a_revision_reaches_both() -> None:
    """Values and operator are for the istiod of that revision."""
    found = custom_template(CALICO, parse_version("1.28"), Options(revision="canary"))
    assert found.operator["spec"]["revision"] == found.values["revision"] == "canary"


def test_only_an_istio_with_native_sidecars_is_asked_about_them() -> None:
    """Older injectors know neither the condition nor the functions in it."""
    assert "ativeSidecar" not in custom_template(CALICO, parse_version("1.18")).template
    assert "NativeSidecars" in custom_template(CALICO, parse_version("1.27")).template
    assert "NativeSidecars" not in custom_template(CALICO, parse_version("1.26")).template


def test_a_value_that_the_template_would_execute_is_refused() -> None:
    """As in a ConfigMap of the user's own."""
    with pytest.raises(ActionInValue):
        custom_template(CALICO, parse_version("1.28"), Options(env={"A": "{{ .x }}"}))


@pytest.mark.parametrize("istio", ["1.0", "1.0.2", "1.1", "1.1.7"])
def test_the_oldest_have_a_base_of_our_own(istio: str) -> None:
    """Whole, with Dikastes, and of the patch asked for."""
    found = default_injector(parse_version("3.9"), parse_version(istio))
    assert isinstance(found, Injected)
    body = read(found.text)[0]
    assert (body["kind"], body["metadata"]["name"]) == ("ConfigMap", "istio-sidecar-injector")
    assert "name: dikastes\n" in body["data"]["config"]
    version = parse_version(istio)
    wanted = istio if version.patch is not None else {"1.0": "1.0.9", "1.1": "1.1.17"}[istio]
    assert f"docker.io/istio/proxyv2:{wanted}`" in found.text
    assert f"docker.io/istio/proxy_init:{wanted}\n" in found.text
    assert inject(found.text, calico=parse_version("3.9")).text == found.text


@pytest.mark.parametrize("istio", ["1.2", "1.4.2", "1.6", "1.8.6"])
def test_those_between_need_the_users_file(istio: str) -> None:
    """With the reason, and the command that exports it."""
    with pytest.raises(InjectorFileNeeded, match="wipe yours") as refusal:
        default_injector(CALICO, parse_version(istio))
    assert "kubectl -n istio-system get configmap istio-sidecar-injector -o yaml > injector.yaml" in str(refusal.value)


def test_an_istio_that_calico_never_supported_is_refused() -> None:
    """With the reason."""
    with pytest.raises(IstioNotSupported, match=r"never supported Istio 1\.5"):
        default_injector(CALICO, parse_version("1.5.10"))
