"""A client that sends Envoy's requests to an authorization server, and reports what Envoy would do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any

import attrs

from manifestgen.authz import address as addresses
from manifestgen.authz import contract
from manifestgen.authz.address import CallFailed
from manifestgen.authz.decision import Decision, MalformedResponse, decide
from manifestgen.authz.grpc_import import DecodeError, grpc
from manifestgen.authz.request import make_request
from manifestgen.authz.stubs.health_pb2 import HealthCheckRequest, HealthCheckResponse
from manifestgen.authz.tls import Tls

DEFAULT_TIMEOUT = 2.0
"""Seconds; more than Envoy waits, so that a slow answer is not taken for none."""

_OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # connect directly, whatever proxy the environment sets
    ("grpc.service_config_disable_resolution", 1),  # no DNS look-ups except the host's address
    ("grpc.use_local_subchannel_pool", 1),  # share no backoff state with other clients
    ("grpc.enable_retries", 0),
)
_NOT_HTTP2 = ("http1.x", "parsing HTTP/2")


class Unreachable(CallFailed):
    """Nothing answers at the address."""


class NotHttp2(Unreachable):
    """The server at the address is not a gRPC server."""


class TimedOut(CallFailed):
    """No answer arrived in time."""


class NotServed(CallFailed):
    """The server does not serve this service."""


class Failed(CallFailed):
    """The server answered the call itself with an error instead of a CheckResponse.

    Attributes:
        status: name of the gRPC status.
    """

    def __init__(self, address: object, status: str, found: str) -> None:
        super().__init__(
            address,
            f"the call failed with the gRPC status {status}: Envoy counts an error and denies the request",
            found=found,
            next_step="look at the server's log",
        )
        self.status = status


@attrs.frozen
class Answer:
    """The bytes of an answer, and how long it took.

    Attributes:
        raw: the message, serialized.
        seconds: the time from the request to the answer.
    """

    raw: bytes
    seconds: float


@attrs.frozen
class Health:
    """The answer of dikastes.Healthz.

    Attributes:
        ready: in sync with Felix.
        live: the process answers.
    """

    ready: bool
    live: bool


class AuthorizationClient:
    """A connection to an authorization server. It is thread-safe; close it, or use it as a context manager.

    Args:
        address: `unix:///PATH` or `HOST:PORT`.
        api: `v2alpha`, `v2` or `v3`.
        timeout: seconds to wait for an answer, including connecting.
        tls: TLS settings; None for plain text, which Dikastes uses.

    Raises:
        AddressSyntaxError, SocketPathTooLong, UnknownApi: the arguments are wrong. Nothing is sent yet.
    """

    def __init__(
        self, address: str, api: str = "v3", *, timeout: float = DEFAULT_TIMEOUT, tls: Tls | None = None
    ) -> None:
        self.address = addresses.parse(address)
        self.api = api
        self.timeout = timeout
        self._tls = tls
        self._path = f"/{contract.service(api)}/Check"
        self._channel = self._connected()

    def _connected(self) -> grpc.Channel:
        if self._tls is None:
            return grpc.insecure_channel(self.address.target, _OPTIONS)
        name = (("grpc.ssl_target_name_override", self._tls.server_name),) if self._tls.server_name else ()
        return grpc.secure_channel(self.address.target, self._tls.credentials(), _OPTIONS + name)

    def reconnect(self) -> None:
        """Replace the connection by a new one, without gRPC's backoff after a lost connection."""
        self._channel.close()
        self._channel = self._connected()

    def __enter__(self) -> AuthorizationClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def check(self, **request: Any) -> Decision:
        """Ask whether a request may pass.

        Args:
            request: the arguments of `request.make_request`.

        Raises:
            RequestNotEncodable: a value does not fit its field.
            CallFailed: no answer was received; subclasses say why.
            MalformedResponse, AnswerWithoutStatus: the answer breaks the contract.
        """
        return decide(self.ask(make_request(**request).SerializeToString()).raw, self.address.location)

    def ask(self, request: bytes, api: str = "") -> Answer:
        """Send the bytes of a check request, which can be anything.

        Args:
            request: a serialized CheckRequest.
            api: the API to use instead of the client's.

        Raises:
            CallFailed: no answer was received; subclasses say why.
        """
        (answer,) = self.ask_all([request], api)
        if isinstance(answer, CallFailed):
            raise answer
        return answer

    def ask_all(self, requests: Sequence[bytes], api: str = "") -> list[Answer | CallFailed]:
        """Send check requests concurrently.

        Args:
            requests: serialized CheckRequests.
            api: the API to use instead of the client's.

        Returns:
            the answers, or errors, in the order of the requests.
        """
        path = f"/{contract.service(api)}/Check" if api else self._path
        return self._call(path, requests)

    def health(self) -> Health:
        """Ask dikastes.Healthz.

        Raises:
            CallFailed: no answer was received; subclasses say why.
            MalformedResponse: the answer is not a HealthCheckResponse.
        """
        return Health(self._healthy("CheckReadiness"), self._healthy("CheckLiveness"))

    def _healthy(self, method: str) -> bool:
        (answer,) = self._call(f"/{contract.HEALTHZ}/{method}", [HealthCheckRequest().SerializeToString()])
        if isinstance(answer, CallFailed):
            raise answer
        try:
            return HealthCheckResponse.FromString(answer.raw).healthy
        except DecodeError as error:
            raise MalformedResponse(answer.raw, self.address.location, "HealthCheckResponse") from error

    def _call(self, path: str, requests: Sequence[bytes]) -> list[Answer | CallFailed]:
        # Bytes in, bytes out: we report answers that cannot be parsed, and can send bytes that are not a message.
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

    def _failure(self, status: grpc.StatusCode, details: str | None) -> CallFailed | None:
        found = " ".join("".join(c if c.isprintable() else " " for c in details or "").split())
        if status is grpc.StatusCode.OK:
            return None
        if status is grpc.StatusCode.DEADLINE_EXCEEDED:
            return TimedOut(
                self.address,
                f"no answer came within {self.timeout:g} s",
                next_step="check whether the server hangs, or allow a longer --timeout",
            )
        if status is grpc.StatusCode.UNIMPLEMENTED:
            return NotServed(
                self.address,
                "the server does not serve this service",
                found=found,
                next_step="ask over another API: Dikastes serves v2alpha since Calico 3.2, v2 since 3.8, v3 since 3.20",
            )
        if status is grpc.StatusCode.UNAVAILABLE:
            return self._unreachable(found)
        return Failed(self.address, status.name, found)

    def _unreachable(self, found: str) -> CallFailed:
        wrong = self.address.path and addresses.not_a_socket(self.address.path)
        if wrong:
            return wrong
        if any(sign in found for sign in _NOT_HTTP2):
            return NotHttp2(
                self.address,
                "the server there is not a gRPC server: it does not speak HTTP/2",
                found=found,
                next_step="check whether it is an HTTP/1 server, or one that expects TLS",
            )
        return Unreachable(
            self.address,
            "nothing answers there",
            found=found,
            next_step="start the server, or correct the address",
        )


def _note_end(ends: SimpleQueue[tuple[int, float]], index: int, _: grpc.Future[bytes]) -> None:
    ends.put((index, time.perf_counter()))
