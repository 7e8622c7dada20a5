from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest

from manifestgen.authz import report
from manifestgen.authz.cases import Suite
from manifestgen.authz.client import AuthorizationClient, NotServed, Unreachable
from manifestgen.authz.conformance import FAILED, PASSED, SKIPPED, Outcome, run
from manifestgen.authz.rules import Rules
from manifestgen.authz.server import serving
from manifestgen.authz.stubs.check_pb2 import CheckRequest, CheckResponse, OkHttpResponse, Status
from tests.authz import servers
from tests.authz.data import suite

SUITE = suite()
ALLOW = CheckResponse(status=Status()).SerializeToString()
DENY = CheckResponse(status=Status(code=7)).SerializeToString()
HEALTHY = b"\x08\x01"


def only(*names: str) -> Suite:
    """The suite with some of its cases."""
    return Suite(tuple(case for case in SUITE.cases if case.name in names), SUITE.ordinary, SUITE.hints)


def judged(where: str, *names: str, **options: object) -> dict[str, str]:
    """What a server of every API is found to do wrong, by case and API; empty where it passes."""
    with AuthorizationClient(where, timeout=10) as client:
        outcomes = run(client, only(*names), **options)  # type: ignore[arg-type]
    for outcome in outcomes:
        assert (outcome.result == PASSED) is (not outcome.found), outcome
    return {f"{outcome.case} {outcome.api}".strip(): "\n".join(outcome.found) for outcome in outcomes}


@pytest.mark.slow
@pytest.mark.parametrize("default", ["allow", "deny"])
def test_the_stand_in_keeps_the_contract(sockets: Path, default: str) -> None:
    """Every case passes over every API, whatever the policy."""
    with (
        serving(Rules((), default), f"unix://{sockets}/s") as where,
        AuthorizationClient(where, timeout=10) as client,
    ):
        told: list[Outcome] = []
        outcomes = run(client, SUITE, on_outcome=told.append)
    assert [report.line(outcome) for outcome in outcomes if outcome.result != PASSED] == []
    assert tuple(told) == outcomes
    assert {outcome.case for outcome in outcomes} == {case.name for case in SUITE.cases}
    at_once = [outcome for outcome in outcomes if outcome.case == "at-once"]
    assert [len(outcome.milliseconds) for outcome in at_once] == [1000] * 3


def test_the_cases_have_the_figures_of_the_contract() -> None:
    """1,000 at once, 200 ms, and a reason and a rule for every case."""
    by_name = {case.name: case for case in SUITE.cases}
    assert (by_name["at-once"].times, by_name["at-once"].at_once) == (1000, True)
    assert by_name["latency"].expect.p99_ms == 200
    assert all(case.rule.endswith(".") and case.reason for case in SUITE.cases)
    assert len(by_name) == len(SUITE.cases)


BROKEN: dict[str, tuple[servers.Reply | bytes, str, str]] = {
    "a response without a status": (b"", "decision", "Envoy lets the request pass"),
    "garbage": (b"\xff\xff", "decision", "not a CheckResponse"),
    "a gRPC status": (lambda _: grpc.StatusCode.INTERNAL, "decision", "gRPC status INTERNAL"),
    "UNKNOWN to everything": (
        CheckResponse(status=Status(code=2)).SerializeToString(),
        "decision",
        "the code UNKNOWN: Dikastes v3.30 and v3.31 answer so",
    ),
    "a code without a name": (
        CheckResponse(status=Status(code=99)).SerializeToString(),
        "decision",
        "the code 99 instead of OK or PERMISSION_DENIED",
    ),
    "a denial that says OK": (
        CheckResponse(status=Status(code=7), ok_response=OkHttpResponse()).SerializeToString(),
        "only-ok-allows",
        "the code PERMISSION_DENIED comes with ok_response",
    ),
    "a pass for what is no message": (ALLOW, "not-protobuf", "the code OK: Envoy lets the request pass"),
    "a pass for half a message": (ALLOW, "truncated", "the code OK: Envoy lets the request pass"),
    "an error for a request without HTTP": (
        lambda raw: ALLOW if CheckRequest.FromString(raw).attributes.request.HasField("http") else b"",
        "network-filter",
        "Envoy lets the request pass",
    ),
    "another decision when there is more to read": (
        lambda raw: DENY if raw == SUITE.ordinary else ALLOW,
        "unknown-fields",
        "the code OK, where the ordinary request gets PERMISSION_DENIED",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_server_that_breaks_the_contract_is_found_out(sockets: Path, name: str) -> None:
    """Each way to break it fails its case, over every API, with what was found."""
    reply, case, found = BROKEN[name]
    with servers.replying(sockets / "s", reply) as where:
        outcomes = judged(where, case)
    assert set(outcomes) == {f"{case} {api}" for api in ("v2alpha", "v2", "v3")}
    assert all(found in text for text in outcomes.values()), outcomes


def test_apis_that_disagree_are_found_out(sockets: Path) -> None:
    """The third API of three decides otherwise."""
    asked = []

    def third_denies(_: bytes) -> bytes:
        asked.append(1)
        return DENY if len(asked) == 6 else ALLOW  # the first three ask which APIs are served

    with servers.replying(sockets / "s", third_denies) as where:
        assert judged(where, "apis-agree") == {"apis-agree": "v2alpha: OK\nv2: OK\nv3: PERMISSION_DENIED"}


def test_a_server_that_stops_at_a_malformed_request_is_found_out(sockets: Path) -> None:
    """A gRPC status will do for a malformed request, but the next ordinary one must be answered."""
    seen: list[bytes] = []

    def fails_for_good(raw: bytes) -> bytes | grpc.StatusCode:
        seen.append(raw)
        return ALLOW if all(one == SUITE.ordinary for one in seen) else grpc.StatusCode.INTERNAL

    with servers.replying(sockets / "s", fails_for_good, apis=("v3",)) as where:
        (found,) = judged(where, "empty").values()
    assert found.startswith("afterwards the ordinary request got no response")
    with servers.replying(
        sockets / "t", lambda raw: ALLOW if raw == SUITE.ordinary else grpc.StatusCode.INTERNAL
    ) as where:
        assert set(judged(where, "empty", "not-protobuf").values()) == {""}


def test_one_wrong_answer_of_a_thousand_is_found_out(sockets: Path) -> None:
    """Every answer of a burst counts."""
    seen: list[bytes] = []

    def one_wrong(raw: bytes) -> bytes:
        seen.append(raw)
        return b"" if len(seen) == 500 else ALLOW

    with servers.replying(sockets / "s", one_wrong, apis=("v3",)) as where:
        (found,) = judged(where, "at-once").values()
    assert found.startswith("1 of 1000 answers: the answer has no status")


def test_a_slow_server_is_found_out(sockets: Path) -> None:
    """The 99th of 100 answers is what counts: two slow ones of a hundred fail, one does not."""
    milliseconds = tuple([1.0] * 98 + [300.0, 400.0])
    outcome = Outcome("latency", "v3", PASSED, "", "", (), milliseconds)
    assert (outcome.percentile(50), outcome.percentile(99)) == (1.0, 300.0)
    assert Outcome("latency", "v3", PASSED, "", "", (), tuple([1.0] * 99 + [300.0])).percentile(99) == 1.0


@pytest.mark.parametrize(
    ("health", "wanted", "result", "found"),
    [
        (HEALTHY, None, PASSED, ""),
        (b"", None, FAILED, "CheckReadiness: not healthy"),
        (b"\xff", None, FAILED, "not a HealthCheckResponse"),
        (None, None, SKIPPED, "does not serve this service"),
        (None, True, FAILED, "does not serve this service"),
        (HEALTHY, False, SKIPPED, "no health service"),
    ],
)
def test_health_is_asked_for_where_it_is_due(
    sockets: Path, health: bytes | None, wanted: bool | None, result: str, found: str
) -> None:
    """Not healthy fails; not served fails only where the release has it."""
    with servers.replying(sockets / "s", ALLOW, health=health) as where, AuthorizationClient(where) as client:
        (outcome,) = run(client, only("health"), health=wanted)
    assert outcome.result == result
    assert found in "".join(outcome.found)


def test_the_apis_of_a_release_must_be_served_and_no_other_is_asked(sockets: Path) -> None:
    """What is required and missing fails once; what is not required is not asked."""
    with servers.replying(sockets / "s", ALLOW, apis=("v2", "v3")) as where:
        found = judged(where, "decision", required=("v2alpha", "v2"))
        assert found == {
            "served v2alpha": "envoy.service.auth.v2alpha.Authorization is unimplemented",
            "served v2": "",
            "decision v2": "",
        }
        assert judged(where, "apis-agree", "decision") == {
            "decision v2": "",
            "decision v3": "",
            "apis-agree": "",
        }


def test_one_api_cannot_disagree_with_itself(sockets: Path) -> None:
    """Where one API is served, that the APIs agree is skipped and says so."""
    with servers.replying(sockets / "s", ALLOW, apis=("v3",)) as where, AuthorizationClient(where) as client:
        (outcome,) = run(client, only("apis-agree"))
    assert (outcome.result, outcome.found) == (SKIPPED, ("only v3 is served",))


def test_nobody_and_a_server_of_something_else_cannot_be_judged(sockets: Path) -> None:
    """That is no finding about the contract but an error, before any case."""
    with (
        AuthorizationClient(f"unix://{sockets}/none") as client,
        pytest.raises(Exception, match="no such socket"),
    ):
        run(client, SUITE)
    with (
        servers.replying(sockets / "s", b"", apis=()) as where,
        AuthorizationClient(where) as client,
        pytest.raises(NotServed, match="serves no authorization API"),
    ):
        run(client, SUITE)
    with servers.http1() as where, AuthorizationClient(where) as client, pytest.raises(Unreachable):
        run(client, SUITE)


def outcomes_of(*results: str) -> tuple[Outcome, ...]:
    """An outcome of each result."""
    return tuple(
        Outcome(
            f"case-{result}",
            "v3",
            result,
            "A rule.",
            "A reason.",
            () if result == PASSED else ("what é was",),
        )
        for result in results
    )


def test_the_text_report_says_what_failed_and_why() -> None:
    """A line a case; the rule, what was found and the reason where one failed; the counts at the end."""
    text = report.to_text(outcomes_of(PASSED, FAILED, SKIPPED))
    assert text == (
        "ok      v3      case-passed\n"
        "FAILED  v3      case-failed\n"
        "                  A rule.\n"
        "                  found: what é was\n"
        "                  because: A reason.\n"
        "skipped v3      case-skipped\n"
        "                  found: what é was\n"
        "1 passed, 1 failed, 1 skipped\n"
    )


def test_the_json_report_has_every_case() -> None:
    """Counts, and for each case its API, result, what was found, and the times where it asked more than once."""
    timed = Outcome("timed", "", PASSED, "A rule.", "A reason.", (), (1.0, 3.0, 2.0))
    body = json.loads(report.to_json((*outcomes_of(PASSED, FAILED), timed), "unix:///s", "3.9"))
    assert (body["kind"], body["address"], body["calico"]) == ("AuthorizationReport", "unix:///s", "3.9")
    assert (body["passed"], body["failed"], body["skipped"]) == (2, 1, 0)
    assert body["cases"][1]["found"] == ["what é was"]
    assert body["cases"][2] == {
        "case": "timed",
        "api": None,
        "result": "passed",
        "rule": "A rule.",
        "reason": "A reason.",
        "found": [],
        "answers": 3,
        "p50_ms": 2.0,
        "p99_ms": 3.0,
    }
