"""Calls through an Envoy, and what it counts of them."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl

from tests.support.envoy import Envoy


def get(envoy: Envoy, target: str, method: str = "GET", tls: ssl.SSLContext | None = None, body: str = "") -> int:
    """The status of an HTTP request through Envoy."""
    address = ("127.0.0.1", envoy.port("http"))
    connection = (
        http.client.HTTPSConnection(*address, timeout=10, context=tls)
        if tls
        else http.client.HTTPConnection(*address, timeout=10)
    )
    connection.request(method, target, body or None)
    status = connection.getresponse().status
    connection.close()
    return status


def passes(envoy: Envoy, tls: ssl.SSLContext | None = None) -> bool:
    """Whether bytes go through Envoy to the application and back."""
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", envoy.port("tcp")), timeout=10))
        try:
            if tls:
                connection = stack.enter_context(tls.wrap_socket(connection))
            connection.sendall(b"hello")
            return connection.recv(16) == b"hello"
        except (ConnectionError, ssl.SSLError):
            return False


def counts(envoy: Envoy, prefix: str) -> dict[str, int]:
    """What a filter counts of: yes, no, nobody answered, and let through though nobody answered; zeros left out."""
    names = ("ok", "denied", "error", "failure_mode_allowed")
    found = envoy.stats(prefix)
    return {name: count for name in names if (count := found.get(f"{prefix}.{name}", 0))}
