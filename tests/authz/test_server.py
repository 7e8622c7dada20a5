from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from manifestgen.authz.address import SocketPathTooLong
from manifestgen.authz.client import Answer, AuthorizationClient
from manifestgen.authz.decision import decide
from manifestgen.authz.request import make_request
from manifestgen.authz.rules import Rules
from manifestgen.authz.server import CannotListen, serving
from manifestgen.authz.shipped import release
from manifestgen.authz.stubs import (
    authorization_v2_pb2_grpc,
    authorization_v2alpha_pb2_grpc,
    authorization_v3_pb2_grpc,
    health_pb2,
    healthz_pb2_grpc,
)
from tests.authz.data import CUSTOMER, CUSTOMERS_READ, rules

ALL = Rules(default="allow")
ADMIN = "spiffe://cluster.local/ns/default/sa/admin"
STUBS = (authorization_v2alpha_pb2_grpc, authorization_v2_pb2_grpc, authorization_v3_pb2_grpc)


@contextmanager
def channel(address: str) -> Iterator[grpc.Channel]:
    """A plain gRPC channel: not our client."""
    with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as opened:
        yield opened


def code(opened: grpc.Channel, stubs: Any = authorization_v3_pb2_grpc, **request: Any) -> int:
    """The code that a server answers a request with, through the generated stub."""
    response = stubs.AuthorizationStub(opened).Check(make_request(**request), timeout=60)
    assert response.HasField("status")
    assert response.WhichOneof("http_response") is None
    return int(response.status.code)


@pytest.mark.parametrize("stubs", STUBS)
def test_the_stand_in_answers_every_api_by_its_rules(sockets: Path, stubs: Any) -> None:
    """Allowed and denied by each condition, through the generated stubs."""
    address = f"unix://{sockets}/s"
    with serving(rules(CUSTOMERS_READ), address), channel(address) as opened:
        assert code(opened, stubs, path="/public/a?b", source_principal=CUSTOMER) == 0
        assert code(opened, stubs, method="POST", source_principal=CUSTOMER) == 7
        assert code(opened, stubs, path="/private", source_principal=CUSTOMER) == 7
        assert code(opened, stubs, source_principal=ADMIN) == 7
        assert code(opened, stubs, path="public", source_principal=CUSTOMER) == 3


def test_the_stand_in_serves_what_its_release_serves(sockets: Path) -> None:
    """The APIs and health of each release, and nothing else, as the table of releases has it."""
    for calico, apis, health in (
        ("3.2", ["v2alpha"], False),
        ("3.7", ["v2alpha"], True),
        ("3.19", ["v2alpha", "v2"], True),
        ("3.20", ["v2alpha", "v2", "v3"], True),
    ):
        address = f"unix://{sockets}/{calico}"
        with serving(ALL, address, release=release(calico)), channel(address) as opened:
            for api, stubs in zip(("v2alpha", "v2", "v3"), STUBS, strict=True):
                if api in apis:
                    assert code(opened, stubs, source_principal=CUSTOMER, destination_principal=CUSTOMER) == 0
                else:
                    with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
                        code(opened, stubs)
            call = healthz_pb2_grpc.HealthzStub(opened).CheckReadiness
            if health:
                assert call(health_pb2.HealthCheckRequest(), timeout=60).healthy
            else:
                with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
                    call(health_pb2.HealthCheckRequest(), timeout=60)


def test_where_dikastes_dies_the_stand_in_gives_no_answer(sockets: Path) -> None:
    """A request without a peer over v2 fails as it does at a server that is gone; the next one is answered."""
    address = f"unix://{sockets}/s"
    with serving(ALL, address, release=release("3.32")), channel(address) as opened:
        for stubs in (authorization_v2alpha_pb2_grpc, authorization_v2_pb2_grpc):
            with pytest.raises(grpc.RpcError, match="UNAVAILABLE"):
                code(opened, stubs, with_destination=False)
            assert code(opened, stubs) == 0
        assert code(opened, with_destination=False) == 0


def test_the_stand_in_is_healthy(sockets: Path) -> None:
    """Readiness and liveness are served on the same socket, as Dikastes serves them."""
    address = f"unix://{sockets}/s"
    with serving(ALL, address), channel(address) as opened:
        health = healthz_pb2_grpc.HealthzStub(opened)
        for call in (health.CheckReadiness, health.CheckLiveness):
            assert call(health_pb2.HealthCheckRequest(), timeout=60).healthy


def test_a_request_that_is_no_message_is_denied(sockets: Path, caplog: pytest.LogCaptureFixture) -> None:
    """INVALID_ARGUMENT in a response, also where all is allowed, and no traceback in the log."""
    address = f"unix://{sockets}/s"
    with serving(ALL, address), AuthorizationClient(address, timeout=60) as ask:
        assert decide(ask.ask(b"\xff\xff").raw).code_name == "INVALID_ARGUMENT"
        assert ask.check().allowed
    assert not caplog.records


def test_a_free_port_is_found_and_a_taken_one_refused() -> None:
    """Port 0 gives an address that can be asked; a second server on it is an error, not a second half."""
    with serving(ALL, "127.0.0.1:0") as address:
        assert not address.endswith(":0")
        with AuthorizationClient(address, timeout=60) as ask:
            assert ask.check().allowed
        with pytest.raises(CannotListen, match="the server cannot listen there"), serving(ALL, address):
            pass


@pytest.mark.parametrize("mode", [0o777, 0o600])
def test_the_socket_has_the_permissions_asked_for(sockets: Path, mode: int) -> None:
    """Whatever the umask: 0777 lets a sidecar of another user in, 0600 does not."""
    before = os.umask(0o077)
    try:
        with serving(ALL, f"unix://{sockets}/s", socket_mode=mode):
            found = (sockets / "s").stat().st_mode
    finally:
        os.umask(before)
    assert stat.S_ISSOCK(found)
    assert stat.S_IMODE(found) == mode
    assert not (sockets / "s").exists(), "the socket is removed at the end"


def test_a_stale_socket_gives_way(sockets: Path) -> None:
    """A socket that nobody answers on is replaced."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(f"{sockets}/s")
    address = f"unix://{sockets}/s"
    with serving(ALL, address), AuthorizationClient(address, timeout=60) as ask:
        assert ask.check().allowed


def test_a_socket_in_use_a_file_and_no_directory_do_not_give_way(sockets: Path) -> None:
    """Nothing that is not a dead server's is removed."""
    (sockets / "file").write_text("kept")
    (sockets / "link").symlink_to(sockets / "file")
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(f"{sockets}/taken")
        taken.listen()
        for name, why in (
            ("taken", "a server answers there"),
            ("file", "not a socket"),
            ("link", "not a socket"),
            (".", "not a socket"),
            ("none/s", "its directory does not exist"),
        ):
            with pytest.raises(CannotListen, match=why) as caught, serving(ALL, f"unix://{sockets}/{name}"):
                pass
            assert caught.value.exit_status == 2
        assert (sockets / "taken").exists()
    assert (sockets / "link").read_text() == "kept"
    with pytest.raises(SocketPathTooLong), serving(ALL, f"unix://{sockets}/{'a' * 107}"):
        pass


def test_calls_under_way_are_answered_before_the_server_stops(sockets: Path) -> None:
    """A stop waits for the decision that is being made, up to its grace."""
    address, entered, leave = f"unix://{sockets}/s", threading.Event(), threading.Event()

    def hold(*_: Any) -> None:
        entered.set()
        leave.wait(60)

    with ThreadPoolExecutor(1) as pool, AuthorizationClient(address, timeout=60) as ask:
        with serving(ALL, address, on_decision=hold):
            decision = pool.submit(ask.check)
            assert entered.wait(60)
            threading.Timer(0.2, leave.set).start()
        assert decision.result(60).allowed


@pytest.mark.slow
def test_ten_thousand_checks_from_32_clients_have_no_error(sockets: Path) -> None:
    """Under load every check is decided, and each decision is its own request's."""
    address = f"unix://{sockets}/s"
    allowed, denied = (make_request(path=path).SerializeToString() for path in ("/public", "/private"))
    opened = rules(CUSTOMERS_READ.replace(f'  principals: ["{CUSTOMER}"]\n', ""))
    each = 10_000 // 32 + 1

    def ask_many(_: int) -> int:
        with AuthorizationClient(address, timeout=60) as ask:
            rights = 0
            for number in range(each):
                (answer,) = ask.ask_all([denied if number % 2 else allowed])
                assert isinstance(answer, Answer), str(answer)
                rights += decide(answer.raw).allowed is (number % 2 == 0)
            return rights

    with serving(opened, address), ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(ask_many, range(32))) == 32 * each >= 10_000
