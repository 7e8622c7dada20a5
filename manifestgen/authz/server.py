"""A stand-in authorization server for local development and tests. It is not Dikastes and reads no Calico policy."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from manifestgen.authz import address as addresses
from manifestgen.authz.contract import HEALTHZ, INVALID_ARGUMENT, service
from manifestgen.authz.grpc_import import DecodeError, grpc
from manifestgen.authz.matching import Matching
from manifestgen.authz.releases import DikastesRelease
from manifestgen.authz.rules import RequestSummary, Rules, Verdict
from manifestgen.authz.stubs.check_pb2 import CheckRequest, CheckResponse, Status
from manifestgen.authz.stubs.health_pb2 import HealthCheckResponse
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

SOCKET_MODE = 0o777
"""Permissions of the socket, as Dikastes sets them: the sidecar runs as another user."""

GRACE = 5.0
"""Seconds that calls in progress are given when the server stops."""

_WORKERS = 4
_PROBE_SECONDS = 1.0
_OPTIONS = (("grpc.so_reuseport", 0),)  # otherwise a second server would share the port instead of failing

NEWEST = DikastesRelease()
"""The newest Dikastes."""

OnDecision = Callable[[RequestSummary, Verdict], None]
"""Called with every decision, from the server's threads."""

Method = Callable[[bytes, grpc.ServicerContext], bytes]
"""From the bytes of a request to those of its response."""


class CannotListen(ManifestgenError):
    """The server cannot listen at an address.

    Attributes:
        address: the address or the socket's path.
    """

    def __init__(self, address: object, found: str, next_step: str = "") -> None:
        super().__init__(
            "the server cannot listen there", where=Location(str(address)), found=found, next_step=next_step
        )
        self.address = address


@contextmanager
def serving(
    rules: Rules,
    listen: str,
    *,
    release: DikastesRelease = NEWEST,
    socket_mode: int = SOCKET_MODE,
    grace: float = GRACE,
    on_decision: OnDecision | None = None,
) -> Iterator[str]:
    """Run a server that answers checks and dikastes.Healthz for the duration of the block.

    Args:
        rules: the rules that decide.
        listen: `unix:///PATH` or `HOST:PORT`; port 0 means a free one.
        release: the Dikastes to stand in for, such as `shipped.release("3.29")`: what it serves and how it compares.
        socket_mode: permissions of the socket.
        grace: seconds for calls in progress to finish at the end.
        on_decision: called with every decision.

    Yields:
        the address of the server, with the actual port.

    Raises:
        AddressSyntaxError, SocketPathTooLong: `listen` is not an address.
        CannotListen: the address is in use, or not available.
    """
    address = addresses.parse(listen)
    if address.path:
        _clear(address.path)
    with ThreadPoolExecutor(_WORKERS, "authz") as pool:
        server = grpc.server(pool, handlers(rules, release, on_decision), options=_OPTIONS)
        port = _bind(server, address)
        if address.path:
            os.chmod(address.path, socket_mode)
        server.start()
        try:
            yield listen if address.path else f"{listen.rpartition(':')[0]}:{port}"
        finally:
            server.stop(grace).wait()  # and gRPC removes the socket


def handlers(
    rules: Rules, release: DikastesRelease = NEWEST, on_decision: OnDecision | None = None
) -> list[grpc.GenericRpcHandler]:
    """The services of the stand-in server, for your own gRPC server.

    They work on bytes: a request that cannot be parsed is denied instead of causing a traceback in the log.

    Args:
        rules: the rules that decide.
        release: the Dikastes to stand in for.
        on_decision: called with every decision.
    """

    def check(api: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        summary, verdict = verdict_on(rules, request, api=api, matching=release.matching)
        if on_decision:
            on_decision(summary, verdict)
        if not verdict.answered:  # the same to Envoy as a server that has gone
            return context.abort(grpc.StatusCode.UNAVAILABLE, verdict.reason)
        return CheckResponse(status=Status(code=verdict.code, message=verdict.reason)).SerializeToString()

    def health(_: bytes, __: grpc.ServicerContext) -> bytes:
        return HealthCheckResponse(healthy=True).SerializeToString()

    services: dict[str, dict[str, Method]] = {service(api): {"Check": partial(check, api)} for api in release.apis}
    if release.health:
        services[HEALTHZ] = {"CheckReadiness": health, "CheckLiveness": health}
    return [
        grpc.method_handlers_generic_handler(
            name, {method: grpc.unary_unary_rpc_method_handler(call) for method, call in methods.items()}
        )
        for name, methods in services.items()
    ]


def verdict_on(
    rules: Rules, request: bytes, *, api: str = "v3", matching: Matching = NEWEST.matching
) -> tuple[RequestSummary, Verdict]:
    """The answer of the rules to the bytes of a check request.

    Args:
        rules: the rules that decide.
        request: a serialized CheckRequest; for other bytes the answer is INVALID_ARGUMENT.
        api: the API of the request.
        matching: how the release decides.
    """
    try:
        attributes = CheckRequest.FromString(request).attributes
    except DecodeError:
        return RequestSummary(api=api), Verdict(INVALID_ARGUMENT, "the request is not a CheckRequest")
    http = attributes.request.http if attributes.request.HasField("http") else None
    summary = RequestSummary(
        method=http.method if http else None,
        path=http.path if http else "",
        principal=attributes.source.principal,
        destination_principal=attributes.destination.principal,
        api=api,
        has_source=attributes.HasField("source"),
        has_destination=attributes.HasField("destination"),
    )
    return summary, rules.decide(summary, matching)


def _bind(server: grpc.Server, address: addresses.Address) -> int:
    try:
        # gRPC only resolves its own schemes here, so a TCP address has none.
        port = server.add_insecure_port(address.target.removeprefix("dns:///"))
    except RuntimeError:
        port = 0
    if not port:
        why = "its directory cannot be written to" if address.path else "it is taken, or not one of this machine"
        raise CannotListen(address, why, "give another address")
    return port


def _clear(path: str) -> None:
    """Make room for a socket: remove one that a dead server left behind, and nothing else."""
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
