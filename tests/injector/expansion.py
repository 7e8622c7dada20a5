"""Templates expanded by a real Go template engine: `helm template`, on PATH or from a package that carries it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifestgen.embedded.gotemplate.lexer import TemplateSource, actions, detect
from manifestgen.model.location import Location
from manifestgen.yamlio.reader import read
from tests.support.tools import helm

# Functions of Istio's injector that helm lacks. Nothing that Dikastes depends on is decided by one of them, so an
# action that calls one is made constant: its condition false, its output the word "unknown".
_LACKING = re.compile(
    r"\b(annotation|valueOrDefault|excludeInboundPort|includeInboundPorts|applicationPorts|structToJSON|"
    r"protoToJSON|toJSON|fromJSON|formatDuration|directory|render|appendMultusNetwork|otelResourceAttributes|"
    r"omitNil|toLower|gt)\b"
)
_INDENT = re.compile(r"\| indent (\d+)")  # Istio's leaves the first line as it is
_ISSET = re.compile(r"isset (\S+) (`[^`]*`)")
_ENV = re.compile(r'env "(\w+)" "(\w*)"')
_ASSIGNMENT = re.compile(r"(\$\w+\s*:?=).*", re.DOTALL)
_CHART = """{{- $context := merge (dict "Template" .Template) .Values.context }}
{{ dict "apiVersion" "v1" "kind" "ConfigMap" "metadata" (dict "name" "pod")
        "data" (dict "pod" (tpl (.Files.Get "injection.txt") $context)) | toJson }}
"""


def for_helm(template: str) -> str:
    """A template in the words of helm; what helm cannot say is made constant."""
    delimiters = detect(template)
    source = TemplateSource(template, "template", Location("template", 1))
    found, position = [], 0
    for action in actions(source, delimiters)[0]:
        found.append(template[position : action.start])
        found.append(_in_helms_words(template[action.start : action.end].replace("[[", "{{").replace("]]", "}}")))
        position = action.end
    return "".join([*found, template[position:]])


def _in_helms_words(action: str) -> str:
    left, body, right = re.fullmatch(r"(\{\{-?\s)?(.*?)(\s-?\}\})?", action, re.DOTALL).groups()  # type: ignore[union-attr]
    left, right = left or "", right or ""
    body = _ENV.sub(r'(index $.Env "\1" | default "\2")', body)
    body = _ISSET.sub(r"hasKey (\1 | default dict) \2", body)
    body = _INDENT.sub(r"| indent \1 | trim", body)
    if not _LACKING.search(re.sub(r'"[^"]*"|`[^`]*`', "", body)):
        return left + body + right
    if not left:
        body, left = body.removeprefix("{{"), "{{ "
    if not right:
        body, right = body.removesuffix("}}"), " }}"
    opening, word = re.match(r"((?:else\s+)?(\w*)\s*(?:\$[\w$, ]*:=)?)", body).groups()  # type: ignore[union-attr]
    constants = {"if": "false", "with": '""', "range": "list"}
    if word in constants:
        return f"{left}{opening} {constants[word]}{right}"
    if body.startswith("$"):
        return left + _ASSIGNMENT.sub(r"\1 false", body) + right
    return f'{left}"unknown"{right}'


def expand(
    template: str,
    directory: Path,
    *,
    values: dict[str, Any],
    native: bool = False,
    annotations: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
) -> Any:
    """What a template prints for a pod, as Kubernetes reads it.

    Args:
        template: of Istio's injector.
        directory: an empty one, for the chart.
        values: the injector's Helm values.
        native: what istiod found out about native sidecars, from Istio 1.27.
        annotations: of the pod.
        env: istiod's environment.
        labels: of the pod.
        spec: of the pod, as its manifest has it; one container named web by default.
    """
    run = _run(
        template,
        directory,
        _context(values=values, native=native, annotations=annotations, env=env, labels=labels, spec=spec),
    )
    if run.returncode:
        pytest.fail(f"helm template: …{run.stderr[-400:]}")
    return read(next(yaml.safe_load_all(run.stdout))["data"]["pod"])[0]


def refusal(template: str, directory: Path, **pod: Any) -> str:
    """Why a template makes Istio refuse a pod; the arguments are those of `expand`."""
    given = {"values": {}, "native": False, "annotations": None, "env": None, "labels": None, "spec": None, **pod}
    run = _run(template, directory, _context(**given))
    assert run.returncode, run.stdout
    return run.stderr


def _context(
    *,
    values: dict[str, Any],
    native: bool,
    annotations: dict[str, str] | None,
    env: dict[str, str] | None,
    labels: dict[str, str] | None,
    spec: dict[str, Any] | None,
) -> dict[str, Any]:
    """What a template is executed on, in the names of Istio's Go types."""
    return {
        "Values": {"istio_cni": {}, **values},
        "Env": env or {},
        "NativeSidecars": native,
        "ObjectMeta": {"Annotations": annotations or {}, "Labels": labels or {"app": "web"}, "Name": "web"},
        "DeploymentMeta": {"Name": "web", "Namespace": "shop"},
        "TypeMeta": {"APIVersion": "", "Kind": "Deployment"},
        "Spec": _go({"containers": [{"name": "web", "ports": []}], "serviceAccountName": "web"} | (spec or {})),
        "MeshConfig": {"ProxyListenPort": 15001, "TrustDomain": "cluster.local"},
        "ProxyConfig": {
            "ProxyMetadata": {},
            "InterceptionMode": {"String": "REDIRECT"},
            "HoldApplicationUntilProxyStarts": {"GetValue": False},
            "GetTracing": {"GetZipkin": {"GetAddress": "zipkin:9411"}},
            "ControlPlaneAuthPolicy": {"String": "MUTUAL_TLS"},
        },
        "ProxyImage": "docker.io/istio/proxyv2:1",
        "Revision": "default",
        "InboundTrafficPolicyMode": "passthrough",
    }


def _go(value: Any) -> Any:
    """A manifest with the names that the fields have in Go: the first letter large."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _go(member) for key, member in value.items()}
    return [_go(item) for item in value] if isinstance(value, list) else value


def _run(template: str, directory: Path, context: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    (directory / "templates").mkdir(parents=True)
    (directory / "Chart.yaml").write_text("apiVersion: v2\nname: pod\nversion: 1.0.0\n")
    (directory / "values.yaml").write_text(json.dumps({"context": context}))
    (directory / "injection.txt").write_text(for_helm(template))
    (directory / "templates" / "pod.yaml").write_text(_CHART)
    command = [helm(), "template", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
