from __future__ import annotations

import pytest

from manifestgen.authz.contract import CODES
from manifestgen.authz.decision import AnswerWithoutStatus, MalformedResponse, decide
from manifestgen.authz.stubs.check_pb2 import (
    CheckResponse,
    DeniedHttpResponse,
    HeaderValue,
    HeaderValueOption,
    OkHttpResponse,
    Status,
)
from manifestgen.model.location import Location

HEADERS = [
    HeaderValueOption(header=HeaderValue(key="x-user", value="a")),
    HeaderValueOption(header=HeaderValue(key="x-raw", raw_value=b"\xffb")),
]


@pytest.mark.parametrize("code", [*range(len(CODES)), 99, -1])
def test_only_ok_allows(code: int) -> None:
    """Every code but 0 denies, also one without a name."""
    decision = decide(CheckResponse(status=Status(code=code, message="why")).SerializeToString())
    assert decision.allowed is (code == 0)
    assert (decision.code, decision.message) == (code, "why")
    assert decision.code_name == (CODES[code] if 0 <= code < len(CODES) else str(code))


def test_the_headers_are_those_that_envoy_uses() -> None:
    """Of an allowing answer those for the request, of a denying one those for the response, raw values included."""
    allowing = CheckResponse(status=Status(), ok_response=OkHttpResponse(headers=HEADERS))
    denying = CheckResponse(status=Status(code=7), denied_response=DeniedHttpResponse(headers=HEADERS))
    for response in (allowing, denying):
        raw = response.SerializeToString()
        decision = decide(raw)
        assert decision.headers == (("x-user", "a"), ("x-raw", "\\xffb"))
        assert decision.raw == raw
    contradicting = CheckResponse(status=Status(code=7), ok_response=OkHttpResponse(headers=HEADERS))
    assert decide(contradicting.SerializeToString()).headers == ()


def test_an_answer_without_a_status_is_no_decision() -> None:
    """Envoy would let the request pass: that is said, and not taken for a decision."""
    raw = CheckResponse(ok_response=OkHttpResponse()).SerializeToString()
    for answer in (b"", raw):
        with pytest.raises(AnswerWithoutStatus, match="Envoy lets the request pass") as caught:
            decide(answer)
        assert caught.value.raw == answer
        assert caught.value.exit_status == 2


def test_bytes_that_are_no_response_are_shown_in_part() -> None:
    """Garbage is named as such, with its first bytes."""
    with pytest.raises(MalformedResponse, match="40 bytes: ff ff") as caught:
        decide(b"\xff" * 40, where=Location("unix:///a"))
    assert str(caught.value).startswith("unix:///a: ")
    assert "…" in str(caught.value)
