"""Run the cases of the contract against a server."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from manifestgen.authz.address import NoSuchSocket
from manifestgen.authz.cases import REQUIRED, Case, Suite
from manifestgen.authz.client import Answer, AuthorizationClient, Failed, NotServed, Unreachable
from manifestgen.authz.contract import APIS, OK, code_name, service
from manifestgen.authz.decision import Decision, decide, read_response
from manifestgen.authz.releases import DikastesRelease, KnownFault
from manifestgen.errors import ManifestgenError

PASSED, FAILED, KNOWN, SLOW, SKIPPED = "passed", "failed", "known", "slow", "skipped"
"""What comes of a case. KNOWN is a failure that the release is known for; SLOW is too slow for Envoy under load."""

ENVOY_TIMEOUT = 0.2
"""Seconds that Envoy waits for an answer, unless the mesh's authz_timeout says otherwise."""


@attrs.frozen(kw_only=True)
class Outcome:
    """The outcome of one case over one API.

    Attributes:
        case: its name.
        api: `v2alpha`, `v2` or `v3`; empty if the case is not about one.
        result: one of the words above.
        rule: the requirement on the server.
        reason: why it is required; for a known fault, what is known.
        found: what was found instead, one line each; or why it was skipped.
        milliseconds: how long each answer took; empty unless the case asks more than once.
        at_once: how many were sent concurrently.
        timed: whether the times are compared with Envoy's timeout.
        died: whether the server died during the case.
    """

    case: str
    api: str = ""
    result: str
    rule: str
    reason: str
    found: tuple[str, ...] = ()
    milliseconds: tuple[float, ...] = attrs.field(default=(), repr=False)
    at_once: int = 1
    timed: bool = False
    died: bool = False

    def percentile(self, percent: float) -> float:
        """The given percentile of the answer times, in milliseconds (nearest rank)."""
        return _percentile(self.milliseconds, percent)

    @property
    def name(self) -> str:
        """The case and its API, in words."""
        return f"{self.case} over {self.api}" if self.api else self.case


@attrs.frozen(kw_only=True)
class ConformanceReport:
    """The outcome of all cases.

    Attributes:
        outcomes: the outcomes, in the order in which cases were run.
        release: the expected release; None for none.
        faults: its known faults, or those of any release if none was expected.
        envoy_timeout: Envoy's timeout in seconds.
        unasked: the cases that could not be run because the server had died.
    """

    outcomes: tuple[Outcome, ...]
    release: DikastesRelease | None = None
    faults: tuple[KnownFault, ...] = ()
    envoy_timeout: float = ENVOY_TIMEOUT
    unasked: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the contract is kept, except for known faults of the release."""
        return not any(outcome.result == FAILED for outcome in self.outcomes)

    @property
    def died(self) -> Outcome | None:
        """The case during which the server died."""
        return next((outcome for outcome in self.outcomes if outcome.died), None)


OnOutcome = Callable[[Outcome], None]
"""Called with every outcome as it comes."""


def run(
    client: AuthorizationClient,
    suite: Suite,
    *,
    release: DikastesRelease | None = None,
    hints: Mapping[str, str] | None = None,
    faults: Sequence[KnownFault] | None = None,
    destructive: bool = False,
    envoy_timeout: float = ENVOY_TIMEOUT,
    on_outcome: OnOutcome | None = None,
) -> ConformanceReport:
    """Run every case over every API, in order, with those that have crashed real servers last.

    Args:
        client: a client of the server.
        suite: the cases to run.
        release: the expected Dikastes: its APIs and health must be served, no other API is used, and its
            known faults are distinguished from others. None for whatever is served.
        hints: what an answer's code says about the server, by the code's name; by default the release's.
        faults: known faults, which do not count as failures; by default the release's.
        destructive: whether to run the cases that have crashed real servers.
        envoy_timeout: Envoy's timeout in seconds.
        on_outcome: called with every outcome.

    Raises:
        CallFailed: nothing answers, or no API is served and none is required.
    """
    required = release.apis if release else ()
    served = [api for api in required or APIS if _serves(client, api, suite.ordinary)]
    if not served and not required:
        raise NotServed(client.address, "the server serves no authorization API", found=f"none of {', '.join(APIS)}")
    known = tuple(faults if faults is not None else release.faults if release else ())
    asking = _Asking(
        client=client,
        suite=suite,
        release=release,
        hints=hints if hints is not None else release.hints if release else {},
        faults=known,
        served=tuple(served),
        envoy_timeout=envoy_timeout,
    )
    outcomes: list[Outcome] = []

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if on_outcome:
            on_outcome(outcome)

    for outcome in _required(required, served):
        note(outcome)
    plan = list(_plan(suite, served, destructive=destructive))
    unasked: tuple[str, ...] = ()
    for number, (case, api) in enumerate(plan, 1):
        if api in case.destructive and not destructive:
            note(_outcome(case, api, ["not asked: it has crashed real servers; --destructive asks it"], result=SKIPPED))
            continue
        outcome = asking.outcome(case, api)
        note(outcome)
        if outcome.died:
            unasked = tuple(f"{rest.name} over {over}" if over else rest.name for rest, over in plan[number:])
            break
    return ConformanceReport(
        outcomes=tuple(outcomes), release=release, faults=known, envoy_timeout=envoy_timeout, unasked=unasked
    )


def _serves(client: AuthorizationClient, api: str, ordinary: bytes) -> bool:
    try:
        client.ask(ordinary, api)
    except NotServed:
        return False
    except Failed:
        return True
    return True


def _required(required: Sequence[str], served: Sequence[str]) -> Iterator[Outcome]:
    for api in required:
        yield Outcome(
            case="served",
            api=api,
            result=PASSED if api in served else FAILED,
            rule="The server serves every API of its release.",
            reason="An Envoy that asks over another API gets an error, and denies.",
            found=() if api in served else (f"{service(api)} is unimplemented",),
        )


def _plan(suite: Suite, served: Sequence[str], *, destructive: bool) -> Iterator[tuple[Case, str]]:
    """Every case with the APIs to run it over; those that can crash the server come last."""
    last = []
    for case in suite.cases:
        for api in ("",) if case.health or case.expect.same_apis else served:
            if destructive and api in case.destructive:
                last.append((case, api))
            else:
                yield case, api
    yield from last


@attrs.frozen(kw_only=True)
class _Asking:
    """A server, and what is expected of it."""

    client: AuthorizationClient
    suite: Suite
    release: DikastesRelease | None
    hints: Mapping[str, str]
    faults: tuple[KnownFault, ...]
    served: tuple[str, ...]
    envoy_timeout: float

    def outcome(self, case: Case, api: str) -> Outcome:
        """The outcome of a case, whether it is a known fault, and whether the server died."""
        if case.health:
            outcome = self._health(case)
        elif case.expect.same_apis:
            outcome = self._same_apis(case)
        else:
            outcome = self._asked(case, api)
        if outcome.result == FAILED and self._dead(api):
            outcome = attrs.evolve(outcome, found=("the server died at this case",), died=True)
        if outcome.result == FAILED:
            for fault in self.faults:
                if fault.explains(case.name, api) and (fault.died or not outcome.died):
                    return attrs.evolve(outcome, result=KNOWN, reason=fault.reason)
        return outcome

    def _dead(self, api: str) -> bool:
        """Whether the server is gone: nothing answers the ordinary request over a new connection."""
        self.client.reconnect()
        (answer,) = self.client.ask_all([self.suite.ordinary], api or self.served[-1])
        return isinstance(answer, Unreachable | NoSuchSocket)

    def _asked(self, case: Case, api: str) -> Outcome:
        ordinary = _code(self._ordinary(api)) if case.expect.as_ordinary else None
        answers = self._answers(case, api)
        wrongs = Counter(wrong for one in answers if (wrong := self._wrong(case, _read(one), ordinary)))
        found = [
            f"{count} of {case.times} answers: {text}" if case.times > 1 else text for text, count in wrongs.items()
        ]
        if case.expect.still_answers:
            after = self._ordinary(api)
            if isinstance(after, ManifestgenError):
                found.append(f"afterwards the ordinary request got no response: {_said(after)}")
        times = tuple(one.seconds * 1000 for one in answers if isinstance(one, Answer)) if case.times > 1 else ()
        outcome = _outcome(case, api, found, times)
        limit = self.envoy_timeout * 1000
        if case.expect.in_time and times and _percentile(times, 99) > limit:
            slow = f"99 of 100 answers took up to {_percentile(times, 99):.1f} ms, and Envoy waits {limit:g} ms"
            failed = found or case.expect.in_time == REQUIRED
            return attrs.evolve(outcome, found=(*found, slow), result=FAILED if failed else SLOW)
        return outcome

    def _ordinary(self, api: str) -> Decision | ManifestgenError:
        return _read(self.client.ask_all([self.suite.ordinary], api)[0])

    def _answers(self, case: Case, api: str) -> list[Answer | ManifestgenError]:
        starts = range(0, case.times, case.at_once)
        return [
            answer
            for start in starts
            for answer in self.client.ask_all([case.wire] * min(case.at_once, case.times - start), api)
        ]

    def _same_apis(self, case: Case) -> Outcome:
        if len(self.served) < 2:
            return _outcome(case, "", [f"only {''.join(self.served) or 'no API'} is served"], result=SKIPPED)
        codes = {api: _code(_read(self.client.ask_all([case.wire], api)[0])) for api in self.served}
        return _outcome(case, "", [] if len(set(codes.values())) == 1 else [f"{api}: {codes[api]}" for api in codes])

    def _health(self, case: Case) -> Outcome:
        if self.release and not self.release.health:
            return _outcome(case, "", ["this release has no health service"], result=SKIPPED)
        try:
            health = self.client.health()
        except NotServed as error:
            return _outcome(case, "", [_said(error)], result=FAILED if self.release else SKIPPED)
        except ManifestgenError as error:
            return _outcome(case, "", [_said(error)])
        names = {"CheckReadiness": health.ready, "CheckLiveness": health.live}
        return _outcome(case, "", [f"{name}: not healthy" for name, healthy in names.items() if not healthy])

    def _wrong(self, case: Case, reading: Decision | ManifestgenError, ordinary: str | None) -> str:
        """What is wrong with an answer; empty if nothing is."""
        expect = case.expect
        if isinstance(reading, ManifestgenError):
            return "" if isinstance(reading, Failed) and expect.answer == "any" else _said(reading)
        name = reading.code_name
        if expect.codes is not None and name not in expect.codes:
            hint = self.hints.get(name)
            return f"the code {name}: {hint}" if hint else f"the code {name} instead of {' or '.join(expect.codes)}"
        if expect.allowed is not None and reading.allowed is not expect.allowed:
            return f"the code {name}: Envoy {'lets the request pass' if reading.allowed else 'denies the request'}"
        if expect.as_ordinary and name != ordinary:
            return f"the code {name}, where the ordinary request gets {ordinary}"
        return _contradiction(reading) if expect.coherent else ""


def _read(answer: Answer | ManifestgenError) -> Decision | ManifestgenError:
    if isinstance(answer, ManifestgenError):
        return answer
    try:
        return decide(answer.raw)
    except ManifestgenError as error:
        return error


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
    return Outcome(
        case=case.name,
        api=api,
        result=result or (FAILED if found else PASSED),
        rule=case.rule,
        reason=case.reason,
        found=tuple(found),
        milliseconds=milliseconds,
        at_once=case.at_once,
        timed=bool(case.expect.in_time),
    )


def _percentile(values: Sequence[float], percent: float) -> float:
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]
