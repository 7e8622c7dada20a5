"""Unusual features of a check request that releases of Dikastes treat differently."""

from __future__ import annotations

from manifestgen.authz.contract import service_account
from manifestgen.authz.matching import normalized
from manifestgen.authz.stubs.check_pb2 import CheckRequest, SocketAddress


def features_of(request: CheckRequest) -> tuple[str, ...]:
    """The features of a request, by their names in `dikastes.yaml`."""
    attributes = request.attributes
    principals = (attributes.source.principal, attributes.destination.principal)
    has_http = attributes.request.HasField("http")
    path = attributes.request.http.path
    udp = attributes.destination.address.socket_address.protocol == SocketAddress.UDP
    found = {
        "plain-text": not attributes.source.principal,
        "not-spiffe": any(one and service_account(one) is None for one in principals),
        "without-http": not has_http,
        "without-destination": not attributes.HasField("destination"),
        "path-not-absolute": has_http and not path.startswith("/"),
        "path-not-normalized": has_http and path.startswith("/") and normalized(path) is None,
        "udp": udp,
    }
    return tuple(name for name, present in found.items() if present)
