"""A sidecar as Istio would make it of a bundle: its filters, its cluster, and two listeners for what comes in."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifestgen import Bundle

SOCKET = "unix:///var/run/dikastes/dikastes.sock"
"""Where Dikastes listens in every pod."""

_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_MANAGER = "envoy.filters.network.http_connection_manager"
_HTTP2 = {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": f"{_EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
}

Filter = dict[str, Any]


def typed(name: str, extension: str, **values: Any) -> Filter:
    """A filter of Envoy's configuration."""
    return {"name": name, "typed_config": {"@type": f"{_EXTENSIONS}.{extension}", **values}}


def configuration(
    bundle: Bundle,
    socket: Path,
    *,
    tls: Filter | None = None,
    before: tuple[Filter, ...] = (),
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Envoy's static configuration: listeners `http` and `tcp` with the bundle's filters in the places they name.

    Args:
        bundle: with the component policy, for Istio 1.9 or newer.
        socket: stands for the path of the ServiceEntry, which no test can use.
        tls: the transport socket of both listeners.
        before: HTTP filters of Istio's own, before the router.
        labels: of the pod; by default one that the filter selects.
    """
    objects = {resource.id.kind: resource.body for resource in bundle}
    spec = objects["EnvoyFilter"]["spec"]
    selected = spec.get("workloadSelector", {}).get("labels", {})
    fits = labels is None or selected.items() <= labels.items()
    patches = spec["configPatches"] if fits else []
    dikastes = []
    if any(patch["applyTo"] == "CLUSTER" for patch in patches):
        dikastes.append(_own_cluster(patches, socket))
    elif patches:
        dikastes.append(_dikastes(objects["ServiceEntry"], objects["DestinationRule"], socket))
    router = typed("envoy.filters.http.router", "filters.http.router.v3.Router")
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "passed"}}}
    hosts = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}
    extension = "filters.network.http_connection_manager.v3.HttpConnectionManager"
    manager = typed(_MANAGER, extension, stat_prefix="inbound", route_config=hosts)
    manager["typed_config"]["http_filters"] = _patched([*before, router], patches, "HTTP_FILTER")
    proxy = typed("envoy.filters.network.tcp_proxy", "filters.network.tcp_proxy.v3.TcpProxy")
    proxy["typed_config"] |= {"stat_prefix": "inbound", "cluster": "application"}
    listeners = [
        _listener("http", _patched([manager], patches, "NETWORK_FILTER"), tls),
        _listener("tcp", _patched([proxy], patches, "NETWORK_FILTER"), tls),
        # Behind the TCP listener: an application that says everything back.
        _listener("application", [typed("envoy.filters.network.echo", "filters.network.echo.v3.Echo")], None),
    ]
    listeners[2]["address"] = {"pipe": {"path": str(socket.with_suffix(".app"))}}
    application = _cluster("application", socket.with_suffix(".app"))
    return {
        "static_resources": {
            "listeners": listeners,
            "clusters": [*dikastes, application],
        }
    }


def _patched(filters: list[Filter], patches: list[dict[str, Any]], apply_to: str) -> list[Filter]:
    """Filters of a chain after an EnvoyFilter, as pilot's listener_patch.go inserts them."""
    present = list(filters)
    for patch in patches:
        match = patch["match"]
        if patch["applyTo"] != apply_to or match["context"] != "SIDECAR_INBOUND":
            continue
        named = match["listener"]["filterChain"]["filter"]
        if apply_to == "HTTP_FILTER":
            assert named["name"] == _MANAGER
            named = named.get("subFilter", {})
        assert patch["patch"]["operation"] == "INSERT_BEFORE"
        names = [one["name"] for one in present]
        if "name" not in named:
            present.insert(0, copy.deepcopy(patch["patch"]["value"]))
        elif named["name"] in names:
            present.insert(names.index(named["name"]), copy.deepcopy(patch["patch"]["value"]))
    return present


def _listener(name: str, filters: list[Filter], tls: Filter | None) -> dict[str, Any]:
    chain = {"filters": filters} | ({"transport_socket": tls} if tls else {})
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    return {"name": name, "address": address, "filter_chains": [chain]}


def _own_cluster(patches: list[dict[str, Any]], socket: Path) -> dict[str, Any]:
    """The cluster that an EnvoyFilter adds to a sidecar, as pilot's cluster_patch.go adds it."""
    (cluster,) = (
        copy.deepcopy(patch["patch"]["value"])
        for patch in patches
        if patch["applyTo"] == "CLUSTER"
        and patch["match"] == {"context": "SIDECAR_INBOUND"}
        and patch["patch"]["operation"] == "ADD"
    )
    pipe = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["pipe"]
    assert f"unix://{pipe['path']}" == SOCKET
    pipe["path"] = str(socket)
    found: dict[str, Any] = cluster
    return found


def _dikastes(entry: dict[str, Any], rule: dict[str, Any], socket: Path) -> dict[str, Any]:
    """The cluster that Istio makes of the ServiceEntry, named by host and port."""
    (host,), (port,), (endpoint,) = (entry["spec"][member] for member in ("hosts", "ports", "endpoints"))
    assert entry["spec"]["resolution"] == "STATIC"
    assert endpoint == {"address": SOCKET}
    assert rule["spec"] == {"host": host, "trafficPolicy": {"tls": {"mode": "DISABLE"}}}
    cluster = _cluster(f"outbound|{port['number']}||{host}", socket)
    # Istio speaks HTTP/2 to ports that are named or declared grpc.
    return cluster | ({"typed_extension_protocol_options": _HTTP2} if port["protocol"] == "grpc" else {})


def _cluster(name: str, path: Path) -> dict[str, Any]:
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": str(path)}}}}]}]
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": endpoints},
    }
