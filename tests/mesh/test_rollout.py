"""The commands by which NOTES.md lets a mesh change over: run by kubectl against an API server that knows its pods."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.mesh.test_notes import commands, notes

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")

LABEL = "manifestgen.io/dikastes"
Pod = dict[str, Any]


def pod(name: str, *containers: str, init: tuple[str, ...] = (), labels: dict[str, str] | None = None) -> Pod:
    """A running pod."""
    spec: dict[str, Any] = {"containers": [{"name": one, "image": "x"} for one in ("app", *containers)]}
    if init:
        spec["initContainers"] = [{"name": one, "image": "x"} for one in init]
    metadata = {"name": name, "namespace": "shop", **({"labels": labels} if labels else {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


MESH = [
    # From a mesh that runs what Calico publishes: Dikastes, and no label yet.
    pod("old", "dikastes", "istio-proxy"),
    pod("old-native", init=("istio-init", "istio-proxy", "dikastes"), labels={"app": "a"}),
    pod("other-value", "dikastes", "istio-proxy", labels={LABEL: "none"}),
    # Injected since.
    pod("new", "dikastes", "istio-proxy", labels={LABEL: "injected"}),
    pod("new-native", init=("istio-proxy", "dikastes"), labels={LABEL: "injected"}),
    # Not injected, or without the template.
    pod("plain"),
    pod("proxy-alone", "istio-proxy", labels={"app": "a"}),
    pod("native-proxy-alone", init=("istio-proxy",)),
]

RESOURCES: dict[str, Pod] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}
        ],
    },
}


class _Server(BaseHTTPRequestHandler):
    """As much of the Kubernetes API as kubectl needs to list pods."""

    def do_GET(self) -> None:
        """Discovery, or the pods that a label selector leaves."""
        url = urlsplit(self.path)
        answer: dict[str, Any] | None = RESOURCES.get(url.path)
        if url.path == "/api/v1/pods":
            (selector,) = parse_qs(url.query).get("labelSelector", [""])
            key, _, value = selector.partition("!=")
            found = [one for one in MESH if not key or one["metadata"].get("labels", {}).get(key) != value]
            answer = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": found}
        body = json.dumps(answer or {"kind": "Status", "status": "Failure", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing is said of a request."""


@contextlib.contextmanager
def cluster(directory: Path) -> Iterator[dict[str, str]]:
    """The environment in which kubectl finds the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}],
        "current-context": "c",
    }
    (directory / "config").write_text(json.dumps(config))
    try:
        yield {**os.environ, "KUBECONFIG": str(directory / "config"), "HOME": str(directory)}
    finally:
        server.shutdown()
        server.server_close()


def listed(text: str, directory: Path) -> set[str]:
    """The pods that the command of the notes prints."""
    (command,) = (one for one in commands(text) if one.startswith("kubectl get pods --all-namespaces"))
    with cluster(directory) as environment:
        run = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_every_pod_that_would_no_longer_be_asked_about_is_named(tmp_path: Path) -> None:
    """From the published form to the label: those with Dikastes and without it, and no other."""
    text = notes(calico="v3.32", istio="1.28")
    assert listed(text, tmp_path) == {"shop/old", "shop/old-native", "shop/other-value"}


@pytest.mark.parametrize("arguments", [{"istio": "1.28", "values": {"enforce": "mesh"}}, {"istio": "1.8"}])
def test_every_pod_that_would_deny_everything_is_named(arguments: dict[str, Any], tmp_path: Path) -> None:
    """Where every sidecar asks: those with Envoy and without Dikastes, and no other."""
    text = notes(calico="v3.32", **arguments)
    assert listed(text, tmp_path) == {"shop/proxy-alone", "shop/native-proxy-alone"}


def test_the_order_of_a_change_over(tmp_path: Path) -> None:
    """The template before the list, the list before the filter, and what the filter replaces goes last."""
    text = notes(calico="v3.32", istio="1.28")
    found = commands(text)
    order = [
        "manifestgen inject istio.yaml --calico 3.32.1 --istio 1.28.10 -o istio.yaml",
        next(one for one in found if "manifestgen.io/dikastes!=injected" in one),
        "kubectl apply -k .",
        "kubectl -n NAMESPACE rollout restart deployment",
        "kubectl -n istio-system delete serviceentry/dikastes destinationrule/dikastes-mtls --ignore-not-found",
    ]
    places = [found.index(one) for one in order]
    assert places == sorted(places)
    mesh = commands(notes(calico="v3.32", istio="1.28", values={"enforce": "mesh"}))
    assert mesh.index("kubectl apply -k .") < mesh.index("kubectl -n NAMESPACE rollout restart deployment")
    assert mesh.index("kubectl -n NAMESPACE rollout restart deployment") < mesh.index("kubectl apply -k enforce")
