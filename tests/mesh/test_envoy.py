"""A real Envoy with the rendered filters: what it lets through, what it denies, and what it counts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen import Bundle
from manifestgen.authz.rules import AuthorizationRule, PathMatch, RequestSummary, Rules
from manifestgen.authz.server import serving
from manifestgen.authz.shipped import release
from manifestgen.authz.stubs.check_pb2 import CheckRequest, CheckResponse, Status
from tests.authz.servers import replying
from tests.mesh.calls import counts, get, passes
from tests.mesh.sidecar import configuration, typed
from tests.mesh.spiffe import Mesh
from tests.support.envoy import running_envoy, validation_error

FORMS = ["1.9", "1.22", "1.30"]
"""Istio releases with the form of EnvoyFilter that a present-day Envoy takes."""

PUBLIC = Rules(
    rules=(
        AuthorizationRule(
            name="public", action="allow", methods=frozenset({"GET"}), paths=(PathMatch("/public", prefix=True),)
        ),
    )
)
ALL = Rules(default="allow")
HTTP_RULES_DENY_TCP = release("3.29")
"""From 3.32 on, a connection without HTTP matches every HTTP condition."""
PATIENCE = "1m"
"""Longer than any machine takes; of itself Envoy waits 200 ms."""
HTTP, TCP = "http.inbound.ext_authz", "ext_authz.dikastes"


def policy(istio: str = "1.30", **values: Any) -> Bundle:
    """A bundle with what makes Envoy ask Dikastes."""
    return manifestgen.render("kdd", calico="v3.32", istio=istio, components=("policy",), values=values)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the server listens."""
    return tmp_path / "d.sock"


def answer(request: bytes) -> bytes:
    """Yes, whatever the request."""
    return CheckResponse(status=Status(code=0)).SerializeToString()


@pytest.mark.parametrize("istio", FORMS)
def test_what_policy_allows_passes_and_what_it_does_not_is_denied(istio: str, tmp_path: Path, path: Path) -> None:
    """200 and 403 over HTTP, through and closed over TCP, and Envoy counts no error."""
    with running_envoy(configuration(policy(istio, authz_timeout=PATIENCE), path), tmp_path) as envoy:
        with serving(PUBLIC, f"unix://{path}", release=HTTP_RULES_DENY_TCP):
            assert get(envoy, "/public/a?b=c") == 200
            assert get(envoy, "/public/a", "POST") == 403
            assert get(envoy, "/private") == 403
            assert not passes(envoy)
        assert counts(envoy, HTTP) == {"ok": 1, "denied": 2}
        assert counts(envoy, TCP) == {"denied": 1}
        with serving(ALL, f"unix://{path}"):
            assert get(envoy, "/private", "DELETE") == 200
            assert passes(envoy)
        assert counts(envoy, HTTP) == {"ok": 2, "denied": 2}
        assert counts(envoy, TCP) == {"ok": 1, "denied": 1}


@pytest.mark.parametrize("istio", FORMS)
def test_without_a_server_everything_is_denied(istio: str, tmp_path: Path, path: Path) -> None:
    """403 and a closed connection, counted as errors; with the server back the next request passes."""
    with running_envoy(configuration(policy(istio, authz_timeout=PATIENCE), path), tmp_path) as envoy:
        assert get(envoy, "/public") == 403
        assert not passes(envoy)
        assert counts(envoy, HTTP) == {"error": 1}
        assert counts(envoy, TCP) == {"error": 1}
        with serving(ALL, f"unix://{path}"):
            assert get(envoy, "/public") == 200
        assert counts(envoy, HTTP) == {"ok": 1, "error": 1}


def test_with_failure_mode_allow_everything_passes_without_a_server(tmp_path: Path, path: Path) -> None:
    """Errors let requests through, both over HTTP and over TCP; a denial still denies."""
    with running_envoy(configuration(policy(failure_mode_allow=True, authz_timeout=PATIENCE), path), tmp_path) as envoy:
        assert get(envoy, "/private") == 200
        assert passes(envoy)
        assert counts(envoy, HTTP) == {"error": 1, "failure_mode_allowed": 1}
        assert counts(envoy, TCP) == {"error": 1, "failure_mode_allowed": 1}
        with serving(PUBLIC, f"unix://{path}"):
            assert get(envoy, "/private") == 403


@pytest.mark.parametrize("code", [2, 13, 14])
def test_failure_mode_allow_does_not_cover_an_answer_without_a_decision(code: int, tmp_path: Path, path: Path) -> None:
    """Dikastes of 3.30 and 3.31, and one that is not in sync with Felix, answer: Envoy denies, and counts no error."""
    undecided = CheckResponse(status=Status(code=code)).SerializeToString()
    bundle = policy(failure_mode_allow=True, authz_timeout=PATIENCE)
    with replying(path, undecided), running_envoy(configuration(bundle, path), tmp_path) as envoy:
        assert get(envoy, "/") == 403
        assert not passes(envoy)
        assert counts(envoy, HTTP) == {"denied": 1}
        assert counts(envoy, TCP) == {"denied": 1}
    (warning,) = (one for one in bundle.warnings if one.code == "fails-open")
    assert "before it is in sync with Felix" in warning.text


def test_a_server_slower_than_the_timeout_counts_as_none(tmp_path: Path, path: Path) -> None:
    """The default is Envoy's 200 ms; authz_timeout gives the server longer, over HTTP and over TCP."""
    release = threading.Event()

    def slow(request: bytes) -> bytes:
        release.wait(0.6)
        return answer(request)

    with replying(path, slow):
        with running_envoy(configuration(policy(), path), tmp_path) as envoy:
            assert get(envoy, "/") == 403
            assert not passes(envoy)
            assert counts(envoy, HTTP) == {"error": 1}
            assert counts(envoy, TCP) == {"error": 1}
        with running_envoy(configuration(policy(authz_timeout=PATIENCE), path), tmp_path) as envoy:
            assert get(envoy, "/") == 200
            assert passes(envoy)
            assert counts(envoy, HTTP) == {"ok": 1}
        release.set()


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    """A certificate authority."""
    return Mesh(tmp_path_factory.mktemp("mesh"))


@pytest.mark.parametrize("istio", FORMS)
def test_the_principal_of_a_mutual_tls_caller_reaches_the_server(
    istio: str, mesh: Mesh, tmp_path: Path, path: Path
) -> None:
    """Who calls is told by its certificate, over HTTP and over TCP, and policy can tell one caller from another."""
    customer, thief = (f"spiffe://cluster.local/ns/bank/sa/{name}" for name in ("customer", "thief"))
    rules = Rules(rules=(AuthorizationRule(name="customer", action="allow", principals=frozenset({customer})),))
    seen: list[RequestSummary] = []
    config = configuration(
        policy(istio, authz_timeout=PATIENCE), path, tls=mesh.listening("spiffe://cluster.local/ns/bank/sa/summary")
    )
    with (
        running_envoy(config, tmp_path) as envoy,
        serving(rules, f"unix://{path}", on_decision=lambda asked, _: seen.append(asked)),
    ):
        assert get(envoy, "/a", tls=mesh.calling(customer)) == 200
        assert passes(envoy, mesh.calling(customer))
        assert get(envoy, "/a", tls=mesh.calling(thief)) == 403
        assert not passes(envoy, mesh.calling(thief))
        assert counts(envoy, HTTP) == {"ok": 1, "denied": 1}
        assert counts(envoy, TCP) == {"ok": 1, "denied": 1}
    assert [(asked.method, asked.principal) for asked in seen] == [
        ("GET", customer),
        (None, customer),
        ("GET", thief),
        (None, thief),
    ]


def test_filter_position_decides_whether_istios_own_filters_come_first(tmp_path: Path, path: Path) -> None:
    """Last, as published, a request that Istio denies is never asked about; first, it is."""
    nobody = {"action": "ALLOW", "policies": {}}
    own = typed("envoy.filters.http.rbac", "filters.http.rbac.v3.RBAC", rules=nobody)
    for values, asked in (({}, {}), ({"filter_position": "last"}, {}), ({"filter_position": "first"}, {"ok": 1})):
        config = configuration(policy(**values, authz_timeout=PATIENCE), path, before=(own,))
        with running_envoy(config, tmp_path) as envoy, serving(ALL, f"unix://{path}"):
            assert get(envoy, "/") == 403
            assert counts(envoy, HTTP) == asked


def test_request_body_bytes_sends_the_beginning_of_a_body(tmp_path: Path, path: Path) -> None:
    """A server sees as much of a body as was asked for, nothing without; a longer body is not refused."""
    bodies: list[str] = []

    def note(request: bytes) -> bytes:
        bodies.append(CheckRequest.FromString(request).attributes.request.http.body)
        return answer(request)

    limits: tuple[dict[str, Any], ...] = ({}, {"request_body_bytes": 8})
    for values in limits:
        with (
            running_envoy(configuration(policy(**values, authz_timeout=PATIENCE), path), tmp_path) as envoy,
            replying(path, note),
        ):
            assert get(envoy, "/", "POST", body="0123456789") == 200
    assert bodies == ["", "01234567"]


@pytest.mark.parametrize("istio", ["1.7", "1.8", *FORMS])
def test_envoy_takes_every_option_together(istio: str, tmp_path: Path, path: Path) -> None:
    """No combination of options makes a configuration that Envoy refuses."""
    options = {
        "failure_mode_allow": False,
        "authz_timeout": "1.5s",
        "request_body_bytes": 1,
        "filter_position": "first",
        "filter_contexts": "both",
        "workload_selector": {"app": "x"},
    }
    assert validation_error(configuration(policy(istio, **options), path), tmp_path) == ""
