"""Decisions and conformance runs, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from manifestgen.authz.conformance import FAILED, KNOWN, PASSED, SKIPPED, SLOW, ConformanceReport, Outcome
from manifestgen.authz.contract import code_name
from manifestgen.authz.decision import Decision
from manifestgen.authz.releases import KnownFault
from manifestgen.authz.rules import RequestSummary, Verdict
from manifestgen.errors import as_message

_MARKS = {PASSED: "ok", FAILED: "FAILED", KNOWN: "known", SLOW: "slow", SKIPPED: "skipped"}
_ALWAYS_COUNTED = (PASSED, FAILED, SKIPPED)


def line(outcome: Outcome) -> str:
    """One outcome as lines of text: the case and, if it failed, what was found and why it matters."""
    head = f"{_MARKS[outcome.result]:8}{outcome.api:8}{outcome.case}"
    if outcome.milliseconds:
        how = f"{len(outcome.milliseconds)} answers" + (f", {outcome.at_once} at once" if outcome.at_once > 1 else "")
        head += f"  ({how}, p50 {outcome.percentile(50):.1f} ms, p99 {outcome.percentile(99):.1f} ms)"
    if outcome.result == PASSED:
        return head
    details = [f"found: {found}" for found in outcome.found]
    if outcome.result in (FAILED, KNOWN):
        details = [outcome.rule, *details, f"because: {outcome.reason}"]
    return "\n".join([head, *(f"{'':16}  {detail}" for detail in details)])


def summary(report: ConformanceReport) -> str:
    """The closing lines: the counts, the times, where the server died, and the verdict."""
    return "\n".join(_closing(report))


def to_text(report: ConformanceReport) -> str:
    """The whole report."""
    return "\n".join([*(line(outcome) for outcome in report.outcomes), summary(report)]) + "\n"


def _closing(report: ConformanceReport) -> Iterator[str]:
    counts = {result: sum(outcome.result == result for outcome in report.outcomes) for result in _MARKS}
    yield ", ".join(f"{n} {result}" for result, n in counts.items() if n or result in _ALWAYS_COUNTED)
    timing = _timing(report)
    if timing:
        yield timing
    if report.died:
        rest = f"; not asked: {', '.join(report.unasked)}" if report.unasked else ""
        yield f"the server died at {report.died.name}{rest}"
    yield _verdict(report)
    for fault in _faults(report):
        over = f" over {', '.join(fault.apis)}" if fault.apis else ""
        yield f"  {fault.case}{over} ({_state(report, fault)}): {fault.reason}"


def _verdict(report: ConformanceReport) -> str:
    if not report.kept:
        return "the contract is broken"
    count = len(_faults(report))
    whose = "this release" if report.release else "Dikastes"
    faults = f", with {count} known fault{'s' if count > 1 else ''} of {whose}" if count else ""
    return f"the contract is kept{faults}"


def _faults(report: ConformanceReport) -> list[KnownFault]:
    """The known faults of the expected release; if none was expected, those that were found."""
    return [fault for fault in report.faults if report.release or _state(report, fault) == "found"]


def _state(report: ConformanceReport, fault: KnownFault) -> str:
    results = {outcome.result for outcome in report.outcomes if fault.explains(outcome.case, outcome.api)}
    if KNOWN in results:
        return "found"
    return "not found" if results & {PASSED, FAILED, SLOW} else "not asked; --destructive asks it"


def _timing(report: ConformanceReport) -> str:
    """What the times of sequential and concurrent checks mean to Envoy; empty if none were measured."""
    slowest: dict[int, float] = {}
    for outcome in report.outcomes:
        if outcome.timed and outcome.milliseconds:
            slowest[outcome.at_once] = max(slowest.get(outcome.at_once, 0.0), outcome.percentile(99))
    if not slowest:
        return ""
    limit = report.envoy_timeout * 1000
    names = {1: "one at a time"}
    times = ", ".join(
        f"{names.get(count, f'{count} at once')} within {slowest[count]:.1f} ms" for count in sorted(slowest)
    )
    late = [names.get(count, f"{count} at once") for count in sorted(slowest) if slowest[count] > limit]
    verdict = "in time"
    if late:
        verdict = f"too late {' and '.join(late)}: Envoy would deny requests; raise authz_timeout or use fewer rules"
    return f"Envoy waits {limit:g} ms; 99 of 100 checks were answered {times}: {verdict}"


def to_json(report: ConformanceReport, address: str) -> str:
    """The whole report for programs.

    Args:
        report: the outcome of the cases.
        address: the address that was asked.
    """
    counts = {result: sum(outcome.result == result for outcome in report.outcomes) for result in _MARKS}
    body = {
        "apiVersion": "manifestgen/v1",
        "kind": "AuthorizationReport",
        "address": address,
        "calico": (report.release.version if report.release else "") or None,
        "kept": report.kept,
        **counts,
        "envoy_timeout_ms": report.envoy_timeout * 1000,
        "died": report.died.name if report.died else None,
        "not_asked": list(report.unasked),
        "known_faults": [
            {"case": fault.case, "apis": list(fault.apis), "state": _state(report, fault), "reason": fault.reason}
            for fault in _faults(report)
        ],
        "cases": [_entry(outcome) for outcome in report.outcomes],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _entry(outcome: Outcome) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "case": outcome.case,
        "api": outcome.api or None,
        "result": outcome.result,
        "rule": outcome.rule,
        "reason": outcome.reason,
        "found": list(outcome.found),
    }
    if outcome.milliseconds:
        entry["answers"] = len(outcome.milliseconds)
        entry["at_once"] = outcome.at_once
        entry["p50_ms"] = round(outcome.percentile(50), 3)
        entry["p99_ms"] = round(outcome.percentile(99), 3)
    return entry


def decision_to_text(decision: Decision) -> str:
    """A decision: what Envoy does, the code, the server's message, and the headers that it adds."""
    message = f": {as_message(decision.message)}" if decision.message else ""
    lines = [f"{'allowed' if decision.allowed else 'denied'}: {decision.code_name}{message}"]
    lines += [f"  {as_message(name)[1:-1]}: {as_message(value)[1:-1]}" for name, value in decision.headers]
    return "\n".join(lines) + "\n"


def decision_to_json(decision: Decision) -> str:
    """A decision for programs."""
    report = {
        "allowed": decision.allowed,
        "code": decision.code_name,
        "message": decision.message,
        "headers": [list(pair) for pair in decision.headers],
        "raw": decision.raw.hex(),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def verdict_line(request: RequestSummary, verdict: Verdict) -> str:
    """One decision of the stand-in server, for its log."""
    what = "TCP" if request.method is None else as_message(f"{request.method} {request.path}")
    who = as_message(request.principal) if request.principal else "an unknown caller"
    return f"{code_name(verdict.code)}: {what} from {who}: {verdict.reason}"
