"""A pod's Envoy while its Dikastes is not there: before it starts, after it ends, and where it never was."""

from __future__ import annotations

import contextlib
import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import manifestgen
from manifestgen.authz.rules import Rules
from manifestgen.authz.server import serving
from tests.mesh.calls import counts, get, passes
from tests.mesh.sidecar import configuration
from tests.mesh.test_envoy import HTTP, policy
from tests.support.envoy import Envoy, running_envoy
from tests.support.shared import ROOT

LABELLED = {"app": "web", "manifestgen.io/dikastes": "injected"}
UNLABELLED = {"app": "web"}
ALL = Rules(default="allow")
RULES = "apiVersion: manifestgen/v1\nkind: AuthorizationRules\ndefault: allow\nrules: []\n"
ISTIO_DRAIN = 5
"""Seconds that Envoy goes on serving after SIGTERM: Istio's terminationDrainDuration."""


@contextlib.contextmanager
def process(path: Path, directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, as Dikastes is in a container of its own."""
    (directory / "rules.yaml").write_text(RULES)
    command = [sys.executable, "-m", "manifestgen", "authz", "serve", "--grace", "0"]
    command += ["--rules", str(directory / "rules.yaml"), "--listen", f"unix://{path}"]
    started = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not path.exists():
            assert started.poll() is None
            time.sleep(0.01)
        yield started
    finally:
        started.kill()
        started.wait()


def connected(envoy: Envoy) -> http.client.HTTPConnection:
    """A connection that stays open, as callers keep theirs while a pod stops."""
    return http.client.HTTPConnection("127.0.0.1", envoy.port("http"), timeout=30)


def status(connection: http.client.HTTPConnection) -> int:
    """The status of one request on it."""
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    return response.status


@pytest.mark.parametrize("istio", ["1.9", "1.30"])
def test_a_pod_without_the_label_is_not_asked_about(istio: str, tmp_path: Path) -> None:
    """It has no Dikastes, and nothing denies what comes to it; nor has its Envoy the cluster."""
    with running_envoy(configuration(policy(istio), tmp_path / "d.sock", labels=UNLABELLED), tmp_path) as envoy:
        assert get(envoy, "/") == 200
        assert passes(envoy)
        assert counts(envoy, HTTP) == {}
        assert "dikastes" not in envoy.admin("/clusters")[1]


def test_every_pod_is_asked_about_where_the_mesh_is(tmp_path: Path) -> None:
    """With enforce=mesh one without Dikastes denies everything."""
    config = configuration(policy(enforce="mesh"), tmp_path / "d.sock", labels=UNLABELLED)
    with running_envoy(config, tmp_path) as envoy:
        assert get(envoy, "/") == 403
        assert not passes(envoy)


def test_a_late_dikastes_is_asked_from_the_moment_it_listens(tmp_path: Path) -> None:
    """Before, a labelled pod denies; it is not ready then, so that no Service sends it requests."""
    path = tmp_path / "d.sock"
    with running_envoy(configuration(policy(), path, labels=LABELLED), tmp_path) as envoy:
        assert get(envoy, "/") == 403
        with serving(ALL, f"unix://{path}"):
            assert get(envoy, "/") == 200
        assert counts(envoy, HTTP) == {"ok": 1, "error": 1}


def test_a_dikastes_that_dies_denies_until_it_is_back(tmp_path: Path) -> None:
    """Killed and started again, as the kubelet does; no request passes unasked in between."""
    path = tmp_path / "d.sock"
    with running_envoy(configuration(policy(), path, labels=LABELLED), tmp_path) as envoy:
        with process(path, tmp_path) as server:
            assert get(envoy, "/") == 200
            server.kill()
            server.wait()
            assert get(envoy, "/") == 403
        path.unlink(missing_ok=True)
        with process(path, tmp_path):
            assert get(envoy, "/") == 200
        assert counts(envoy, HTTP) == {"ok": 2, "error": 1}


def pre_stop() -> int:
    """Seconds that the kubelet waits before it sends Dikastes SIGTERM, where sidecars are not native."""
    (operator,) = manifestgen.render("kdd", calico="3.32", istio="1.28", components=("injector",))
    text: str = operator.body["spec"]["values"]["sidecarInjectorWebhook"]["templates"]["dikastes"]
    (line,) = (one for one in text.splitlines() if "preStop" in one)
    return int(line.partition("seconds: ")[2].partition("}")[0])


@pytest.mark.parametrize("first", ["dikastes", "envoy"])
def test_in_a_stopping_pod_dikastes_must_end_after_envoy(first: str, tmp_path: Path) -> None:
    """SIGTERM in either order, while a caller keeps its connection: only the last one to stop lets no request fail."""
    assert pre_stop() > ISTIO_DRAIN
    path = tmp_path / "d.sock"
    with process(path, tmp_path) as server:
        with running_envoy(configuration(policy(), path, labels=LABELLED), tmp_path) as envoy:
            connection = connected(envoy)
            assert status(connection) == 200
            if first == "dikastes":
                server.send_signal(signal.SIGTERM)
                server.wait()
            # What the agent of Istio does while it waits for the drain duration.
            envoy.admin("/drain_listeners?graceful", "POST")
            assert status(connection) == (403 if first == "dikastes" else 200)
            connection.close()
        if first == "envoy":
            server.send_signal(signal.SIGTERM)
            assert server.wait() == 0


def test_the_published_form_and_ours_may_be_there_together(tmp_path: Path) -> None:
    """In a change over by another name, Envoy asks twice; it takes both clusters and both filters."""
    path = tmp_path / "d.sock"
    published = manifestgen.render("kdd", calico="v3.32", istio="1.28", components=("policy",), published=True)
    both = configuration(policy("1.28"), path, labels=LABELLED)
    older = configuration(published, path, labels=LABELLED)["static_resources"]
    both["static_resources"]["clusters"].insert(0, older["clusters"][0])
    manager = both["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"].insert(
        0, older["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]["http_filters"][0]
    )
    with running_envoy(both, tmp_path) as envoy, serving(ALL, f"unix://{path}"):
        assert get(envoy, "/") == 200
        assert counts(envoy, HTTP) == {"ok": 2}
