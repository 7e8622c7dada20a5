"""The contract's cases as values; as data they are in cases.yaml beside this module, which explains their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from manifestgen.authz.request import make_request


@attrs.frozen(kw_only=True)
class Expectation:
    """What is expected of every answer to a case; None where it does not matter.

    Attributes:
        answer: `response`, or `any` where a gRPC status will do in its place.
        codes: names of the codes that will do.
        allowed: whether Envoy would let the request pass.
        coherent: what the answer says beside its code agrees with it.
        as_ordinary: the code is the one that the ordinary request gets.
        same_apis: the code is the same over every API.
        still_answers: the ordinary request gets a response afterwards.
        p99_ms: 99 of 100 answers come within so many milliseconds.
    """

    answer: str = "response"
    codes: tuple[str, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(tuple))
    allowed: bool | None = None
    coherent: bool = False
    as_ordinary: bool = False
    same_apis: bool = False
    still_answers: bool = False
    p99_ms: float | None = None


@attrs.frozen(kw_only=True)
class Case:
    """One case of the contract.

    Attributes:
        name: what reports call it.
        rule: what is asked of a server, in a sentence.
        reason: why.
        wire: the bytes of the request.
        times: how often it is asked.
        at_once: whether all together.
        health: whether dikastes.Healthz is asked instead.
        expect: what is expected.
    """

    name: str
    rule: str
    reason: str
    wire: bytes
    times: int = 1
    at_once: bool = False
    health: bool = False
    expect: Expectation = Expectation()


@attrs.frozen
class Suite:
    """All cases.

    Attributes:
        cases: in the order in which they are run.
        ordinary: the bytes of the ordinary request, which others are compared with.
        hints: what a code tells about the server that gives it, by the code's name.
    """

    cases: tuple[Case, ...]
    ordinary: bytes
    hints: Mapping[str, str]

    def with_hints(self, hints: Mapping[str, str]) -> Suite:
        """The same cases with more to say about a code; the new hints win."""
        return attrs.evolve(self, hints={**self.hints, **hints})


def read_suite(body: Mapping[str, Any]) -> Suite:
    """The cases of the parsed cases.yaml, which is part of this package: a mistake in it is a fault of ours."""
    ordinary = body["ordinary"]
    return Suite(
        tuple(_case(entry, ordinary) for entry in body["cases"]),
        make_request(**ordinary).SerializeToString(deterministic=True),
        dict(body["hints"]),
    )


def _case(entry: Mapping[str, Any], ordinary: Mapping[str, Any]) -> Case:
    rest = {name: value for name, value in entry.items() if name not in ("request", "wire", "append", "expect")}
    if "wire" in entry:
        wire = bytes.fromhex(entry["wire"])
    else:
        request = make_request(**{**ordinary, **entry.get("request", {})})
        wire = request.SerializeToString(deterministic=True) + bytes.fromhex(entry.get("append", ""))
    return Case(**rest, wire=wire, expect=Expectation(**entry.get("expect", {})))
