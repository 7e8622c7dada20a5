"""What pods get from an injected template, by a real template engine: with native sidecars and without."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifestgen.injector.custom_template import custom_template
from manifestgen.injector.inject import Injected, inject
from manifestgen.injector.source import default_injector
from manifestgen.model.version import parse_version
from tests.injector.expansion import expand
from tests.support.shared import shared
from tests.support.tools import helm

CALICO = parse_version("3.32.1")
MOUNT = {"mountPath": "/var/run/dikastes", "name": "dikastes-sock"}
NATIVE_FILES = ("istio-1.20.8", "istio-1.28.10", "istio-1.30.3")
OLDER_FILES = (
    "istio-1.0.7@calico-v3.9",
    "istio-1.1.7@calico-v3.9",
    "istio-1.3.5@calico-v3.11",
    "istio-1.5.10",
    "istio-1.8.6",
)


@pytest.fixture(scope="session", autouse=True)
def _helm() -> None:
    helm()


def stock(name: str) -> str:
    """One of Istio's own ConfigMaps."""
    return (shared("reference/injector/stock") / f"{name}.yaml").read_text()


def sidecar(text: str) -> tuple[str, dict[str, Any]]:
    """The template for sidecars in a ConfigMap, and the Helm values it looks up."""
    data = next(document for document in yaml.safe_load_all(text) if document)["data"]
    config = yaml.safe_load(data["config"])
    return config.get("templates", {}).get("sidecar") or config["template"], json.loads(data.get("values", "{}"))


def named(containers: list[dict[str, Any]] | None, name: str) -> dict[str, Any]:
    """The one container of that name; nothing where there is not just one."""
    found = [container for container in containers or [] if container["name"] == name]
    return found[0] if len(found) == 1 else {}


def check(spec: dict[str, Any], *, native: bool) -> None:
    """The one right pod: Dikastes beside Envoy, able to start, never in the way of what starts after it."""
    home, other = ("initContainers", "containers") if native else ("containers", "initContainers")
    assert not named(spec.get(other), "dikastes")
    assert not named(spec.get(other), "istio-proxy")
    dikastes = named(spec[home], "dikastes")
    assert dikastes["image"].endswith(":v3.32.1")
    assert dikastes.get("restartPolicy") == ("Always" if native else None)
    assert MOUNT in named(spec[home], "istio-proxy")["volumeMounts"]
    mounted = {mount["name"] for mount in dikastes["volumeMounts"]}
    assert mounted == {"dikastes-sock", "felix-sync"} <= {volume["name"] for volume in spec["volumes"]}
    assert len({volume["name"] for volume in spec["volumes"]}) == len(spec["volumes"])


def without_dikastes(spec: dict[str, Any]) -> dict[str, Any]:
    """A pod's spec with all that Dikastes brought taken away."""
    left: dict[str, Any] = json.loads(json.dumps(spec))
    left.pop("$setElementOrder/containers", None)
    for home in ("containers", "initContainers"):
        if left.get(home):
            left[home] = [container for container in left[home] if container["name"] != "dikastes"]
            for container in left[home]:
                if "volumeMounts" in container:
                    container["volumeMounts"] = [mount for mount in container["volumeMounts"] if mount != MOUNT]
    left["volumes"] = [volume for volume in left["volumes"] if volume["name"] not in {"dikastes-sock", "felix-sync"}]
    return left


SWITCHES = [
    ("istio-1.20.8", {"env": {"ENABLE_NATIVE_SIDECARS": "true"}}, True),
    ("istio-1.20.8", {"env": {}}, False),
    *((name, {"native": native}, native) for name in NATIVE_FILES[1:] for native in (True, False)),
    *(
        (
            name,
            {"native": not native, "annotations": {"sidecar.istio.io/nativeSidecar": str(native).lower()}},
            native,
        )
        for name in NATIVE_FILES[1:]
        for native in (True, False)
    ),
]


@pytest.mark.parametrize(("name", "switch", "native"), SWITCHES)
def test_dikastes_follows_istio_proxy(name: str, switch: dict[str, Any], native: bool, tmp_path: Path) -> None:
    """It is a native sidecar exactly where istio-proxy is one, and the rest of the pod is as before."""
    template, values = sidecar(stock(name))
    injected, _ = sidecar(inject(stock(name), calico=CALICO).text)
    before = expand(template, tmp_path / "before", values=values, **switch)["spec"]
    after = expand(injected, tmp_path / "after", values=values, **switch)["spec"]
    check(after, native=native)
    assert without_dikastes(after) == before


@pytest.mark.parametrize("name", OLDER_FILES)
def test_dikastes_is_a_container_in_older_meshes(name: str, tmp_path: Path) -> None:
    """Before native sidecars there is one kind of pod."""
    template, values = sidecar(stock(name))
    injected, _ = sidecar(inject(stock(name), calico=CALICO).text)
    before = expand(template, tmp_path / "before", values=values)
    after = expand(injected, tmp_path / "after", values=values)
    check(after, native=False)
    assert without_dikastes(after) == before


CUSTOM = [
    ("1.10", {}, False),
    ("1.20", {"env": {"ENABLE_NATIVE_SIDECARS": "true"}}, True),
    ("1.20", {}, False),
    ("1.25", {"env": {"ENABLE_NATIVE_SIDECARS": "true"}}, True),
    ("1.25", {}, False),
    ("1.25", {"annotations": {"sidecar.istio.io/nativeSidecar": "true"}}, True),
    (
        "1.25",
        {
            "env": {"ENABLE_NATIVE_SIDECARS": "true"},
            "annotations": {"sidecar.istio.io/nativeSidecar": "false"},
        },
        False,
    ),
    ("1.28", {"native": True}, True),
    ("1.28", {"native": False}, False),
    ("1.28", {"native": True, "annotations": {"sidecar.istio.io/nativeSidecar": "false"}}, False),
    ("1.28", {"native": False, "annotations": {"sidecar.istio.io/nativeSidecar": "true"}}, True),
]


@pytest.mark.parametrize(("istio", "switch", "native"), CUSTOM)
def test_the_custom_template_joins_istio_proxy_where_it_is(
    istio: str, switch: dict[str, Any], native: bool, tmp_path: Path
) -> None:
    """Merged by name, its istio-proxy must be in the list in which Istio's own template has it."""
    template = custom_template(CALICO, parse_version(istio)).template
    check(expand(template, tmp_path / "chart", values={}, **switch)["spec"], native=native)


@pytest.mark.parametrize("istio", ["1.0.7", "1.1.7"])
def test_the_built_in_injector_makes_a_whole_pod(istio: str, tmp_path: Path) -> None:
    """Envoy, its set-up and Dikastes are all there, of the Istio asked for."""
    built_in = default_injector(CALICO, parse_version(istio))
    assert isinstance(built_in, Injected)
    template, _ = sidecar(built_in.text)
    pod = expand(template, tmp_path / "chart", values={})
    check(pod, native=False)
    assert named(pod["containers"], "istio-proxy")["args"][:2] == ["proxy", "sidecar"]
    assert {"--discoveryAddress", "--serviceCluster", "--controlPlaneAuthPolicy"} <= set(pod["containers"][0]["args"])
    if pod["initContainers"]:
        assert named(pod["initContainers"], "istio-init")["image"] == f"docker.io/istio/proxy_init:{istio}"
