"""The component `injector` of a bundle: what it is for each Istio, and where the parameters of Dikastes land."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.releases import resolve
from manifestgen.embedded.gotemplate.lookup import TemplateLookup
from manifestgen.injector.component import TAKEN
from manifestgen.injector.fragments import Options
from manifestgen.injector.inject import Injected
from manifestgen.injector.source import default_injector
from manifestgen.yamlio.reader import read
from tests.support.shared import shared

NEWEST: dict[str, Any] = {"calico": "3.32", "istio": "1.28", "components": ("injector",)}


def template(**values: Any) -> str:
    """The custom template of the newest release."""
    [operator] = manifestgen.render("kdd", **NEWEST, values=values)
    text: str = operator.body["spec"]["values"]["sidecarInjectorWebhook"]["templates"]["dikastes"]
    return text


def container(calico: str, istio: str, **values: Any) -> Any:
    """The Dikastes container in the built-in ConfigMap, read as YAML from its lines."""
    [config_map] = manifestgen.render("kdd", calico=calico, istio=istio, components=("injector",), values=values)
    lines = read(config_map.body["data"]["config"])[0]["template"].splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip() == "- name: dikastes")
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = next(n for n in range(start + 1, len(lines)) if len(lines[n]) - len(lines[n].lstrip()) <= indent)
    return read("\n".join(lines[start:end]))[0][0]


@pytest.mark.parametrize(("istio", "kind"), [("1.0", "ConfigMap"), ("1.1.7", "ConfigMap"), ("1.28", "IstioOperator")])
def test_what_it_is(istio: str, kind: str) -> None:
    """A whole ConfigMap where Istio's holds the template alone, a custom template for istiod from 1.9."""
    [resource] = manifestgen.render(
        "kdd", calico="3.9" if istio < "1.2" else "3.32", istio=istio, components=("injector",)
    )
    assert resource.id.kind == kind


def test_where_only_your_own_file_will_do() -> None:
    """Asked for by name it is an error with the command; otherwise a warning, and the rest is rendered."""
    command = "kubectl -n istio-system get configmap istio-sidecar-injector -o yaml > injector.yaml"
    with pytest.raises(manifestgen.ManifestgenError, match=command):
        manifestgen.render("kdd", calico="3.17", istio="1.7", components=("injector",))
    bundle = manifestgen.render("kdd", calico="3.17", istio="1.7")
    assert any(command in str(warning) for warning in bundle.warnings)
    assert "injector" not in {resource.component for resource in bundle}


def test_your_own_file(tmp_path: Path) -> None:
    """--injector takes a whole ConfigMap, keeps what else is in it, and an overlay may patch the result."""
    [stock] = manifestgen.render("kdd", calico="3.9", istio="1.1.7", components=("injector",))
    own = manifestgen.inject(manifestgen.Bundle([stock]).to_yaml(), calico="3.9", remove=True)
    (tmp_path / "own.yaml").write_text(own.replace("  labels:\n", "  labels:\n    team: net\n"))
    [resource] = manifestgen.render(
        "kdd", calico="3.9", istio="1.1.7", components=("injector",), injector=tmp_path / "own.yaml"
    )
    assert resource.body["metadata"]["labels"]["team"] == "net"
    assert resource.body["data"] == stock.body["data"]


def test_a_part_of_a_config_map_cannot_be_applied(tmp_path: Path) -> None:
    """A file with the data alone is refused: applied, it would be no object, and wipe the values beside."""
    [stock] = manifestgen.render("kdd", calico="3.9", istio="1.1.7", components=("injector",))
    text = manifestgen.Bundle([stock]).to_yaml()
    (tmp_path / "part.yaml").write_text(text[text.index("\ndata:") + 1 :])
    with pytest.raises(manifestgen.ManifestgenError, match="only a part"):
        manifestgen.render("kdd", calico="3.9", istio="1.1.7", injector=tmp_path / "part.yaml")


def test_istio_files_are_beside_the_resources(tmp_path: Path) -> None:
    """The custom template is written for istioctl and, alone, for Helm; kubectl applies neither."""
    manifestgen.render("kdd", calico="3.32", istio="1.28").write(tmp_path / "out")
    operator = read((tmp_path / "out/istio/istio-operator.yaml").read_text())[0]
    assert read((tmp_path / "out/istio/istiod-values.yaml").read_text())[0] == operator["spec"]["values"]
    assert "istio" not in (tmp_path / "out/kustomization.yaml").read_text().replace("istio-system", "")


LANDS: dict[str, tuple[Any, str, Any]] = {
    "dikastes_debug": (True, "args", ["server", "-l", "/var/run/dikastes/dikastes.sock", "-d"]),
    "dikastes_env": ({"A": "1"}, "env", [{"name": "A", "value": "1"}]),
    "dikastes_image": ("mirror/dikastes:v1", "image", "mirror/dikastes:v1"),
    "dikastes_pull_policy": ("Never", "imagePullPolicy", "Never"),
    "dikastes_resources": ({"requests": {"cpu": "50m"}}, "resources", {"requests": {"cpu": "50m"}}),
}


@pytest.mark.parametrize("name", LANDS)
def test_a_parameter_lands_in_the_container(name: str) -> None:
    """Each parameter of Dikastes is in the container of the built-in ConfigMap."""
    value, key, expected = LANDS[name]
    found = container("3.9", "1.1.7", **{name: value})[key]
    if key == "args":
        assert found[:4] == expected
        assert found[-1] == "--debug"
        return
    assert found == expected


def test_a_parameter_lands_in_the_custom_template() -> None:
    """The same in the template for istiod, and without them nothing of the kind is there."""
    text = template(dikastes_debug=True, dikastes_pull_policy="Always", dikastes_image="mirror/dikastes:v1")
    for words in ('"--debug"', "imagePullPolicy: Always", "image: mirror/dikastes:v1"):
        assert words in text
        assert words not in template()


def test_per_pod() -> None:
    """By default every injected pod gets Dikastes; with dikastes_per_pod a pod asks for it by annotation."""

    def webhook(**values: Any) -> Any:
        return (
            manifestgen.render("kdd", **NEWEST, values=values)
            .resources[0]
            .body["spec"]["values"]["sidecarInjectorWebhook"]
        )

    assert webhook()["defaultTemplates"] == ["sidecar", "dikastes"]
    assert "defaultTemplates" not in webhook(dikastes_per_pod=True)


def test_every_parameter_of_dikastes_is_tried_here() -> None:
    """None is missing from this table."""
    assert set(LANDS) | {"dikastes_per_pod"} == TAKEN


def test_a_parameter_of_dikastes_without_an_injector_has_no_place() -> None:
    """Nothing is ignored in silence."""
    with pytest.raises(manifestgen.ManifestgenError, match="dikastes_debug has no place"):
        manifestgen.render("kdd", calico="3.9", components=("node",), values={"dikastes_debug": True})


def test_images_of_the_template_are_images_of_the_bundle() -> None:
    """Dikastes and Istio's own are listed, mirrored and pinned like every other image."""
    digest = "sha256:" + "a" * 64
    options: dict[str, Any] = {"calico": "3.9", "istio": "1.1.7", "components": ("injector",)}
    plain = ("calico/dikastes:v3.9.6", "docker.io/istio/proxy_init:1.1.7", "docker.io/istio/proxyv2:1.1.7")
    assert manifestgen.render("kdd", **options).images() == plain
    moved = manifestgen.render(
        "kdd", **options, registry="mirror:5000/x", pins={"calico/dikastes": digest}, allow=["unpinned"]
    )
    assert moved.images() == (
        f"mirror:5000/x/calico/dikastes@{digest}",
        "mirror:5000/x/istio/proxy_init:1.1.7",
        "mirror:5000/x/istio/proxyv2:1.1.7",
    )


def test_what_only_looks_like_an_image_is_left() -> None:
    """The name of an annotation, and what istiod fills in, are no images: mirroring a stock file touches neither."""
    stock = shared("reference/injector/stock/istio-1.30.3.yaml")
    bundle = manifestgen.render("kdd", calico="3.32", istio="1.30", components=("injector",), injector=stock)
    mirrored = manifestgen.render(
        "kdd", calico="3.32", istio="1.30", components=("injector",), injector=stock, registry="mirror:5000"
    )
    before, after = (
        [line for r in one for line in r.body["data"]["config"].splitlines()] for one in (bundle, mirrored)
    )
    changed = [(old.strip(), new.strip()) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        ("image: quay.io/calico/dikastes:v3.32.1", "image: mirror:5000/calico/dikastes:v3.32.1"),
        ("image: busybox:1.28", "image: mirror:5000/busybox:1.28"),
    ]


SETTINGS: tuple[dict[str, Any], ...] = (
    {"dikastes_image": "registry.example.com:5000/mirror/dikastes:v1"},
    {"dikastes_image": "1e5"},
    {"dikastes_debug": True},
    {"dikastes_debug": False, "dikastes_pull_policy": "Always"},
    {"dikastes_env": {"A": "one\ntwo\n", "B": "- name: dikastes", "C": "  ", "D": "é\u2028", "E": ""}},
    {"dikastes_resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}}},
    {"dikastes_image": "a/b:c", "dikastes_debug": True, "dikastes_env": {"X": "#"}, "dikastes_pull_policy": "Never"},
)


@pytest.mark.parametrize("published", [False, True], ids=["corrected", "published"])
@pytest.mark.parametrize(("calico", "istio"), [("3.2", "1.0.9"), ("3.9", "1.1.7"), ("3.10", "1.0")])
@pytest.mark.parametrize("values", SETTINGS, ids="+".join)
def test_settings_of_the_container_are_those_of_an_insertion(
    calico: str, istio: str, values: dict[str, Any], published: bool
) -> None:
    """Exchanging its lines in the ConfigMap gives what inserting it with these settings gives, to the byte."""
    context: dict[str, Any] = {"components": ("injector",), "published": published}
    [config_map] = manifestgen.render("kdd", calico=calico, istio=istio, values=values, **context)
    version = resolve("Istio", istio)
    options = Options(**{name.removeprefix("dikastes_"): value for name, value in values.items()})
    inserted = default_injector(resolve("Calico", calico), version, options, published=published)
    assert isinstance(inserted, Injected)
    [expected] = read(inserted.text)
    assert config_map.body == expected
    assert config_map.ref is not None
    assert config_map.ref.source.text == inserted.text


def test_an_action_in_a_setting_is_refused() -> None:
    """Istio would execute it."""
    values = {"dikastes_env": {"A": "[[ .Values ]]"}}
    with pytest.raises(manifestgen.ManifestgenError, match=r"holds \[\[, which starts an action"):
        manifestgen.render("kdd", calico="3.9", istio="1.1.7", values=values)


def test_a_fleet_with_images_of_its_own_edits_no_template_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The template is read and edited once a release, whatever the clusters set."""
    manifestgen.render("kdd", calico="3.9", istio="1.1.6", values={"dikastes_image": "a/b:c"})

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the template is read again")

    monkeypatch.setattr(TemplateLookup, "__init__", refuse)
    for number in range(20):
        values = {"dikastes_image": f"a/b:{number}", "dikastes_env": {"N": str(number)}}
        bundle = manifestgen.render("kdd", calico="3.9", istio="1.1.6", values=values)
        assert f"image: a/b:{number}\n" in bundle.to_yaml()
