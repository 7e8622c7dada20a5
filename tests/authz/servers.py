"""Servers for the client to meet: those that keep the contract, and those that do not."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc

Reply = Callable[[bytes], bytes | grpc.StatusCode]
"""From the bytes of a request to those of a response, or the gRPC status that the call fails with."""


def handler(reply: Reply | bytes) -> grpc.RpcMethodHandler[bytes, bytes]:
    """A method that replies."""

    def call(request: bytes, context: grpc.ServicerContext) -> bytes:
        answer = reply if isinstance(reply, bytes) else reply(request)
        if isinstance(answer, bytes):
            return answer
        return context.abort(answer, "the server\n\x1b[31mfails")

    return grpc.unary_unary_rpc_method_handler(call)


@contextmanager
def replying(
    path: Path,
    reply: Reply | bytes,
    apis: tuple[str, ...] = ("v2alpha", "v2", "v3"),
    health: Reply | bytes | None = None,
) -> Iterator[str]:
    """A gRPC server that answers checks with any bytes; yields its address."""
    services = {f"envoy.service.auth.{api}.Authorization": {"Check": handler(reply)} for api in apis}
    if health is not None:
        services["dikastes.Healthz"] = {"CheckReadiness": handler(health), "CheckLiveness": handler(health)}
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        for name, methods in services.items():
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, methods),))
        server.add_insecure_port(f"unix:{path}")
        server.start()
        try:
            yield f"unix://{path}"
        finally:
            server.stop(0).wait()


@contextmanager
def http1() -> Iterator[str]:
    """A server that speaks HTTP/1 alone."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silent() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def noise() -> Iterator[str]:
    """A port that says bytes which are no protocol, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.sendall(b"\x00\xff\x00 noise " * 50)

        thread = threading.Thread(target=speak)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
