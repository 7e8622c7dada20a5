"""The cases of the contract, as values. The data is `profiles/authz/cases.yaml`, which explains the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from manifestgen.authz.contract import APIS, CODES
from manifestgen.authz.request import RequestNotEncodable, make_request
from manifestgen.yamlio.typed import (
    FormatError,
    WrongType,
    any_string,
    anything,
    boolean,
    choice,
    integer,
    list_of,
    mapping,
    mapping_of,
    string,
)

if TYPE_CHECKING:
    from manifestgen.yamlio.locations import SourceRef

REQUIRED, WISHED = "required", "wished"
"""What a slow answer means: the case fails, or the report says it."""


@attrs.frozen(kw_only=True)
class Expectation:
    """What is expected of every answer to a case; None or false if it does not matter.

    Attributes:
        answer: `response`, or `any` if a gRPC status is accepted instead.
        codes: names of the accepted codes.
        allowed: whether Envoy would let the request pass.
        coherent: whether the rest of the answer must agree with its code.
        as_ordinary: whether the code must be that of the ordinary request.
        same_apis: whether the code must be the same over every API.
        still_answers: whether the ordinary request must get a response afterwards.
        in_time: whether 99 of 100 answers must come within Envoy's timeout: `required`, `wished` or empty.
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
        name: its name in reports.
        rule: the requirement on a server, in a sentence.
        reason: why.
        wire: the bytes of the request.
        times: how often it is sent.
        at_once: how many are sent concurrently.
        destructive: the APIs over which it has crashed real servers.
        health: whether dikastes.Healthz is called instead.
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
        cases: the cases, in the order in which they are run.
        ordinary: the bytes of the ordinary request, with which others are compared.
    """

    cases: tuple[Case, ...]
    ordinary: bytes


def read_suite(body: Any, ref: SourceRef) -> Suite:
    """The cases of a parsed cases.yaml, strictly.

    Args:
        body: the document.
        ref: where it is written.

    Raises:
        Failures, or the only failure: every mistake, with its location.
    """
    found = _FILE(body, ref)
    ordinary = found["ordinary"]
    wire = _request(ordinary, ref.at("ordinary"))
    cases = list_of(lambda value, at: _case(value, at, ordinary), nonempty=True)
    return Suite(cases(found["cases"], ref.at("cases")), wire)


def _hex(value: Any, ref: SourceRef) -> bytes:
    try:
        return bytes.fromhex(any_string(value, ref))
    except ValueError:
        raise WrongType(value, "bytes in hex", ref) from None


def _count(value: Any, ref: SourceRef) -> int:
    if integer(value, ref) < 1:
        raise WrongType(value, "a whole number from 1 up", ref)
    return int(value)


_EXPECTATION = mapping(
    "an expectation",
    optional={
        "answer": choice("response", "any"),
        "codes": list_of(choice(*CODES), nonempty=True),
        "in_time": choice(REQUIRED, WISHED),
        **dict.fromkeys(("allowed", "coherent", "as_ordinary", "same_apis", "still_answers"), boolean),
    },
)
_CASE = mapping(
    "a case",
    required={"name": string, "rule": string, "reason": string},
    optional={
        "request": mapping_of(anything),
        "wire": _hex,
        "append": _hex,
        "times": _count,
        "at_once": _count,
        "destructive": list_of(choice(*APIS), nonempty=True),
        "health": boolean,
        "expect": _EXPECTATION,
    },
)
_FILE = mapping(
    "a file of cases",
    required={
        "apiVersion": choice("manifestgen/v1"),
        "kind": choice("AuthorizationCases"),
        "ordinary": mapping_of(anything),
        "cases": anything,
    },
)


def _case(value: Any, ref: SourceRef, ordinary: Mapping[str, Any]) -> Case:
    entry = _CASE(value, ref)
    request, append = entry.pop("request", {}), entry.pop("append", b"")
    if "wire" not in entry:
        entry["wire"] = _request({**ordinary, **request}, ref.at("request")) + append
    return Case(**{**entry, "expect": Expectation(**entry.get("expect", {}))})


def _request(values: Mapping[str, Any], ref: SourceRef) -> bytes:
    try:
        return make_request(**values).SerializeToString(deterministic=True)
    except (RequestNotEncodable, TypeError) as error:
        raise FormatError("these are not the values of a request", where=ref.location, found=str(error)) from None
