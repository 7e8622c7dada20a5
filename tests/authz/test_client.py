from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme

from manifestgen.authz import address, client
from manifestgen.authz.client import AuthorizationClient
from manifestgen.authz.contract import APIS, UnknownApi
from manifestgen.authz.decision import AnswerWithoutStatus, MalformedResponse
from manifestgen.authz.request import RequestNotEncodable
from manifestgen.authz.stubs import (
    authorization_v2_pb2_grpc,
    authorization_v2alpha_pb2_grpc,
    authorization_v3_pb2_grpc,
    health_pb2,
    healthz_pb2_grpc,
)
from manifestgen.authz.stubs.check_pb2 import CheckRequest, CheckResponse, SocketAddress, Status
from manifestgen.authz.tls import KeyWithoutCertificate, Tls, TlsFileError, read_tls
from tests.authz import servers
from tests.authz.data import CUSTOMER

SUMMARY = "spiffe://cluster.local/ns/default/sa/summary"
STUBS = {
    "v2alpha": authorization_v2alpha_pb2_grpc,
    "v2": authorization_v2_pb2_grpc,
    "v3": authorization_v3_pb2_grpc,
}


class Recorder(healthz_pb2_grpc.HealthzServicer):
    """A servicer of the generated stubs that keeps what it was asked and allows GET."""

    def __init__(self) -> None:
        self.asked: list[CheckRequest] = []

    def Check(self, request: CheckRequest, _: grpc.ServicerContext) -> CheckResponse:  # noqa: N802
        """Allow GET."""
        self.asked.append(request)
        code = 0 if request.attributes.request.http.method == "GET" else 7
        return CheckResponse(status=Status(code=code, message="as recorded"))

    def CheckReadiness(self, *_: Any) -> health_pb2.HealthCheckResponse:  # noqa: N802
        """Never ready."""
        return health_pb2.HealthCheckResponse(healthy=False)

    def CheckLiveness(self, *_: Any) -> health_pb2.HealthCheckResponse:  # noqa: N802
        """Always live."""
        return health_pb2.HealthCheckResponse(healthy=True)


@contextmanager
def recording(target: str, credentials: grpc.ServerCredentials | None = None) -> Iterator[tuple[Recorder, int]]:
    """A server made of the generated stubs; yields what it records, and its port."""
    recorder = Recorder()
    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        for stubs in STUBS.values():
            stubs.add_AuthorizationServicer_to_server(recorder, server)
        healthz_pb2_grpc.add_HealthzServicer_to_server(recorder, server)
        port = server.add_secure_port(target, credentials) if credentials else server.add_insecure_port(target)
        server.start()
        try:
            yield recorder, port
        finally:
            server.stop(0).wait()


@pytest.mark.parametrize("api", APIS)
def test_a_check_arrives_as_it_was_asked(sockets: Path, api: str) -> None:
    """Every plain value is in the field where Dikastes and Envoy have it, over each API."""
    with (
        recording(f"unix:{sockets}/s") as (recorder, _),
        AuthorizationClient(f"unix://{sockets}/s", api, timeout=60) as ask,
    ):
        decision = ask.check(
            method="GET",
            path="/a?b=c",
            host="summary",
            headers={"X-User": "a"},
            source_principal=CUSTOMER,
            source_address="10.0.0.1",
            source_port=40000,
            destination_principal=SUMMARY,
            destination_address="10.0.0.2",
            destination_port=80,
        )
        assert (decision.allowed, decision.code_name, decision.message) == (True, "OK", "as recorded")
        assert not ask.check(method="POST").allowed
    attributes = recorder.asked[0].attributes
    http = attributes.request.http
    assert (http.method, http.path, http.host, dict(http.headers)) == (
        "GET",
        "/a?b=c",
        "summary",
        {"x-user": "a"},
    )
    for peer, wanted in (
        (attributes.source, (CUSTOMER, "10.0.0.1", 40000)),
        (attributes.destination, (SUMMARY, "10.0.0.2", 80)),
    ):
        place = peer.address.socket_address
        assert (peer.principal, place.address, place.port_value) == wanted


def test_a_check_without_http_has_none(sockets: Path) -> None:
    """A TCP connection is asked as Envoy's network filter asks: the field http is absent, not empty."""
    with recording(f"unix:{sockets}/s") as (recorder, _), AuthorizationClient(f"unix://{sockets}/s", timeout=60) as ask:
        assert not ask.check(method=None, source_principal=CUSTOMER).allowed
    assert not recorder.asked[0].attributes.request.HasField("http")
    assert not recorder.asked[0].attributes.destination.HasField("address")


def test_a_check_over_tcp_and_one_of_a_relative_socket(sockets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HOST:PORT and unix:NAME are asked too."""
    with recording("127.0.0.1:0") as (_, port), AuthorizationClient(f"127.0.0.1:{port}", timeout=60) as ask:
        assert ask.check().allowed
    monkeypatch.chdir(sockets)
    with recording("unix:s p") as _, AuthorizationClient("unix:s p", timeout=60) as ask:
        assert ask.check().allowed


def test_health_tells_readiness_from_liveness(sockets: Path) -> None:
    """Both calls are made, and each answer is its own."""
    with recording(f"unix:{sockets}/s"), AuthorizationClient(f"unix://{sockets}/s", timeout=60) as ask:
        health = ask.health()
    assert (health.ready, health.live) == (False, True)


def test_threads_share_a_client(sockets: Path) -> None:
    """Checks from several threads do not mix their answers."""
    with recording(f"unix:{sockets}/s"), AuthorizationClient(f"unix://{sockets}/s", timeout=60) as ask:
        methods = ["GET", "PUT"] * 100
        with ThreadPoolExecutor(8) as pool:
            decisions = list(pool.map(lambda method: ask.check(method=method).allowed, methods))
    assert decisions == [method == "GET" for method in methods]


# Mistakes in the arguments


def test_everything_that_envoy_can_send_is_sent(sockets: Path) -> None:
    """Principals of any form, labels, UDP, a Unix socket, HTTP/2, and peers that are not there."""
    with recording(f"unix:{sockets}/s") as (recorder, _), AuthorizationClient(f"unix://{sockets}/s", timeout=60) as ask:
        ask.check(
            scheme="https",
            protocol="HTTP/2",
            headers={":protocol": "websocket"},
            body="a",
            source_principal="customer.example.com",
            source_address="/run/caller.sock",
            source_labels={"app": "web"},
            destination_principal="CN=summary",
            destination_address="10.0.0.2",
            destination_labels={"app": "summary"},
            transport="UDP",
            context_extensions={"route": "a"},
        )
        ask.check(with_source=False, with_destination=False)
    full, bare = (request.attributes for request in recorder.asked)
    http = full.request.http
    assert (http.scheme, http.protocol, http.body, http.size) == ("https", "HTTP/2", "a", 1)
    assert (dict(http.headers), dict(full.context_extensions)) == ({":protocol": "websocket"}, {"route": "a"})
    assert (full.source.principal, full.destination.principal) == ("customer.example.com", "CN=summary")
    assert full.source.address.pipe.path == "/run/caller.sock"
    assert (dict(full.source.labels), dict(full.destination.labels)) == ({"app": "web"}, {"app": "summary"})
    assert full.destination.address.socket_address.protocol == SocketAddress.UDP
    assert not bare.HasField("source")
    assert not bare.HasField("destination")


def test_an_unknown_api_is_refused_with_the_nearest() -> None:
    """v4 is none; the message names those that exist."""
    with pytest.raises(UnknownApi, match="there is no authorization API 'v4'") as caught:
        AuthorizationClient("localhost:1", "v4")
    assert "v3" in caught.value.candidates


def test_values_that_fit_no_field_are_refused(sockets: Path) -> None:
    """A port beyond 32 bits and a text that is not UTF-8 are the caller's mistake, not a fault."""
    with AuthorizationClient(f"unix://{sockets}/none", timeout=60) as ask:
        for values in (
            {"source_port": 2**32},
            {"source_port": -1},
            {"path": "/\udcff"},
            {"headers": {"a": "\udcff"}},
        ):
            with pytest.raises(RequestNotEncodable, match="cannot be written"):
                ask.check(**values)


# Servers that are none


def failure(where: str, timeout: float = 60.0) -> address.CallFailed:
    """Why no answer was had from an address."""
    with AuthorizationClient(where, timeout=timeout) as ask, pytest.raises(address.CallFailed) as caught:
        ask.check()
    assert caught.value.exit_status == 2
    return caught.value


def test_a_socket_that_is_not_there(sockets: Path) -> None:
    """The path is named."""
    error = failure(f"unix://{sockets}/none")
    assert isinstance(error, address.NoSuchSocket)
    assert str(error).startswith(f"{sockets}/none: there is no such socket")


def test_a_path_that_is_no_socket(sockets: Path) -> None:
    """A file and a directory are told from a socket that nobody answers on."""
    (sockets / "file").touch()
    for name in ("file", "."):
        assert isinstance(failure(f"unix://{sockets}/{name}"), address.NotASocket)


def test_a_socket_that_a_dead_server_left(sockets: Path) -> None:
    """A stale socket is there, but nobody answers."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(f"{sockets}/stale")
    error = failure(f"unix://{sockets}/stale")
    assert type(error) is client.Unreachable
    assert "refused" in str(error)


def test_a_port_and_a_name_that_nobody_has() -> None:
    """A refused connection and an unknown host fail at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for where in (f"127.0.0.1:{port}", "no-such-host.invalid:1"):
        assert type(failure(where)) is client.Unreachable


@pytest.mark.parametrize("server", [servers.http1, servers.noise])
def test_a_server_that_speaks_no_http2(server: Callable[[], AbstractContextManager[str]]) -> None:
    """An HTTP/1 server and one that speaks nothing known are told from one that is not there."""
    with server() as where:
        error = failure(where)
    assert isinstance(error, client.NotHttp2)
    assert "does not speak HTTP/2" in str(error)


def test_a_server_that_never_answers(sockets: Path) -> None:
    """The timeout ends the wait, whether the connection or the answer does not come."""
    held = threading.Event()
    with servers.silent() as where:
        assert isinstance(failure(where, timeout=0.3), client.TimedOut)
    with servers.replying(sockets / "s", lambda _: b"" * held.wait(60)) as where:
        assert "no answer came within 0.3 s" in str(failure(where, timeout=0.3))
        held.set()


def test_a_server_of_another_api_or_none(sockets: Path) -> None:
    """An API that is not served is told from one that denies."""
    with servers.replying(sockets / "s", b"", apis=("v2",)) as where:
        assert isinstance(failure(where), client.NotServed)
        with AuthorizationClient(where, timeout=60) as ask, pytest.raises(client.NotServed):
            ask.health()


def test_a_call_that_the_server_fails(sockets: Path) -> None:
    """A gRPC status in place of a response is named."""
    with servers.replying(sockets / "s", lambda _: grpc.StatusCode.RESOURCE_EXHAUSTED) as where:
        error = failure(where)
    assert isinstance(error, client.Failed)
    assert error.status == "RESOURCE_EXHAUSTED"
    assert "the server [31mfails" in str(error), "on one line, and nothing that a terminal obeys"


def test_answers_that_are_no_responses(sockets: Path) -> None:
    """Garbage, and a response without a status, are told from a decision, also for health."""
    for raw, wrong in ((b"\xff\xff\xff", MalformedResponse), (b"", AnswerWithoutStatus)):
        with (
            servers.replying(sockets / "s", raw, health=b"\xff") as where,
            AuthorizationClient(where, timeout=60) as ask,
        ):
            with pytest.raises(wrong):
                ask.check()
            with pytest.raises(MalformedResponse, match="HealthCheckResponse"):
                ask.health()


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of the tests' own."""
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """PEM files: the authority, a client's certificate and key, another key, and a text."""
    directory = tmp_path_factory.mktemp("tls")
    mine, other = authority.issue_cert("client"), authority.issue_cert("other")
    blobs = {
        "ca": authority.cert_pem.bytes(),
        "cert": b"".join(blob.bytes() for blob in mine.cert_chain_pems),
        "key": mine.private_key_pem.bytes(),
        "other-key": other.private_key_pem.bytes(),
        "text": b"no PEM",
    }
    for name, blob in blobs.items():
        (directory / name).write_bytes(blob)
    return {name: str(directory / name) for name in blobs}


@contextmanager
def secure(authority: trustme.CA, target: str, *, mutual: bool) -> Iterator[int]:
    """A TLS server called `dikastes`; yields its port."""
    mine = authority.issue_cert("dikastes", "localhost")
    pair = (mine.private_key_pem.bytes(), b"".join(blob.bytes() for blob in mine.cert_chain_pems))
    roots = authority.cert_pem.bytes() if mutual else None
    with recording(target, grpc.ssl_server_credentials([pair], roots, mutual)) as (_, port):
        yield port


def test_tls_and_mutual_tls_over_tcp_and_a_socket(authority: trustme.CA, files: dict[str, str], sockets: Path) -> None:
    """A check passes with the right certificates; the name in the server's certificate may be given."""
    tls = read_tls(files["ca"])
    with (
        secure(authority, "localhost:0", mutual=False) as port,
        AuthorizationClient(f"localhost:{port}", timeout=60, tls=tls) as ask,
    ):
        assert ask.check().allowed
    tls = read_tls(files["ca"], certificate=files["cert"], key=files["key"], server_name="dikastes")
    with (
        secure(authority, f"unix:{sockets}/s", mutual=True),
        AuthorizationClient(f"unix://{sockets}/s", timeout=60, tls=tls) as ask,
    ):
        assert ask.check().allowed


def test_tls_that_does_not_fit_fails(authority: trustme.CA, files: dict[str, str]) -> None:
    """Plain text to a TLS server, no client certificate, another authority, another name: nobody can be asked."""
    with secure(authority, "localhost:0", mutual=True) as port:
        mine = {"ca": files["ca"], "certificate": files["cert"], "key": files["key"]}
        wrong = [
            None,
            read_tls(files["ca"]),
            Tls(ca=trustme.CA().cert_pem.bytes()),
            read_tls(**mine, server_name="another"),
        ]
        for tls in wrong:
            with AuthorizationClient(f"localhost:{port}", timeout=60, tls=tls) as ask:
                fails = pytest.raises(client.Unreachable)
                with fails:
                    ask.check()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("text", None, None), "text: the authorities' certificates cannot be used"),
        (("none", None, None), "none: the authorities' certificates cannot be used\n  found: No such file"),
        ((None, "cert", "other-key"), "cert: the client's certificate and key cannot be used"),
        ((None, "text", "key"), "text: the client's certificate and key cannot be used"),
        (
            (None, "cert", "none"),
            "cert: the client's certificate and key cannot be used\n  found: No such file",
        ),
    ],
)
def test_files_that_are_no_certificates_are_refused(
    files: dict[str, str], names: tuple[str | None, str | None, str | None], message: str
) -> None:
    """Before anything is asked, with the file's name and why."""
    authorities, certificate, key = (name and files.get(name, name) for name in names)
    with pytest.raises(TlsFileError) as caught:
        read_tls(authorities, certificate=certificate, key=key)
    assert message in str(caught.value)


def test_a_certificate_and_its_key_come_together(files: dict[str, str]) -> None:
    """One without the other is refused; the key is not shown."""
    with pytest.raises(KeyWithoutCertificate):
        read_tls(certificate=files["cert"])
    with pytest.raises(KeyWithoutCertificate):
        read_tls(key=files["key"])
    assert "PRIVATE KEY" not in repr(read_tls(certificate=files["cert"], key=files["key"]))
