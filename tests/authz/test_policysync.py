from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from manifestgen.authz.stubs import policysync_pb2, policysync_pb2_grpc
from manifestgen.authz.stubs.policysync_pb2 import PolicyID, ToDataplane
from tests.authz.data import cases

FELIX = {case["name"]: bytes.fromhex(case["hex"]) for case in cases("policysync.yaml")}
OLD = FELIX["the pod's endpoint from Felix v3.9 to v3.31, whose tiers name policies"]
NEW = FELIX["the pod's endpoint from Felix v3.32, whose tiers hold PolicyID messages"]


def test_the_policies_of_a_tier_are_read_from_every_release() -> None:
    """Names up to v3.31 and PolicyID messages from v3.32 come whole from the same field."""
    (old,) = ToDataplane.FromString(OLD).workload_endpoint_update.endpoint.tiers
    (new,) = ToDataplane.FromString(NEW).workload_endpoint_update.endpoint.tiers
    assert list(old.ingress_policies) == [b"allow-get"]
    assert list(old.egress_policies) == [b"allow-out"]
    policy = PolicyID.FromString(new.ingress_policies[0])
    assert (policy.name, policy.namespace, policy.kind) == ("allow-get", "default", "NetworkPolicy")
    assert new.default_action == "Pass"


def test_what_dikastes_does_not_read_is_kept() -> None:
    """A route update of a newer Felix is no known payload, and is not lost."""
    route = bytes.fromhex("ba01021801")
    message = ToDataplane.FromString(route)
    assert message.WhichOneof("payload") is None
    assert message.SerializeToString() == route


class Felix(policysync_pb2_grpc.PolicySyncServicer):
    """A Felix that streams a snapshot."""

    def Sync(self, *_: Any) -> Iterator[ToDataplane]:  # noqa: N802
        """Every message of the table cases."""
        return map(ToDataplane.FromString, FELIX.values())


def test_the_stubs_stream_a_snapshot_over_a_socket(sockets: Path) -> None:
    """What a server of the stubs sends on /felix.PolicySync/Sync arrives byte for byte and in order."""
    with ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        policysync_pb2_grpc.add_PolicySyncServicer_to_server(Felix(), server)
        server.add_insecure_port(f"unix:{sockets}/felix")
        server.start()
        with grpc.insecure_channel(f"unix:{sockets}/felix") as channel:
            stream = policysync_pb2_grpc.PolicySyncStub(channel).Sync(policysync_pb2.SyncRequest(), timeout=5)
            received = [message.SerializeToString(deterministic=True) for message in stream]
            ask: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream("/felix.PolicySync/Sync")
            raw = ask(b"", timeout=5)
            assert len(list(raw)) == len(FELIX)
        server.stop(0).wait()
    assert received == list(FELIX.values())
