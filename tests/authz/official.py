"""Run by an environment that has xds-protos: Envoy's own messages, described, written and read. JSON in, JSON out.

In: {"describe": [message], "encode": [[message, values]], "decode": [[message, hex]], "services": [name]}.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from google.protobuf import descriptor_pool, json_format, message_factory

for version in ("v2", "v2alpha", "v3"):  # importing a module adds its messages to the pool
    import_module(f"envoy.service.auth.{version}.external_auth_pb2")
POOL = descriptor_pool.Default()


def describe(name: str, known: dict[str, Any]) -> dict[str, Any]:
    """The fields by number of a message and of every message in it."""
    if name not in known:
        message = POOL.FindMessageTypeByName(name)
        known[name] = {}
        for field in message.fields:
            inner = field.message_type.full_name if field.message_type else ""
            known[name][str(field.number)] = {
                "name": field.name,
                "type": field.type,
                "repeated": field.is_repeated,
                "message": inner,
                "oneof": field.containing_oneof.name if field.containing_oneof else "",
                "enum": {value.name: value.number for value in field.enum_type.values} if field.enum_type else {},
            }
            if inner:
                describe(inner, known)
    return known


def encode(name: str, values: Any) -> str:
    """The bytes of a message, in hex."""
    message = message_factory.GetMessageClass(POOL.FindMessageTypeByName(name))()
    return json_format.ParseDict(values, message).SerializeToString(deterministic=True).hex()


def decode(name: str, wire: str) -> Any:
    """The values of a message."""
    message = message_factory.GetMessageClass(POOL.FindMessageTypeByName(name)).FromString(bytes.fromhex(wire))
    return json_format.MessageToDict(message, preserving_proto_field_name=True, use_integers_for_enums=True)


def main() -> None:
    """Answer one document."""
    asked = json.load(sys.stdin)
    described: dict[str, Any] = {}
    for name in asked.get("describe", []):
        describe(name, described)
    methods = {
        service: {m.name: [m.input_type.full_name, m.output_type.full_name] for m in found.methods}
        for service in asked.get("services", [])
        if (found := POOL.FindServiceByName(service))
    }
    encoded = [encode(*entry) for entry in asked.get("encode", [])]
    decoded = [decode(*entry) for entry in asked.get("decode", [])]
    json.dump({"describe": described, "services": methods, "encode": encoded, "decode": decoded}, sys.stdout)


if __name__ == "__main__":
    main()
