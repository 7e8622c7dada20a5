from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from manifestgen.authz import contract
from manifestgen.authz.stubs import (
    authorization_v2_pb2,
    authorization_v2alpha_pb2,
    authorization_v3_pb2,
    check_pb2,
    health_pb2,
    healthz_pb2,
)
from tests.authz.data import cases
from tests.support.environments import ROOT, environment

PROTOS = ROOT / "manifestgen" / "authz" / "protos"
STUBS = ROOT / "manifestgen" / "authz" / "stubs"
WIRE = cases("wire.yaml")


def named(entries: list[dict[str, Any]]) -> pytest.MarkDecorator:
    """A parameter per table case, called by the case's name."""
    return pytest.mark.parametrize("case", entries, ids=[entry["name"] for entry in entries])


def wire(case: dict[str, Any]) -> bytes:
    """The golden bytes of a case."""
    return bytes.fromhex(case["hex"])


@named(WIRE)
def test_messages_have_the_golden_bytes(case: dict[str, Any]) -> None:
    """Values written give the golden bytes, and the golden bytes read give the values: the wire does not change."""
    kind = getattr(check_pb2, case["message"])
    message = json_format.ParseDict(case["values"], kind())
    assert message.SerializeToString(deterministic=True) == wire(case)
    assert kind.FromString(wire(case)) == message


def test_health_has_the_golden_bytes() -> None:
    """A healthy answer is field 1 set; an unhealthy one, and the request, are empty."""
    assert health_pb2.HealthCheckRequest().SerializeToString() == b""
    assert health_pb2.HealthCheckResponse(healthy=True).SerializeToString() == b"\x08\x01"
    assert health_pb2.HealthCheckResponse(healthy=False).SerializeToString() == b""


def test_the_stubs_have_the_paths_that_are_on_the_wire() -> None:
    """The services have Envoy's and Dikastes' packages, so that client and server call the same paths."""
    modules = (authorization_v2alpha_pb2, authorization_v2_pb2, authorization_v3_pb2)
    names = [module.DESCRIPTOR.services_by_name["Authorization"].full_name for module in modules]
    assert names == [contract.service(api) for api in contract.APIS]
    assert healthz_pb2.DESCRIPTOR.services_by_name["Healthz"].full_name == contract.HEALTHZ == "dikastes.Healthz"
    messages = [module.DESCRIPTOR.package for module in (check_pb2, health_pb2)]
    assert messages == ["manifestgen.authz"] * 2, "so that the protos of Envoy and Calico load beside them"


def test_fields_of_a_newer_envoy_survive_reading_and_writing() -> None:
    """Unknown fields at every level are kept with their values."""
    unknown = bytes.fromhex("0a1162050a03736e6922081206ca3e03616263c03e01")
    message = check_pb2.CheckRequest.FromString(unknown)
    assert b"sni" in message.SerializeToString()
    assert check_pb2.CheckRequest.FromString(message.SerializeToString()) == message
    assert sorted(message.SerializeToString()) == sorted(unknown)


@pytest.mark.slow
def test_regenerating_gives_the_same_stubs(tmp_path: Path) -> None:
    """`make stubs` would change no byte: the stubs are those of the .proto files."""
    lines = (PROTOS / "requirements.txt").read_text().splitlines()
    python = environment("stubs", *(line for line in lines if line and not line.startswith("#")))
    subprocess.run([python, PROTOS / "generate.py", tmp_path], check=True, capture_output=True)
    made = tmp_path / "manifestgen" / "authz" / "stubs"
    assert {file.name for file in made.iterdir()} | {"__init__.py"} == {file.name for file in STUBS.glob("*.py*")}
    changed = [file.name for file in made.iterdir() if file.read_bytes() != (STUBS / file.name).read_bytes()]
    assert not changed


def test_the_stubs_load_with_the_oldest_runtimes_that_are_allowed() -> None:
    """The generated code is not newer than the lower bounds of protobuf and grpcio in setup.cfg."""
    setup = (ROOT / "setup.cfg").read_text()
    made = {
        "protobuf": re.search(r"# Protobuf Python Version: ([0-9.]+)", (STUBS / "check_pb2.py").read_text()),
        "grpcio": re.search(r"GRPC_GENERATED_VERSION = '([0-9.]+)'", (STUBS / "healthz_pb2_grpc.py").read_text()),
    }
    for package, match in made.items():
        bounds = re.findall(rf"^\s+{package} >= ([0-9.]+)", setup, re.MULTILINE)
        assert match
        assert bounds
        needed = tuple(map(int, match[1].split(".")))
        assert [bound for bound in bounds if tuple(map(int, bound.split("."))) < needed] == [], (package, match[1])


def test_every_field_of_the_protos_has_its_source_beside_it() -> None:
    """No field number without a comment that says where it is from."""
    fields = [
        line
        for file in PROTOS.glob("*.proto")
        for line in file.read_text().splitlines()
        if " = " in line and not line.lstrip().startswith(("//", "syntax"))
    ]
    assert len(fields) > 50
    assert not [line for line in fields if "; // " not in " ".join(line.split())]


def official(**asked: Any) -> Any:
    """What Envoy's own protos say, in an environment of their own."""
    python = environment("xds", "xds-protos == 1.85.0")
    script = Path(__file__).with_name("official.py")
    done = subprocess.run([python, script], input=json.dumps(asked), check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


ONLY_V3 = {"raw_body", "raw_value", "append_action", "keep_empty_value"}
SAME_BYTES = {(5, 14)}
"""Pairs of a type of ours and an official one that have the same bytes: int32 and an enum."""


def differences(message: Any, name: str, theirs: dict[str, Any], known: dict[str, set[str]]) -> list[str]:
    """Where a message of ours and everything in it is not as the official one of a name."""
    if name in known.setdefault(message.full_name, set()):
        return []
    known[message.full_name].add(name)
    found = []
    for field in message.fields:
        other = theirs[name].get(str(field.number))
        here = f"{name}.{field.number}"
        if other is None:
            found += [] if field.name in ONLY_V3 else [f"{here} {field.name}: not there"]
            continue
        if field.type != other["type"] and (field.type, other["type"]) not in SAME_BYTES:
            found.append(f"{here}: type {field.type} and {other['type']}")
        oneof = field.containing_oneof.name if field.containing_oneof else ""
        old = not hasattr(field, "is_repeated")  # protobuf before 6.31
        repeated = field.label == field.LABEL_REPEATED if old else field.is_repeated
        ours = {"name": field.name, "repeated": repeated, "oneof": oneof}
        found += [f"{here}: {key} {ours[key]} and {other[key]}" for key in ours if ours[key] != other[key]]
        if field.enum_type:
            values = {value.name: value.number for value in field.enum_type.values}
            found += [] if values.items() <= other["enum"].items() else [f"{here}: {values} and {other['enum']}"]
        if field.message_type and other["message"]:
            found += differences(field.message_type, other["message"], theirs, known)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("api", ["v2", "v3"])
def test_every_field_is_as_in_the_official_protos(api: str) -> None:
    """Number, name, type, repetition, oneof and enum values of every field, down to the last message."""
    names = {name: f"envoy.service.auth.{api}.{name}" for name in ("CheckRequest", "CheckResponse")}
    theirs = official(describe=list(names.values()))["describe"]
    known: dict[str, set[str]] = {}
    messages = check_pb2.DESCRIPTOR.message_types_by_name
    assert [found for ours, name in names.items() for found in differences(messages[ours], name, theirs, known)] == []
    package = check_pb2.DESCRIPTOR.package
    assert {f"{package}.{name}" for name in messages} <= known.keys(), "a message was not compared"


@pytest.mark.slow
def test_the_official_services_take_and_give_the_same_messages() -> None:
    """Check takes CheckRequest and gives CheckResponse; v2alpha uses the messages of v2."""
    services = official(services=[contract.service(api) for api in contract.APIS])["services"]
    for api, messages in {"v2alpha": "v2", "v2": "v2", "v3": "v3"}.items():
        names = [f"envoy.service.auth.{messages}.{name}" for name in ("CheckRequest", "CheckResponse")]
        assert services[contract.service(api)] == {"Check": names}


@pytest.mark.slow
@pytest.mark.parametrize("api", ["v2", "v3"])
def test_what_is_written_here_is_read_there_and_back(api: str) -> None:
    """The official messages write the golden bytes from the same values, and read the same values from them."""
    ours = [case for case in WIRE if api in case["apis"]]
    names = [f"envoy.service.auth.{api}.{case['message']}" for case in ours]
    values = [case["values"] for case in ours]
    theirs = official(
        encode=list(zip(names, values, strict=True)),
        decode=[(name, case["hex"]) for name, case in zip(names, ours, strict=True)],
    )
    assert [bytes.fromhex(text) for text in theirs["encode"]] == [wire(case) for case in ours]
    assert theirs["decode"] == values
