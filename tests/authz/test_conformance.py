from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from manifestgen.authz import report
from manifestgen.authz.cases import Suite
from manifestgen.authz.client import AuthorizationClient, NotServed, Unreachable
from manifestgen.authz.conformance import FAILED, KNOWN, PASSED, SKIPPED, SLOW, ConformanceReport, Outcome, run
from manifestgen.authz.releases import DikastesRelease
from manifestgen.authz.rules import AuthorizationRule, PathMatch, Rules
from manifestgen.authz.server import serving
from manifestgen.authz.shipped import release, releases, suite
from manifestgen.authz.stubs.check_pb2 import CheckRequest, CheckResponse, OkHttpResponse, Status
from tests.authz import servers
from tests.support.environments import ROOT

SUITE = suite()
HINTS = releases().any_hints()
PATIENT = 60.0
"""Seconds that no machine is too slow for."""
ALLOW = CheckResponse(status=Status()).SerializeToString()
DENY = CheckResponse(status=Status(code=7)).SerializeToString()
HEALTHY = b"\x08\x01"


def only(*names: str) -> Suite:
    """The suite with some of its cases."""
    return Suite(tuple(case for case in SUITE.cases if case.name in names), SUITE.ordinary)


def judged(where: str, *names: str, **options: object) -> dict[str, str]:
    """What a server of every API is found to do wrong, by case and API; empty where it passes."""
    with AuthorizationClient(where, timeout=PATIENT) as client:
        found = run(client, only(*names), hints=HINTS, envoy_timeout=PATIENT, **options)  # type: ignore[arg-type]
    for outcome in found.outcomes:
        assert (outcome.result == PASSED) is (not outcome.found), outcome
    return {f"{outcome.case} {outcome.api}".strip(): "\n".join(outcome.found) for outcome in found.outcomes}


@pytest.mark.slow
@pytest.mark.parametrize("default", ["allow", "deny"])
def test_the_stand_in_keeps_the_contract(sockets: Path, default: str) -> None:
    """Every case passes over every API, whatever the policy; what has crashed real servers is not asked."""
    with (
        serving(Rules(default=default), f"unix://{sockets}/s") as where,
        AuthorizationClient(where, timeout=PATIENT) as client,
    ):
        heard: list[Outcome] = []
        found = run(client, SUITE, envoy_timeout=PATIENT, on_outcome=heard.append)
    skipped = [outcome.name for outcome in found.outcomes if outcome.result == SKIPPED]
    assert skipped == ["empty over v2alpha", "empty over v2"]
    assert [report.line(one) for one in found.outcomes if one.result not in (PASSED, SKIPPED)] == []
    assert found.kept
    assert tuple(heard) == found.outcomes
    assert {outcome.case for outcome in found.outcomes} == {case.name for case in SUITE.cases}
    at_once = [outcome for outcome in found.outcomes if outcome.case == "at-once"]
    assert [len(outcome.milliseconds) for outcome in at_once] == [1000] * 3


def test_the_cases_have_the_figures_of_the_contract() -> None:
    """1,000 at once, one at a time and 100 at once while Envoy waits, and a reason and a rule for every case."""
    by_name = {case.name: case for case in SUITE.cases}
    assert (by_name["at-once"].times, by_name["at-once"].at_once) == (1000, 1000)
    assert (by_name["latency"].at_once, by_name["latency"].expect.in_time) == (1, "required")
    assert (by_name["load"].at_once, by_name["load"].expect.in_time) == (100, "wished")
    assert by_name["empty"].destructive == ("v2alpha", "v2")
    assert all(case.rule.endswith(".") and case.reason for case in SUITE.cases)
    assert len(by_name) == len(SUITE.cases)


BROKEN: dict[str, tuple[servers.Reply | bytes, str, str]] = {
    "a response without a status": (b"", "decision", "Envoy lets the request pass"),
    "garbage": (b"\xff\xff", "decision", "not a CheckResponse"),
    "a gRPC status": (lambda _: grpc.StatusCode.INTERNAL, "decision", "gRPC status INTERNAL"),
    "UNKNOWN to everything": (
        CheckResponse(status=Status(code=2)).SerializeToString(),
        "decision",
        "the code UNKNOWN: Dikastes of Calico 3.30 and 3.31 answers so",
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
        assert set(judged(where, "empty", "not-protobuf", destructive=True).values()) == {""}


def test_one_wrong_answer_of_a_thousand_is_found_out(sockets: Path) -> None:
    """Every answer of a burst counts."""
    seen: list[bytes] = []

    def one_wrong(raw: bytes) -> bytes:
        seen.append(raw)
        return b"" if len(seen) == 500 else ALLOW

    with servers.replying(sockets / "s", one_wrong, apis=("v3",)) as where:
        (found,) = judged(where, "at-once").values()
    assert found.startswith("1 of 1000 answers: the answer has no status")


def test_the_times_are_those_of_the_slowest_hundredth() -> None:
    """The 99th of 100 answers is what counts: two slow ones of a hundred are seen, one is not."""
    slow = Outcome(case="a", result=PASSED, rule="", reason="", milliseconds=(*[1.0] * 98, 300.0, 400.0))
    assert (slow.percentile(50), slow.percentile(99)) == (1.0, 300.0)
    assert Outcome(case="a", result=PASSED, rule="", reason="", milliseconds=(*[1.0] * 99, 300.0)).percentile(99) == 1.0


def test_a_server_that_envoy_does_not_wait_for_is_found_out(sockets: Path) -> None:
    """One at a time that breaks the contract; many at once it is said, and the verdict names both."""
    with (
        servers.replying(sockets / "s", ALLOW, apis=("v3",)) as where,
        AuthorizationClient(where, timeout=60) as client,
    ):
        found = run(client, only("latency", "load"), envoy_timeout=1e-9)
    assert [(outcome.case, outcome.result) for outcome in found.outcomes] == [("latency", FAILED), ("load", SLOW)]
    assert not found.kept
    assert "too late one at a time and 100 at once: Envoy would deny requests" in report.summary(found)
    with (
        servers.replying(sockets / "s", ALLOW, apis=("v3",)) as where,
        AuthorizationClient(where, timeout=60) as client,
    ):
        load = run(client, only("load"), envoy_timeout=1e-9)
        both = run(client, only("latency", "load"), envoy_timeout=PATIENT)
    assert load.kept
    assert "1 slow" in report.summary(load)
    assert report.summary(both).count("within") == 2
    assert "in time\n" in report.summary(both)


# Servers that die


def dying(sockets: Path, last_words: bytes, apis: str = "v2alpha,v2,v3") -> subprocess.Popen[str]:
    """A process that allows everything, and dies at a request of these bytes over v2alpha or v2."""
    words = [sys.executable, "-m", "tests.authz.dying", str(sockets / "s"), last_words.hex(), apis]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


@contextmanager
def running(process: subprocess.Popen[str]) -> Iterator[None]:
    """A process that is ended with the block."""
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(("calico", "faults"), [("3.24.6", 1), ("3.29.7", 1), ("3.32.1", 2)])
def test_a_healthy_dikastes_survives_and_keeps_the_contract(sockets: Path, calico: str, faults: int) -> None:
    """The empty request that crashes it is not asked, and is named among the faults of its release."""
    process = dying(sockets, b"")
    with running(process), AuthorizationClient(f"unix://{sockets}/s", timeout=PATIENT) as client:
        found = run(client, SUITE, release=release(calico), envoy_timeout=PATIENT)
        assert process.poll() is None
    assert found.kept
    assert found.died is None
    text = report.summary(found)
    plural = "s" if faults > 1 else ""
    assert f"the contract is kept, with {faults} known fault{plural} of this release" in text
    assert "empty over v2alpha, v2 (not asked; --destructive asks it)" in text


@pytest.mark.parametrize(("calico", "kept"), [("3.32", True), ("", False)])
def test_asked_to_it_says_where_the_server_died(sockets: Path, calico: str, kept: bool) -> None:
    """The case comes last, over v2alpha first; what could not be asked any more is named and not counted."""
    process = dying(sockets, b"")
    with running(process), AuthorizationClient(f"unix://{sockets}/s", timeout=PATIENT) as client:
        some = only("empty", "decision", "query")
        found = run(client, some, release=release(calico) if calico else None, destructive=True)
        assert process.wait(PATIENT) == 2
    assert found.kept is kept
    assert found.died is found.outcomes[-1]
    assert (found.outcomes[-1].name, found.outcomes[-1].result) == (
        "empty over v2alpha",
        KNOWN if kept else FAILED,
    )
    assert found.unasked == ("empty over v2",)
    assert all(outcome.result == PASSED for outcome in found.outcomes[:-1])
    assert "the server died at empty over v2alpha; not asked: empty over v2\n" in report.summary(found)
    body = json.loads(report.to_json(found, "unix:///s"))
    assert (body["died"], body["not_asked"], body["kept"]) == ("empty over v2alpha", ["empty over v2"], kept)


def test_a_server_that_dies_elsewhere_is_told_from_one_that_is_known_to(sockets: Path) -> None:
    """Whatever the release: its known fault is another case."""
    query = next(case for case in SUITE.cases if case.name == "query")
    process = dying(sockets, query.wire)
    with running(process), AuthorizationClient(f"unix://{sockets}/s", timeout=PATIENT) as client:
        found = run(client, only("query", "decision"), release=release("3.32"))
        assert process.wait(PATIENT) == 2
    assert not found.kept
    assert found.died
    assert found.died.name == "query over v2alpha"
    assert found.unasked == ("query over v2", "query over v3")


def test_a_fault_of_the_release_is_told_from_others(sockets: Path) -> None:
    """In 3.32 a request without HTTP passes rules about HTTP over v3 alone; no older release is known for that."""
    http = Rules(rules=(AuthorizationRule(name="public", action="allow", paths=(PathMatch("/", prefix=True),)),))
    with (
        serving(http, f"unix://{sockets}/s", release=release("3.32")) as where,
        AuthorizationClient(where, timeout=60) as client,
    ):
        new = run(client, only("apis-agree", "apis-agree-without-http"), release=release("3.32"))
        old = run(client, only("apis-agree", "apis-agree-without-http"), release=release("3.29"))
    results = [(outcome.case, outcome.result) for outcome in new.outcomes if outcome.case != "served"]
    assert results == [("apis-agree", PASSED), ("apis-agree-without-http", KNOWN)]
    assert new.kept
    assert "apis-agree-without-http (found): in Calico 3.30 and newer" in report.summary(new)
    assert not old.kept
    assert old.outcomes[-1].found == ("v2alpha: INVALID_ARGUMENT", "v2: INVALID_ARGUMENT", "v3: OK")


@pytest.mark.parametrize(
    ("health", "served", "result", "found"),
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
    sockets: Path, health: bytes | None, served: bool | None, result: str, found: str
) -> None:
    """Not healthy fails; not served fails only where the release has it."""
    with (
        servers.replying(sockets / "s", ALLOW, health=health) as where,
        AuthorizationClient(where, timeout=60) as client,
    ):
        expected = None if served is None else DikastesRelease(health=served)
        outcome = run(client, only("health"), release=expected).outcomes[-1]
    assert outcome.result == result
    assert found in "".join(outcome.found)


def test_the_apis_of_a_release_must_be_served_and_no_other_is_asked(sockets: Path) -> None:
    """What is required and missing fails once; what is not required is not asked."""
    with servers.replying(sockets / "s", ALLOW, apis=("v2", "v3")) as where:
        found = judged(where, "decision", release=DikastesRelease(apis=("v2alpha", "v2")))
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
    with (
        servers.replying(sockets / "s", ALLOW, apis=("v3",)) as where,
        AuthorizationClient(where, timeout=60) as client,
    ):
        (outcome,) = run(client, only("apis-agree")).outcomes
    assert (outcome.result, outcome.found) == (SKIPPED, ("only v3 is served",))


def test_nobody_and_a_server_of_something_else_cannot_be_judged(sockets: Path) -> None:
    """That is no finding about the contract but an error, before any case."""
    with (
        AuthorizationClient(f"unix://{sockets}/none", timeout=60) as client,
        pytest.raises(Exception, match="no such socket"),
    ):
        run(client, SUITE)
    with (
        servers.replying(sockets / "s", b"", apis=()) as where,
        AuthorizationClient(where, timeout=60) as client,
        pytest.raises(NotServed, match="serves no authorization API"),
    ):
        run(client, SUITE)
    with servers.http1() as where, AuthorizationClient(where, timeout=60) as client, pytest.raises(Unreachable):
        run(client, SUITE)


def report_of(*results: str, **parts: object) -> ConformanceReport:
    """A report with an outcome of each result."""
    outcomes = tuple(
        Outcome(
            case=f"case-{result}",
            api="v3",
            result=result,
            rule="A rule.",
            reason="A reason.",
            found=() if result == PASSED else ("what é was",),
        )
        for result in results
    )
    return ConformanceReport(outcomes=outcomes, **parts)  # type: ignore[arg-type]


def test_the_text_report_says_what_failed_and_why() -> None:
    """A line per case; of one that failed the rule, what was found and the reason; counts and verdict at the end."""
    assert report.to_text(report_of(PASSED, FAILED, SKIPPED)) == (
        "ok      v3      case-passed\n"
        "FAILED  v3      case-failed\n"
        "                  A rule.\n"
        "                  found: what é was\n"
        "                  because: A reason.\n"
        "skipped v3      case-skipped\n"
        "                  found: what é was\n"
        "1 passed, 1 failed, 1 skipped\n"
        "the contract is broken\n"
    )
    assert report.to_text(report_of(PASSED)).endswith("1 passed, 0 failed, 0 skipped\nthe contract is kept\n")


def test_the_json_report_has_every_case() -> None:
    """Counts, and for each case its API, result, what was found, and the times where it asked more than once."""
    timed = Outcome(case="timed", result=PASSED, rule="A rule.", reason="A reason.", milliseconds=(1.0, 3.0, 2.0))
    some = report_of(PASSED, FAILED)
    body = json.loads(
        report.to_json(ConformanceReport(outcomes=(*some.outcomes, timed), release=release("3.9")), "unix:///s")
    )
    assert (body["kind"], body["address"], body["calico"]) == ("AuthorizationReport", "unix:///s", "3.9")
    assert (body["kept"], body["passed"], body["failed"], body["skipped"]) == (False, 2, 1, 0)
    assert body["cases"][1]["found"] == ["what é was"]
    assert body["cases"][2] == {
        "case": "timed",
        "api": None,
        "result": "passed",
        "rule": "A rule.",
        "reason": "A reason.",
        "found": [],
        "answers": 3,
        "at_once": 1,
        "p50_ms": 2.0,
        "p99_ms": 3.0,
    }


def test_the_known_faults_are_about_cases_that_there_are() -> None:
    """A fault of a case that no longer exists would excuse nothing."""
    names = {case.name for case in SUITE.cases}
    for calico in ("3.9", "3.29", "3.32"):
        assert {fault.case for fault in release(calico).faults} <= names
