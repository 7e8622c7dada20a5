"""Decisions and conformance runs, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from manifestgen.authz.conformance import FAILED, PASSED, SKIPPED, Outcome
from manifestgen.authz.contract import code_name
from manifestgen.authz.decision import Decision
from manifestgen.authz.rules import Asked, Verdict
from manifestgen.errors import as_message

_MARKS = {PASSED: "ok", FAILED: "FAILED", SKIPPED: "skipped"}


def line(outcome: Outcome) -> str:
    """One outcome as lines of text: the case and, where it did not pass, what was found and why it matters."""
    head = f"{_MARKS[outcome.result]:8}{outcome.api:8}{outcome.case}"
    if outcome.milliseconds:
        times = f"{len(outcome.milliseconds)} answers"
        head += f"  ({times}, p50 {outcome.percentile(50):.1f} ms, p99 {outcome.percentile(99):.1f} ms)"
    if outcome.result == PASSED:
        return head
    details = [f"found: {found}" for found in outcome.found]
    if outcome.result == FAILED:
        details = [outcome.rule, *details, f"because: {outcome.reason}"]
    return "\n".join([head, *(f"{'':16}  {detail}" for detail in details)])


def summary(outcomes: Sequence[Outcome]) -> str:
    """The closing line: how many passed, failed and were skipped."""
    counts = {result: sum(outcome.result == result for outcome in outcomes) for result in _MARKS}
    return ", ".join(f"{count} {result}" for result, count in counts.items())


def to_text(outcomes: Sequence[Outcome]) -> str:
    """The whole report."""
    return "\n".join([*(line(outcome) for outcome in outcomes), summary(outcomes)]) + "\n"


def to_json(outcomes: Sequence[Outcome], address: str, calico: str = "") -> str:
    """The whole report for programs.

    Args:
        outcomes: what came of the cases.
        address: who was asked.
        calico: the release whose APIs were required; empty for none.
    """
    report = {
        "apiVersion": "manifestgen/v1",
        "kind": "AuthorizationReport",
        "address": address,
        "calico": calico or None,
        **{result: sum(outcome.result == result for outcome in outcomes) for result in _MARKS},
        "cases": [_entry(outcome) for outcome in outcomes],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


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
        entry["p50_ms"] = round(outcome.percentile(50), 3)
        entry["p99_ms"] = round(outcome.percentile(99), 3)
    return entry


def decision_to_text(decision: Decision) -> str:
    """A decision: what Envoy does, the code, what the server says to it, and the headers it asks for."""
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


def verdict_line(asked: Asked, verdict: Verdict) -> str:
    """One decision of the stand-in server, for its log."""
    what = "TCP" if asked.method is None else as_message(f"{asked.method} {asked.path}")
    who = as_message(asked.principal) if asked.principal else "an unknown caller"
    return f"{code_name(verdict.code)}: {what} from {who}: {verdict.reason}"
