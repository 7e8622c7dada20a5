from __future__ import annotations

import http.client
import socket
from pathlib import Path
from typing import Any

from manifestgen.authz.rules import AuthorizationRule, PathMatch, RequestSummary, Rules
from manifestgen.authz.server import serving
from manifestgen.authz.shipped import release
from tests.support.envoy import Envoy, running_envoy

CLUSTER = "outbound|1||dikastes.calico.cluster.local"
HTTP2 = {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
}
GET_PUBLIC = Rules(
    rules=(
        AuthorizationRule(
            name="public", action="allow", methods=frozenset({"GET"}), paths=(PathMatch("/public", prefix=True),)
        ),
    )
)
ALL = Rules(default="allow")


def typed(name: str, extension: str, **values: Any) -> dict[str, Any]:
    """A filter of Envoy's configuration."""
    config = {"@type": f"type.googleapis.com/envoy.extensions.{extension}", **values}
    return {"name": name, "typed_config": config}


def listener(name: str, *filters: dict[str, Any]) -> dict[str, Any]:
    """A listener on a free port of the loopback interface."""
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    return {"name": name, "address": address, "filter_chains": [{"filters": list(filters)}]}


def config(path: Path) -> dict[str, Any]:
    """An Envoy that asks the server at a socket, with the filters' values as Calico publishes them."""
    # Envoy would wait 200 ms, which a busy machine may need.
    grpc_service = {"envoy_grpc": {"cluster_name": CLUSTER}, "timeout": "60s"}
    ask = {"transport_api_version": "V3", "grpc_service": grpc_service}
    http_filter = typed("envoy.filters.http.ext_authz", "filters.http.ext_authz.v3.ExtAuthz", **ask)
    router = typed("envoy.filters.http.router", "filters.http.router.v3.Router")
    route = {
        "match": {"prefix": "/"},
        "direct_response": {"status": 200, "body": {"inline_string": "passed"}},
    }
    manager = typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="inbound",
        http_filters=[http_filter, router],
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
    )
    network_filter = typed(
        "envoy.filters.network.ext_authz",
        "filters.network.ext_authz.v3.ExtAuthz",
        stat_prefix="dikastes",
        **ask,
    )
    echo = typed("envoy.filters.network.echo", "filters.network.echo.v3.Echo")
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(path)}}}}
    cluster = {
        "name": CLUSTER,
        "type": "STATIC",
        "typed_extension_protocol_options": HTTP2,
        "load_assignment": {"cluster_name": CLUSTER, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    listeners = [listener("http", manager), listener("tcp", network_filter, echo)]
    return {"static_resources": {"listeners": listeners, "clusters": [cluster]}}


def get(envoy: Envoy, method: str, path: str) -> int:
    """The status of an HTTP request through Envoy."""
    connection = http.client.HTTPConnection("127.0.0.1", envoy.port("http"), timeout=60)
    connection.request(method, path)
    status = connection.getresponse().status
    connection.close()
    return status


def echoed(envoy: Envoy) -> bytes:
    """What comes back of a TCP connection through Envoy: nothing when it was closed."""
    with socket.create_connection(("127.0.0.1", envoy.port("tcp")), timeout=60) as connection:
        connection.sendall(b"hello")
        try:
            return connection.recv(16)
        except ConnectionResetError:
            return b""


def ext_authz(envoy: Envoy, prefix: str) -> dict[str, int]:
    """How often a filter was told yes or no, and how often nobody told it."""
    found = envoy.stats(prefix)
    return {name: found[f"{prefix}.{name}"] for name in ("ok", "denied", "error")}


def test_envoy_does_as_the_stand_in_says_over_http_and_tcp(tmp_path: Path) -> None:
    """A real Envoy passes what the rules allow and denies the rest, and counts no error while a server answers."""
    path = tmp_path / "dikastes.sock"
    with running_envoy(config(path), tmp_path) as envoy:
        with serving(GET_PUBLIC, f"unix://{path}", release=release("3.29")):
            assert get(envoy, "GET", "/public/a?b=c") == 200
            assert get(envoy, "POST", "/public/a") == 403
            assert get(envoy, "GET", "/private") == 403
            assert echoed(envoy) == b""
        assert ext_authz(envoy, "http.inbound.ext_authz") == {"ok": 1, "denied": 2, "error": 0}
        assert ext_authz(envoy, "ext_authz.dikastes") == {"ok": 0, "denied": 1, "error": 0}
        with serving(ALL, f"unix://{path}"):
            assert get(envoy, "POST", "/private") == 200
            assert echoed(envoy) == b"hello"
        assert get(envoy, "GET", "/public/a") == 403
        assert ext_authz(envoy, "http.inbound.ext_authz") == {"ok": 2, "denied": 2, "error": 1}
        assert ext_authz(envoy, "ext_authz.dikastes") == {"ok": 1, "denied": 1, "error": 0}


def test_what_envoy_asks_is_in_the_fields_of_the_contract(tmp_path: Path) -> None:
    """The stand-in reads from a real Envoy's request the method, the path with its query, and no principal."""
    seen: list[RequestSummary] = []
    path = tmp_path / "dikastes.sock"
    with (
        running_envoy(config(path), tmp_path) as envoy,
        serving(ALL, f"unix://{path}", on_decision=lambda asked, _: seen.append(asked)),
    ):
        assert get(envoy, "PUT", "/a/b?c=d") == 200
        assert echoed(envoy) == b"hello"
    assert seen == [RequestSummary(method="PUT", path="/a/b?c=d"), RequestSummary()]


def test_http_rules_let_tcp_through_from_3_32_on(tmp_path: Path) -> None:
    """A connection without HTTP matches every HTTP condition there; up to 3.29 it is closed."""
    path = tmp_path / "dikastes.sock"
    with running_envoy(config(path), tmp_path) as envoy:
        for calico, expected in (("3.24", b""), ("3.29", b""), ("3.32", b"hello")):
            with serving(GET_PUBLIC, f"unix://{path}", release=release(calico)):
                assert echoed(envoy) == expected, calico


def test_a_detour_that_envoy_passes_on_is_stopped_by_normalized_paths_only(tmp_path: Path) -> None:
    """Raw comparison lets `..%2f` out of a prefix; from 3.32 on it does not."""
    path = tmp_path / "dikastes.sock"
    with running_envoy(config(path), tmp_path) as envoy:
        for calico, expected in (("3.29", 200), ("3.32", 403)):
            with serving(GET_PUBLIC, f"unix://{path}", release=release(calico)):
                for detour in ("/public/..%2fadmin", "/public/%252e%252e/admin", "/public/..;/admin"):
                    assert get(envoy, "GET", detour) == expected, (calico, detour)
