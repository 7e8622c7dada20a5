"""The contract's cases as values; as data they are in `profiles/authz/cases.yaml`, which explains their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from manifestgen.authz.contract import APIS, CODES
from manifestgen.authz.request import RequestNotEncodable, make_request
from manifestgen.authz.strict import Path, Reader, Where

KIND = "AuthorizationCases"
REQUIRED, WISHED = "required", "wished"
"""What a slow answer means: the case fails, or the report says it."""


@attrs.frozen(kw_only=True)
class Expectation:
    """What is expected of every answer to a case; None or false where it does not matter.

    Attributes:
        answer: `response`, or `any` where a gRPC status will do in its place.
        codes: names of the codes that will do.
        allowed: whether Envoy would let the request pass.
        coherent: what the answer says beside its code agrees with it.
        as_ordinary: the code is the one that the ordinary request gets.
        same_apis: the code is the same over every API.
        still_answers: the ordinary request gets a response afterwards.
        in_time: 99 of 100 answers come while Envoy waits: `required`, `wished` or empty.
    """

    answer: str = "response"
    codes: tuple[str, ...] | None = None
    allowed: bool | None = None
    coherent: bool = False
    as_ordinary: bool = False
    same_apis: bool = False
    still_answers: bool = False
    in_time: str = ""


@attrs.frozen(kw_only=True)
class Case:
    """One case of the contract.

    Attributes:
        name: what reports call it.
        rule: what is asked of a server, in a sentence.
        reason: why.
        wire: the bytes of the request.
        times: how often it is asked.
        at_once: how many are asked together.
        destructive: over these APIs it has ended real servers.
        health: whether dikastes.Healthz is asked instead.
        expect: what is expected.
    """

    name: str
    rule: str
    reason: str
    wire: bytes
    times: int = 1
    at_once: int = 1
    destructive: tuple[str, ...] = ()
    health: bool = False
    expect: Expectation = Expectation()


@attrs.frozen
class Suite:
    """All cases.

    Attributes:
        cases: in the order in which they are run.
        ordinary: the bytes of the ordinary request, which others are compared with.
    """

    cases: tuple[Case, ...]
    ordinary: bytes


_CASE = ("name", "rule", "reason", "request", "wire", "append", "times", "at_once", "destructive", "health", "expect")
_FLAGS = ("allowed", "coherent", "as_ordinary", "same_apis", "still_answers")


def read_suite(body: Any, where: Where) -> Suite:
    """The cases of a parsed cases.yaml, strictly.

    Args:
        body: the document.
        where: the place of each value in it.

    Raises:
        Failures, or the only failure: every mistake, each at its place.
    """
    reader = Reader(where)
    found = reader.header(body, KIND, ("ordinary", "cases"))
    ordinary = found.get("ordinary", {})
    wire = _request(reader, ordinary, ("ordinary",))
    cases = tuple(_case(reader, entry, path, ordinary) for entry, path in reader.items(found.get("cases"), ("cases",)))
    reader.gathered.raise_all()
    return Suite(cases, wire)


def _case(reader: Reader, entry: Any, path: Path, ordinary: Any) -> Case:
    found = reader.mapping(entry, path, _CASE, ("name", "rule", "reason"))
    if "wire" in found:
        wire = _hex(reader, found["wire"], (*path, "wire"))
    else:
        changes = found.get("request", {})
        both = {**ordinary, **changes} if isinstance(ordinary, dict) and isinstance(changes, dict) else changes
        wire = _request(reader, both, (*path, "request")) + _hex(reader, found.get("append", ""), (*path, "append"))
    return Case(
        name=reader.field(found, path, "name", reader.text, ""),
        rule=reader.field(found, path, "rule", reader.text, ""),
        reason=reader.field(found, path, "reason", reader.text, ""),
        wire=wire,
        times=reader.field(found, path, "times", reader.number, 1),
        at_once=reader.field(found, path, "at_once", reader.number, 1),
        destructive=reader.field(found, path, "destructive", reader.some_of(*APIS), ()),
        health=reader.field(found, path, "health", reader.flag, False),
        expect=_expectation(reader, found.get("expect", {}), (*path, "expect")),
    )


def _expectation(reader: Reader, entry: Any, path: Path) -> Expectation:
    found = reader.mapping(entry, path, ("answer", "codes", "in_time", *_FLAGS))
    return Expectation(
        answer=reader.field(found, path, "answer", reader.one_of("response", "any"), "response"),
        codes=reader.field(found, path, "codes", reader.some_of(*CODES), None),
        in_time=reader.field(found, path, "in_time", reader.one_of(REQUIRED, WISHED), ""),
        **{name: reader.flag(found[name], (*path, name)) for name in _FLAGS if name in found},
    )


def _request(reader: Reader, values: Any, path: Path) -> bytes:
    if not isinstance(values, Mapping):
        reader.wrong(path, "expected a mapping with the values of a request", values)
        return b""
    try:
        return make_request(**values).SerializeToString(deterministic=True)
    except (RequestNotEncodable, TypeError) as error:
        reader.wrong(path, "these are no values of a request", str(error))
        return b""


def _hex(reader: Reader, value: Any, path: Path) -> bytes:
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError):
        reader.wrong(path, "expected bytes in hex", value)
        return b""
