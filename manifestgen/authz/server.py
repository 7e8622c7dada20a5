"""A stand-in authorization server for local development and tests. It is not Dikastes: it knows no Calico policy."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from google.protobuf.message import DecodeError

from manifestgen.authz import address as addresses
from manifestgen.authz.contract import APIS, HEALTHZ, INVALID_ARGUMENT, service
from manifestgen.authz.rpc import grpc
from manifestgen.authz.rules import Asked, Rules, Verdict
from manifestgen.authz.stubs.check_pb2 import CheckRequest, CheckResponse, Status
from manifestgen.authz.stubs.healthz_pb2 import HealthCheckResponse
from manifestgen.errors import ManifestgenError

SOCKET_MODE = 0o777
"""Permissions of the socket, as Dikastes sets them: the sidecar runs as another user."""

GRACE = 5.0
"""Seconds that calls under way are given when the server stops."""

_WORKERS = 4
_PROBE_SECONDS = 1.0
_OPTIONS = (("grpc.so_reuseport", 0),)  # or a second server would share the port instead of being refused it

OnDecision = Callable[[Asked, Verdict], None]
"""Told of every decision, from the server's threads."""


class CannotListen(ManifestgenError):
    """The server cannot listen at an address.

    Attributes:
        address: the address or the socket's path.
    """

    def __init__(self, address: object, found: str, next_step: str = "") -> None:
        super().__init__("the server cannot listen there", where=address, found=found, next_step=next_step)
        self.address = address


@contextmanager
def serving(
    rules: Rules,
    listen: str,
    *,
    socket_mode: int = SOCKET_MODE,
    grace: float = GRACE,
    on_decision: OnDecision | None = None,
) -> Iterator[str]:
    """A server that answers v2alpha, v2, v3 and dikastes.Healthz while the block runs.

    Args:
        rules: what it answers by.
        listen: `unix:///PATH` or `HOST:PORT`; port 0 takes a free one.
        socket_mode: permissions of the socket.
        grace: seconds that calls under way are given at the end.
        on_decision: told of every decision.

    Yields:
        the address to ask, with the port that was taken.

    Raises:
        AddressSyntaxError, SocketPathTooLong: `listen` is no address.
        CannotListen: the address is taken, or not to be had.
    """
    address = addresses.parse(listen)
    if address.path:
        _clear(address.path)
    with ThreadPoolExecutor(_WORKERS, "authz") as pool:
        server = grpc.server(pool, handlers(rules, on_decision), options=_OPTIONS)
        port = _bind(server, address)
        if address.path:
            os.chmod(address.path, socket_mode)
        server.start()
        try:
            yield listen if address.path else f"{listen.rpartition(':')[0]}:{port}"
        finally:
            server.stop(grace).wait()  # and gRPC removes the socket


def handlers(rules: Rules, on_decision: OnDecision | None = None) -> list[grpc.GenericRpcHandler]:
    """The services of the stand-in server, for a gRPC server of one's own.

    They take and give bytes: a request that cannot be read is denied instead of logged with a traceback.

    Args:
        rules: what they answer by.
        on_decision: told of every decision.
    """

    def check(request: bytes, _: grpc.ServicerContext) -> bytes:
        asked, verdict = judge(rules, request)
        if on_decision:
            on_decision(asked, verdict)
        return CheckResponse(status=Status(code=verdict.code, message=verdict.reason)).SerializeToString()

    def health(_: bytes, __: grpc.ServicerContext) -> bytes:
        return HealthCheckResponse(healthy=True).SerializeToString()

    services: dict[str, dict[str, Callable[[bytes, grpc.ServicerContext], bytes]]] = {
        **{service(api): {"Check": check} for api in APIS},
        HEALTHZ: {"CheckReadiness": health, "CheckLiveness": health},
    }
    return [
        grpc.method_handlers_generic_handler(
            name, {method: grpc.unary_unary_rpc_method_handler(call) for method, call in methods.items()}
        )
        for name, methods in services.items()
    ]


def judge(rules: Rules, request: bytes) -> tuple[Asked, Verdict]:
    """What the rules say to the bytes of a check request.

    Args:
        rules: what to answer by.
        request: a serialized CheckRequest, or bytes that are none: INVALID_ARGUMENT.
    """
    try:
        attributes = CheckRequest.FromString(request).attributes
    except DecodeError:
        return Asked(None, "", ""), Verdict(INVALID_ARGUMENT, "the request is not a CheckRequest")
    http = attributes.request.http if attributes.request.HasField("http") else None
    principal = attributes.source.principal
    asked = Asked(http.method, http.path, principal) if http else Asked(None, "", principal)
    return asked, rules.decide(asked)


def _bind(server: grpc.Server, address: addresses.Address) -> int:
    try:
        # gRPC resolves no scheme but its own here: a TCP address goes without one.
        port = server.add_insecure_port(address.target.removeprefix("dns:///"))
    except RuntimeError:
        port = 0
    if not port:
        why = "its directory cannot be written to" if address.path else "it is taken, or not one of this machine"
        raise CannotListen(address, why, "give another address")
    return port


def _clear(path: str) -> None:
    """Make way for a socket: remove one that a dead server left, and nothing else."""
    directory = os.path.dirname(path) or "."
    if not os.path.isdir(directory):
        raise CannotListen(path, "its directory does not exist", f"mkdir -p {directory}")
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise CannotListen(path, "there is a file that is not a socket", "give another path, or remove the file")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except OSError as error:
            raise CannotListen(path, f"there is a socket: {error}", "give another path") from error
    raise CannotListen(path, "a server answers there", "stop it, or give another path")
