"""Making a check request from plain values."""

from __future__ import annotations

from collections.abc import Mapping

from manifestgen.authz.stubs.check_pb2 import Address, AttributeContext, CheckRequest, Pipe, SocketAddress
from manifestgen.errors import ManifestgenError


class RequestNotEncodable(ManifestgenError):
    """A value does not fit its field in the request."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "the check request cannot be written", found=why, next_step="text is UTF-8, a port is 0 to 65535"
        )


def make_request(
    *,
    method: str | None = "GET",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    host: str = "",
    scheme: str = "http",
    protocol: str = "HTTP/1.1",
    body: str = "",
    source_principal: str = "",
    source_address: str = "",
    source_port: int = 0,
    source_labels: Mapping[str, str] | None = None,
    destination_principal: str = "",
    destination_address: str = "",
    destination_port: int = 0,
    destination_labels: Mapping[str, str] | None = None,
    with_source: bool = True,
    with_destination: bool = True,
    transport: str = "TCP",
    context_extensions: Mapping[str, str] | None = None,
) -> CheckRequest:
    """The check request that Envoy would send for one HTTP request or TCP connection.

    Args:
        method: such as `GET`; None for a request without HTTP, as a network (TCP) filter sends it.
        path: with the query, as on the request line.
        headers: HTTP headers; names are sent in lower case.
        host: the Host header or `:authority`.
        scheme: `http` or `https`.
        protocol: such as `HTTP/1.1` or `HTTP/2`.
        body: the request's body; Envoy sends it only if configured to.
        source_principal: the identity in the caller's certificate (first URI, else first DNS name, else subject);
            empty in plain text.
        source_address: the caller's IP address, or the path of a Unix socket.
        source_port: the caller's TCP port.
        source_labels: the caller's labels.
        destination_principal: the identity of the called workload, as above.
        destination_address: the called workload's IP address, or the path of a Unix socket.
        destination_port: the called workload's TCP port.
        destination_labels: the called workload's labels.
        with_source: whether the request has the caller as a peer; Envoy always sends it.
        with_destination: whether the request has the called workload as a peer; Envoy always sends it.
        transport: `TCP` or `UDP`, of the destination's address.
        context_extensions: what the route adds for the authorization server.

    Raises:
        RequestNotEncodable: a value does not fit its field.
    """
    try:
        context = AttributeContext(context_extensions=context_extensions)
        if with_source:
            context.source.CopyFrom(_peer(source_principal, source_address, source_port, source_labels))
        if with_destination:
            peer = _peer(destination_principal, destination_address, destination_port, destination_labels)
            if transport != "TCP":
                peer.address.socket_address.protocol = SocketAddress.Protocol.Value(transport)
            context.destination.CopyFrom(peer)
        if method is not None:
            context.request.http.CopyFrom(
                AttributeContext.HttpRequest(
                    method=method,
                    path=path,
                    headers={name.lower(): value for name, value in (headers or {}).items()},
                    host=host,
                    scheme=scheme,
                    protocol=protocol,
                    body=body,
                    size=len(body.encode()),
                )
            )
        return CheckRequest(attributes=context)
    except (TypeError, ValueError) as error:
        raise RequestNotEncodable(str(error)) from error


def _peer(principal: str, address: str, port: int, labels: Mapping[str, str] | None) -> AttributeContext.Peer:
    peer = AttributeContext.Peer(principal=principal, labels=labels)
    if address.startswith("/"):
        peer.address.CopyFrom(Address(pipe=Pipe(path=address)))
    elif address or port:
        peer.address.socket_address.CopyFrom(SocketAddress(address=address, port_value=port))
    return peer
