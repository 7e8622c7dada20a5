"""Run the contract's cases against a server, and judge its answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import attrs

from manifestgen.authz.cases import Case, Suite
from manifestgen.authz.client import Answer, AuthorizationClient, Failed, NotServed
from manifestgen.authz.contract import APIS, OK, code_name, service
from manifestgen.authz.decision import Decision, decide, read_response
from manifestgen.errors import ManifestgenError

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@attrs.frozen
class Outcome:
    """What came of one case over one API.

    Attributes:
        case: its name.
        api: `v2alpha`, `v2` or `v3`; empty where it is not about one.
        result: `passed`, `failed` or `skipped`.
        rule: what is asked of the server.
        reason: why.
        found: what was found instead, a line each; or why it was skipped.
        milliseconds: how long each answer took; empty unless the case asks more than once.
    """

    case: str
    api: str
    result: str
    rule: str
    reason: str
    found: tuple[str, ...] = ()
    milliseconds: tuple[float, ...] = attrs.field(default=(), repr=False)

    def percentile(self, percent: float) -> float:
        """The time within which so many of 100 answers came, in milliseconds (nearest rank)."""
        return _percentile(self.milliseconds, percent)


OnOutcome = Callable[[Outcome], None]
"""Told of every outcome as it comes."""


def run(
    client: AuthorizationClient,
    suite: Suite,
    *,
    required: Sequence[str] | None = None,
    health: bool | None = None,
    on_outcome: OnOutcome | None = None,
) -> tuple[Outcome, ...]:
    """Every case over every API, in order.

    Args:
        client: whom to ask.
        suite: what to ask.
        required: the APIs that the server must serve, and no other is asked; None for those it serves.
        health: whether dikastes.Healthz must be served (True) or is not asked (False); None for asking if it is.
        on_outcome: told of every outcome.

    Raises:
        CannotAsk: nobody answers, or no API is served and none was required.
    """
    served = [api for api in required or APIS if _serves(client, api, suite.ordinary)]
    if not served and not required:
        raise NotServed(client.address, "the server serves no authorization API", f"none of {', '.join(APIS)}")
    outcomes = []
    for outcome in _outcomes(client, suite, required or (), served, health):
        outcomes.append(outcome)
        if on_outcome:
            on_outcome(outcome)
    return tuple(outcomes)


def _serves(client: AuthorizationClient, api: str, ordinary: bytes) -> bool:
    try:
        client.ask(ordinary, api)
    except NotServed:
        return False
    except Failed:
        return True
    return True


def _outcomes(
    client: AuthorizationClient,
    suite: Suite,
    required: Sequence[str],
    served: Sequence[str],
    health: bool | None,
) -> Iterator[Outcome]:
    for api in required:
        yield Outcome(
            "served",
            api,
            PASSED if api in served else FAILED,
            "The server serves every API of its release.",
            "An Envoy that asks over another API gets an error, and denies.",
            () if api in served else (f"{service(api)} is unimplemented",),
        )
    for case in suite.cases:
        if case.health:
            yield _health(client, case, health)
        elif case.expect.same_apis:
            yield _same_apis(client, case, served)
        else:
            yield from (_judged(client, suite, case, api) for api in served)


def _judged(client: AuthorizationClient, suite: Suite, case: Case, api: str) -> Outcome:
    ordinary = _code(_read(client.ask_all([suite.ordinary], api)[0])) if case.expect.as_ordinary else None
    answers = _ask(client, case, api)
    wrongs = Counter(wrong for answer in answers if (wrong := _wrong(suite, case, _read(answer), ordinary)))
    found = [f"{count} of {case.times} answers: {text}" if case.times > 1 else text for text, count in wrongs.items()]
    milliseconds = tuple(answer.seconds * 1000 for answer in answers if isinstance(answer, Answer))
    limit = case.expect.p99_ms
    if limit is not None and milliseconds and _percentile(milliseconds, 99) > limit:
        found.append(f"99 of 100 answers took up to {_percentile(milliseconds, 99):.1f} ms")
    if case.expect.still_answers:
        after = _read(client.ask_all([suite.ordinary], api)[0])
        if isinstance(after, ManifestgenError):
            found.append(f"afterwards the ordinary request got no response: {_said(after)}")
    return _outcome(case, api, found, milliseconds if case.times > 1 else ())


def _ask(client: AuthorizationClient, case: Case, api: str) -> list[Answer | ManifestgenError]:
    requests = [case.wire] * case.times
    batches = [requests] if case.at_once else [[request] for request in requests]
    return [answer for batch in batches for answer in client.ask_all(batch, api)]


def _same_apis(client: AuthorizationClient, case: Case, served: Sequence[str]) -> Outcome:
    readings = {api: _read(client.ask_all([case.wire], api)[0]) for api in served}
    codes = {api: _code(reading) for api, reading in readings.items()}
    if len(served) < 2:
        return _outcome(case, "", [f"only {''.join(served) or 'no API'} is served"], result=SKIPPED)
    return _outcome(case, "", [] if len(set(codes.values())) == 1 else [f"{api}: {codes[api]}" for api in served])


def _health(client: AuthorizationClient, case: Case, wanted: bool | None) -> Outcome:
    if wanted is False:
        return _outcome(case, "", ["this release has no health service"], result=SKIPPED)
    try:
        health = client.health()
    except NotServed as error:
        return _outcome(case, "", [_said(error)], result=FAILED if wanted else SKIPPED)
    except ManifestgenError as error:
        return _outcome(case, "", [_said(error)])
    names = {"CheckReadiness": health.ready, "CheckLiveness": health.live}
    return _outcome(case, "", [f"{name}: not healthy" for name, healthy in names.items() if not healthy])


def _read(answer: Answer | ManifestgenError) -> Decision | ManifestgenError:
    if isinstance(answer, ManifestgenError):
        return answer
    try:
        return decide(answer.raw)
    except ManifestgenError as error:
        return error


def _wrong(suite: Suite, case: Case, reading: Decision | ManifestgenError, ordinary: str | None) -> str:
    """What is wrong with one answer; empty if nothing is."""
    expect = case.expect
    if isinstance(reading, ManifestgenError):
        return "" if isinstance(reading, Failed) and expect.answer == "any" else _said(reading)
    name = reading.code_name
    if expect.codes is not None and name not in expect.codes:
        hint = suite.hints.get(name)
        return f"the code {name}: {hint}" if hint else f"the code {name} instead of {' or '.join(expect.codes)}"
    if expect.allowed is not None and reading.allowed is not expect.allowed:
        return f"the code {name}: Envoy {'lets the request pass' if reading.allowed else 'denies the request'}"
    if expect.as_ordinary and name != ordinary:
        return f"the code {name}, where the ordinary request gets {ordinary}"
    return _contradiction(reading) if expect.coherent else ""


def _contradiction(decision: Decision) -> str:
    said = read_response(decision.raw).WhichOneof("http_response")
    if said is not None and (said == "ok_response") != (decision.code == OK):
        return f"the code {decision.code_name} comes with {said}"
    return ""


def _code(reading: Decision | ManifestgenError) -> str:
    return _said(reading) if isinstance(reading, ManifestgenError) else code_name(reading.code)


def _said(error: ManifestgenError) -> str:
    return f"{error.what} ({error.found})" if error.found else error.what


def _outcome(
    case: Case, api: str, found: Sequence[str], milliseconds: tuple[float, ...] = (), result: str = ""
) -> Outcome:
    result = result or (FAILED if found else PASSED)
    return Outcome(case.name, api, result, case.rule, case.reason, tuple(found), milliseconds)


def _percentile(values: Sequence[float], percent: float) -> float:
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]
