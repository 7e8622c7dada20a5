"""Run as a process: a server that allows everything and, like Dikastes, crashes at one request over v2alpha or v2.

python -m tests.authz.dying SOCKET HEX APIS
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.message import DecodeError

from manifestgen.authz.stubs.check_pb2 import CheckRequest, CheckResponse, Status

ALLOW = CheckResponse(status=Status()).SerializeToString()
HEALTHY = b"\x08\x01"


def main(path: str, fatal: str, apis: str) -> None:
    """Serve until killed, or until the fatal request."""

    def handler(api: str) -> grpc.RpcMethodHandler[bytes, bytes]:
        def call(request: bytes, context: grpc.ServicerContext) -> bytes:
            if api != "v3" and request == bytes.fromhex(fatal):
                os._exit(2)
            try:
                return ALLOW if CheckRequest.FromString(request) is not None else b""
            except DecodeError:
                return context.abort(grpc.StatusCode.INTERNAL, "error unmarshalling request")

        return grpc.unary_unary_rpc_method_handler(call)

    server = grpc.server(ThreadPoolExecutor(4))
    for api in apis.split(","):
        name = f"envoy.service.auth.{api}.Authorization"
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"Check": handler(api)}),))
    health: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(lambda *_: HEALTHY)
    methods = {"CheckReadiness": health, "CheckLiveness": health}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("dikastes.Healthz", methods),))
    server.add_insecure_port(f"unix:{path}")
    server.start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
