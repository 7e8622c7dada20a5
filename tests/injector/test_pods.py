"""Whole pods as istiod makes them: templates executed by a real engine, merged by Kubernetes' own strategic merge."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifestgen.injector.custom_template import custom_template
from manifestgen.injector.inject import inject
from manifestgen.model.version import parse_version
from tests.injector.expansion import expand, refusal
from tests.injector.test_expansion import named, sidecar, stock
from tests.support.tools import helm

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")

CALICO = parse_version("3.32.1")
LABEL = "manifestgen.io/dikastes"
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}]},
}
# How Istio's own template of each time asks for native sidecars.
ISTIO = {
    "1.20": '(eq (env "ENABLE_NATIVE_SIDECARS" "false") "true")',
    "1.25": (
        "(or (and (not (isset .ObjectMeta.Annotations `sidecar.istio.io/nativeSidecar`)) "
        '(eq (env "ENABLE_NATIVE_SIDECARS" "false") "true")) '
        '(eq (index .ObjectMeta.Annotations `sidecar.istio.io/nativeSidecar`) "true"))'
    ),
    "1.28": (
        "ne (index .ObjectMeta.Annotations `sidecar.istio.io/nativeSidecar` | "
        'default (printf "%t" .NativeSidecars)) "false"'
    ),
}
SIDECAR = """\
{{ $nativeSidecar := CONDITION }}
spec:
  initContainers:
  - name: istio-init
    image: istio
  {{ if not $nativeSidecar }}
  containers:
  {{ end }}
  - name: istio-proxy
    {{ if $nativeSidecar }}restartPolicy: Always{{ end }}
    image: istio
    volumeMounts:
    - name: istio-envoy
      mountPath: /etc/istio/proxy
  volumes:
  - name: istio-envoy
    emptyDir: {}
"""


@pytest.fixture(scope="session", autouse=True)
def _helm() -> None:
    helm()


class Mesh:
    """An istiod that injects by a list of templates."""

    def __init__(self, directory: Path, templates: list[str], **switch: Any) -> None:
        self._directory = directory
        self._templates = templates
        self._switch = switch
        self._count = 0

    def _fresh(self) -> Path:
        self._count += 1
        return self._directory / str(self._count)

    def pod(self, pod: dict[str, Any]) -> dict[str, Any]:
        """The pod after injection, in the order in which Istio leaves its containers."""
        injected = {"istio-proxy", "dikastes", "istio-init"} if "istio-init" in json.dumps(pod) else set()
        spec = {**pod["spec"], "containers": [c for c in pod["spec"]["containers"] if c["name"] not in injected]}
        merged = pod
        for template in self._templates:
            overlay = expand(
                template, self._fresh(), values={}, labels=pod["metadata"]["labels"], spec=spec, **self._switch
            )
            merged = self._merge(merged, overlay)
        first = [c for c in merged["spec"]["containers"] if c["name"] != "istio-proxy"]
        last = [c for c in merged["spec"]["containers"] if c["name"] == "istio-proxy"]
        merged["spec"]["containers"] = first + last
        return merged

    def _merge(self, pod: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
        directory = self._fresh()
        directory.mkdir(parents=True)
        (directory / "pod.json").write_text(json.dumps(pod))
        (directory / "overlay.json").write_text(json.dumps(overlay))
        pod_file, patch = str(directory / "pod.json"), str(directory / "overlay.json")
        command = ["kubectl", "patch", "--local", "-f", pod_file, "--type", "strategic", "--patch-file", patch]
        run = subprocess.run([*command, "-o", "json"], capture_output=True, text=True, check=True)
        result: dict[str, Any] = json.loads(run.stdout)
        return result


def names(pod: dict[str, Any], home: str = "containers") -> list[str]:
    """The names of a pod's containers."""
    return [container["name"] for container in pod["spec"].get(home, [])]


ANNOTATIONS = [None, "true", "false", "True", "yes", ""]


@pytest.mark.parametrize("annotation", ANNOTATIONS)
@pytest.mark.parametrize("istio", ISTIO)
@pytest.mark.parametrize("switch", [True, False])
def test_dikastes_is_native_exactly_where_istios_own_template_makes_istio_proxy_native(
    istio: str, switch: bool, annotation: str | None, tmp_path: Path
) -> None:
    """Whatever istiod's switch and the pod's annotation say, also where they say neither true nor false."""
    options: dict[str, Any] = {"native": switch} if istio == "1.28" else {"env": {}}
    if istio != "1.28" and switch:
        options["env"] = {"ENABLE_NATIVE_SIDECARS": "true"}
    if annotation is not None:
        options["annotations"] = {"sidecar.istio.io/nativeSidecar": annotation}
    own = expand(SIDECAR.replace("CONDITION", ISTIO[istio]), tmp_path / "own", values={}, **options)["spec"]
    ours = expand(custom_template(CALICO, parse_version(istio)).template, tmp_path / "ours", values={}, **options)[
        "spec"
    ]
    for home in ("containers", "initContainers"):
        assert bool(named(ours.get(home), "dikastes")) == bool(named(own.get(home), "istio-proxy"))
        assert bool(named(ours.get(home), "istio-proxy")) == bool(named(own.get(home), "istio-proxy"))


def merged(form: str, directory: Path, native: bool) -> Mesh:
    """A mesh of Istio 1.28 with Dikastes in a template of its own, or in Istio's."""
    own = SIDECAR.replace("CONDITION", ISTIO["1.28"])
    if form == "custom template":
        return Mesh(directory, [own, custom_template(CALICO, parse_version("1.28")).template], native=native)
    text = yaml.safe_dump({"data": {"config": yaml.safe_dump({"templates": {"sidecar": own}})}})
    changed = yaml.safe_load(inject(text, calico=CALICO, istio=parse_version("1.28")).text)["data"]["config"]
    return Mesh(directory, [yaml.safe_load(changed)["templates"]["sidecar"]], native=native)


@pytest.mark.parametrize("form", ["custom template", "istio's template"])
@pytest.mark.parametrize("native", [True, False])
def test_the_application_stays_the_first_container_and_a_second_injection_changes_nothing(
    form: str, native: bool, tmp_path: Path
) -> None:
    """Tools that look at the first container find the application, and the webhook may be invoked again."""
    mesh = merged(form, tmp_path, native)
    once = mesh.pod(POD)
    assert once["metadata"]["labels"] == {"app": "web", LABEL: "injected"}
    if native:
        assert names(once) == ["web", "log"]
        assert names(once, "initContainers")[-2:] == ["istio-proxy", "dikastes"]
    else:
        assert names(once) == ["web", "log", "dikastes", "istio-proxy"]
    assert mesh.pod(once) == once


def test_a_pod_cannot_keep_the_label_off(tmp_path: Path) -> None:
    """The template's value replaces one that the pod sets itself."""
    pod = {**POD, "metadata": {"name": "web", "labels": {LABEL: "none"}}}
    assert merged("custom template", tmp_path, True).pod(pod)["metadata"]["labels"][LABEL] == "injected"


CLASHES: list[tuple[str, dict[str, Any]]] = [
    ("a volume named dikastes-sock", {"volumes": [{"name": "dikastes-sock", "emptyDir": {}}]}),
    ("a volume named dikastes-sock", {"volumes": [{"name": "dikastes-sock", "emptyDir": {"medium": "Memory"}}]}),
    ("a volume named felix-sync", {"volumes": [{"name": "felix-sync", "configMap": {"name": "x"}}]}),
    ("a container named dikastes", {"containers": [{"name": "dikastes", "image": "mine:1"}]}),
]


@pytest.mark.parametrize(("what", "spec"), CLASHES)
def test_a_pod_that_uses_our_names_itself_is_refused(what: str, spec: dict[str, Any], tmp_path: Path) -> None:
    """It would share its socket, or run another program as Dikastes; the message says what to rename."""
    template = custom_template(CALICO, parse_version("1.28")).template
    assert f"the pod has {what}" in refusal(template, tmp_path / "chart", spec=spec)


def test_a_pod_may_state_resources_for_the_container_that_is_injected(tmp_path: Path) -> None:
    """With the image `auto`, as Istio has it for its own."""
    asked = {"name": "dikastes", "image": "auto", "resources": {"requests": {"cpu": "33m"}}}
    spec = {"containers": [*POD["spec"]["containers"], asked]}
    template = custom_template(CALICO, parse_version("1.28")).template
    assert expand(template, tmp_path / "chart", values={}, spec=spec)["spec"]["containers"]


def restricted(container: dict[str, Any], pod: dict[str, Any]) -> bool:
    """Whether a container keeps the Pod Security Standard `restricted`, as its page words it."""
    own, whole = container.get("securityContext", {}), pod["spec"].get("securityContext", {})
    profile = own.get("seccompProfile", whole.get("seccompProfile", {})).get("type")
    return (
        own.get("allowPrivilegeEscalation") is False
        and own.get("capabilities", {}).get("drop") == ["ALL"]
        and not own.get("capabilities", {}).get("add")
        and own.get("runAsNonRoot", whole.get("runAsNonRoot")) is True
        and own.get("runAsUser", whole.get("runAsUser", 1)) != 0
        and profile in {"RuntimeDefault", "Localhost"}
        and not own.get("privileged")
    )


@pytest.mark.parametrize("calico", ["3.9", "3.20", "3.24", "3.32"])
@pytest.mark.parametrize(
    "context",
    [
        {},
        {"runAsNonRoot": True},
        {"runAsUser": 0},
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}},
    ],
)
def test_dikastes_passes_pod_security_restricted(calico: str, context: dict[str, Any], tmp_path: Path) -> None:
    """It never keeps a pod out of a namespace, and a profile that the pod chose stays."""
    spec = {**POD["spec"], **({"securityContext": context} if context else {})}
    template = custom_template(parse_version(calico), parse_version("1.28")).template
    found = expand(template, tmp_path / "chart", values={}, spec=spec)["spec"]
    dikastes = named(found["containers"], "dikastes")
    assert restricted(dikastes, {"spec": spec})
    assert ("seccompProfile" in dikastes["securityContext"]) == ("seccompProfile" not in context)


@pytest.mark.parametrize("native", [True, False])
def test_a_stopping_dikastes_outlives_envoy_where_sidecars_are_not_native(native: bool, tmp_path: Path) -> None:
    """A preStop sleep, from the Kubernetes that has it; native sidecars stop after the application."""
    template = custom_template(CALICO, parse_version("1.28")).template
    home = "initContainers" if native else "containers"
    found = named(expand(template, tmp_path / "chart", values={}, native=native)["spec"][home], "dikastes")
    assert found.get("lifecycle") == (None if native else {"preStop": {"sleep": {"seconds": 10}}})
    assert "lifecycle" not in custom_template(CALICO, parse_version("1.25")).template
    assert "lifecycle" in custom_template(CALICO, parse_version("1.25"), kubernetes=parse_version("1.31")).template
    assert "lifecycle" not in custom_template(CALICO, parse_version("1.28"), kubernetes=parse_version("1.29")).template


@pytest.mark.parametrize("name", ["istio-1.20.8", "istio-1.28.10", "istio-1.30.3"])
def test_istios_own_template_labels_the_pod_and_keeps_its_order(name: str, tmp_path: Path) -> None:
    """`inject` adds both beside Istio's own labels and containers."""
    template, values = sidecar(inject(stock(name), calico=CALICO).text)
    pod = expand(template, tmp_path / "chart", values=values)
    assert pod["metadata"]["labels"][LABEL] == "injected"
    assert [each["name"] for each in pod["spec"]["$setElementOrder/containers"]] == ["web", "istio-proxy", "dikastes"]
