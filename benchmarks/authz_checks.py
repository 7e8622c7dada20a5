"""Checks per second of the stand-in authorization server, beside a bare grpcio server that echoes the same bytes.

python benchmarks/authz_checks.py [--checks 10000] [--clients 32] [--rounds 5]

Each server is a process of its own; the same clients load them in turn, so that both meet the same machine.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import grpc

from manifestgen.authz.contract import service
from manifestgen.authz.request import make_request
from manifestgen.authz.rules import AuthorizationRule, PathMatch, Rules
from manifestgen.authz.server import serving

CALLER = "spiffe://cluster.local/ns/default/sa/customer"
RULES = Rules(
    rules=(
        AuthorizationRule(name="admin", action="deny", paths=(PathMatch("/admin", prefix=True),)),
        AuthorizationRule(
            name="read",
            action="allow",
            methods=frozenset({"GET"}),
            paths=(PathMatch("/public", prefix=True),),
            principals=frozenset({CALLER}),
        ),
    )
)
REQUEST = make_request(path="/public/a?b=c", source_principal=CALLER, host="summary").SerializeToString()
PATH = f"/{service('v3')}/Check"


@contextmanager
def echoing(address: str) -> Iterator[str]:
    """A bare server: the bytes of the request are the response."""
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(lambda request, _: request)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service("v3"), {"Check": handler}),))
        server.add_insecure_port(address)
        server.start()
        yield address
        server.stop(0).wait()


def standing_in(address: str) -> AbstractContextManager[object]:
    """The stand-in server."""
    return serving(RULES, address)


SERVERS: dict[str, Callable[[str], AbstractContextManager[object]]] = {"echo": echoing, "stand-in": standing_in}


def serve(name: str, address: str) -> None:
    """Serve until SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with SERVERS[name](address):
        print("ready", flush=True)
        signal.sigwait({signal.SIGTERM})


@contextmanager
def process(name: str, address: str) -> Iterator[None]:
    """A server in a process of its own."""
    words = [sys.executable, __file__, "--serve", name, address]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout
            assert child.stdout.readline() == b"ready\n"
            yield
        finally:
            child.terminate()


def rate(address: str, checks: int, clients: int) -> float:
    """Checks per second of clients that each ask one after the other over a connection of their own."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.insecure_channel(address, options) for _ in range(clients)]
    calls: list[grpc.UnaryUnaryMultiCallable[bytes, bytes]] = [channel.unary_unary(PATH) for channel in channels]
    for call in calls:
        call(REQUEST, timeout=10)

    def ask(call: grpc.UnaryUnaryMultiCallable[bytes, bytes]) -> None:
        for _ in range(checks // clients):
            call(REQUEST, timeout=10)

    with ThreadPoolExecutor(clients) as pool:
        start = time.perf_counter()
        list(pool.map(ask, calls))
        seconds = time.perf_counter() - start
    for channel in channels:
        channel.close()
    return checks // clients * clients / seconds


def main() -> None:
    """Measure, and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(*given.serve)
        return
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    with tempfile.TemporaryDirectory() as directory:
        addresses = {name: f"unix:{directory}/{name}" for name in SERVERS}
        with process("echo", addresses["echo"]), process("stand-in", addresses["stand-in"]):
            for _ in range(given.rounds):
                for name, address in addresses.items():
                    rates[name].append(rate(address, given.checks, given.clients))
    for name, found in rates.items():
        low, middle, high = min(found), statistics.median(found), max(found)
        print(f"{name:9} {middle:7.0f} checks/s  (min {low:.0f}, max {high:.0f}, {given.rounds} rounds)")
    ratio = statistics.median(rates["stand-in"]) / statistics.median(rates["echo"])
    print(f"stand-in / echo: {ratio:.2f}")


if __name__ == "__main__":
    main()
