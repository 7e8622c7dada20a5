"""A client that asks an authorization server what Envoy would ask, and says what Envoy would do."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from queue import SimpleQueue
from types import TracebackType

import attrs
from google.protobuf.message import DecodeError

from manifestgen.authz import address as addresses
from manifestgen.authz import contract
from manifestgen.authz.address import CannotAsk
from manifestgen.authz.decision import Decision, GarbledAnswer, decide
from manifestgen.authz.request import make_request
from manifestgen.authz.rpc import grpc
from manifestgen.authz.stubs.healthz_pb2 import HealthCheckRequest, HealthCheckResponse
from manifestgen.authz.tls import Tls

DEFAULT_TIMEOUT = 2.0
"""Seconds; more than Envoy waits, so that a slow answer can be told from none."""

_OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # an address is asked itself, whatever the environment says
    ("grpc.service_config_disable_resolution", 1),  # no look-ups beyond the host's address
    (
        "grpc.use_local_subchannel_pool",
        1,
    ),  # a client of its own: nothing is remembered from another's failure
    ("grpc.enable_retries", 0),
)
_NOT_HTTP2 = ("http1.x", "parsing HTTP/2")


class Unreachable(CannotAsk):
    """Nobody answers at the address."""


class NotHttp2(Unreachable):
    """Something listens there that is no gRPC server."""


class TimedOut(CannotAsk):
    """No answer came in time."""


class NotServed(CannotAsk):
    """The server does not serve this service."""


class Failed(CannotAsk):
    """The server answered the call itself with an error instead of a CheckResponse.

    Attributes:
        status: name of the gRPC status.
    """

    def __init__(self, address: object, status: str, found: str) -> None:
        super().__init__(
            address,
            f"the call failed with the gRPC status {status}: Envoy counts an error and denies the request",
            found,
            "look at the server's log",
        )
        self.status = status


@attrs.frozen
class Answer:
    """The bytes of an answer, and how long it took.

    Attributes:
        raw: the message, serialized.
        seconds: from asking to the answer.
    """

    raw: bytes
    seconds: float


@attrs.frozen
class Health:
    """What dikastes.Healthz says.

    Attributes:
        ready: in sync with Felix.
        live: the process answers.
    """

    ready: bool
    live: bool


class AuthorizationClient:
    """A connection to an authorization server. Threads may share one; close it, or use it as a context manager.

    Args:
        address: `unix:///PATH` or `HOST:PORT`.
        api: `v2alpha`, `v2` or `v3`.
        timeout: seconds to wait for one answer, the connection included.
        tls: how to speak TLS; None for plain text, as Dikastes does.

    Raises:
        AddressSyntaxError, SocketPathTooLong, UnknownApi: the arguments are wrong. Nothing is asked yet.
    """

    def __init__(self, address: str, api: str = "v3", timeout: float = DEFAULT_TIMEOUT, tls: Tls | None = None) -> None:
        self.address = addresses.parse(address)
        self.api = api
        self.timeout = timeout
        self._path = f"/{contract.service(api)}/Check"
        if tls is None:
            self._channel = grpc.insecure_channel(self.address.target, _OPTIONS)
        else:
            name = (("grpc.ssl_target_name_override", tls.server_name),) if tls.server_name else ()
            self._channel = grpc.secure_channel(self.address.target, tls.credentials(), _OPTIONS + name)

    def __enter__(self) -> AuthorizationClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def check(
        self,
        *,
        method: str | None = "GET",
        path: str = "/",
        headers: Mapping[str, str] | None = None,
        host: str = "",
        source_principal: str = "",
        source_address: str = "",
        source_port: int = 0,
        destination_principal: str = "",
        destination_address: str = "",
        destination_port: int = 0,
    ) -> Decision:
        """Ask whether a request may pass; see `request.make_request` for the arguments.

        Raises:
            NotSpiffe: a principal is neither empty nor a service account's SPIFFE ID.
            CannotAsk: no answer was had; its subclasses say why.
            GarbledAnswer, AnswerWithoutStatus: the answer breaks the contract.
        """
        for principal in (source_principal, destination_principal):
            if principal and not contract.is_spiffe(principal):
                raise contract.NotSpiffe(principal)
        request = make_request(
            method=method,
            path=path,
            headers=headers,
            host=host,
            source_principal=source_principal,
            source_address=source_address,
            source_port=source_port,
            destination_principal=destination_principal,
            destination_address=destination_address,
            destination_port=destination_port,
        )
        return decide(self.ask(request.SerializeToString()).raw, self.address)

    def ask(self, request: bytes, api: str = "") -> Answer:
        """Send the bytes of a check request, which may be anything.

        Args:
            request: a serialized CheckRequest.
            api: instead of the client's own.

        Raises:
            CannotAsk: no answer was had; its subclasses say why.
        """
        (answer,) = self.ask_all([request], api)
        if isinstance(answer, CannotAsk):
            raise answer
        return answer

    def ask_all(self, requests: Sequence[bytes], api: str = "") -> list[Answer | CannotAsk]:
        """Send check requests all at once.

        Args:
            requests: serialized CheckRequests.
            api: instead of the client's own.

        Returns:
            the answers, or why there is none, in the order of the requests.
        """
        path = f"/{contract.service(api)}/Check" if api else self._path
        return self._call(path, requests)

    def health(self) -> Health:
        """Ask dikastes.Healthz.

        Raises:
            CannotAsk: no answer was had; its subclasses say why.
            GarbledAnswer: the answer is not a HealthCheckResponse.
        """
        return Health(self._healthy("CheckReadiness"), self._healthy("CheckLiveness"))

    def _healthy(self, method: str) -> bool:
        (answer,) = self._call(f"/{contract.HEALTHZ}/{method}", [HealthCheckRequest().SerializeToString()])
        if isinstance(answer, CannotAsk):
            raise answer
        try:
            return HealthCheckResponse.FromString(answer.raw).healthy
        except DecodeError as error:
            raise GarbledAnswer(answer.raw, self.address, "HealthCheckResponse") from error

    def _call(self, path: str, requests: Sequence[bytes]) -> list[Answer | CannotAsk]:
        # Bytes in, bytes out: what cannot be read is ours to report, and what we send need not be a message.
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(path)
        ends: SimpleQueue[tuple[int, float]] = SimpleQueue()
        starts, futures = [], []
        for index, request in enumerate(requests):
            starts.append(time.perf_counter())
            futures.append(call.future(request, timeout=self.timeout))
            futures[-1].add_done_callback(partial(_note_end, ends, index))
        seconds = {index: end - starts[index] for index, end in (ends.get() for _ in futures)}
        return [
            self._failure(future.code(), future.details()) or Answer(future.result(), seconds[index])
            for index, future in enumerate(futures)
        ]

    def _failure(self, status: grpc.StatusCode, details: str | None) -> CannotAsk | None:
        found = " ".join("".join(c if c.isprintable() else " " for c in details or "").split())
        if status is grpc.StatusCode.OK:
            return None
        if status is grpc.StatusCode.DEADLINE_EXCEEDED:
            return TimedOut(
                self.address,
                f"no answer came within {self.timeout:g} s",
                next_step="look whether the server hangs, or give it longer",
            )
        if status is grpc.StatusCode.UNIMPLEMENTED:
            return NotServed(
                self.address,
                "the server does not serve this service",
                found,
                "ask with another API; Calico serves v3 from v3.20 on",
            )
        if status is grpc.StatusCode.UNAVAILABLE:
            return self._unreachable(found)
        return Failed(self.address, status.name, found)

    def _unreachable(self, found: str) -> CannotAsk:
        wrong = self.address.path and addresses.not_a_socket(self.address.path)
        if wrong:
            return wrong
        if any(sign in found for sign in _NOT_HTTP2):
            return NotHttp2(
                self.address,
                "what listens there is no gRPC server: it does not speak HTTP/2",
                found,
                "look whether it is an HTTP/1 server, or one that expects TLS",
            )
        return Unreachable(self.address, "nobody answers there", found, "start the server, or look at its address")


def _note_end(ends: SimpleQueue[tuple[int, float]], index: int, _: grpc.Future[bytes]) -> None:
    ends.put((index, time.perf_counter()))
