"""Simple rules for the stand-in server: who can call what. They are not Calico policy.

The first rule that matches decides, else the default. A rule is the conjunction of its conditions, which are
compared like in Dikastes of a Calico release (`matching.Matching`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from manifestgen.authz.contract import CODES as CODE_NAMES
from manifestgen.authz.contract import INVALID_ARGUMENT, OK, PERMISSION_DENIED, UNAVAILABLE, NotSpiffe, service_account
from manifestgen.authz.matching import CONVERTED_APIS, Matching, normalized, without_query

NEWEST = Matching()
"""How the newest release of Dikastes decides."""

CODES = {"allow": OK, "deny": PERMISSION_DENIED}
"""What an action answers."""

_METHOD = re.compile(r"\*|[A-Z][A-Z0-9!#$%&'*+.^_`|~-]*", re.ASCII)


@attrs.frozen(kw_only=True)
class RequestSummary:
    """The parts of a check request that rules examine.

    Attributes:
        method: None for a request without HTTP.
        path: as on the request line.
        principal: the caller's principal; empty in plain text.
        destination_principal: the called workload's principal; empty in plain text.
        api: the API of the request.
        has_source: whether the request has the caller as a peer.
        has_destination: whether the request has the called workload as a peer.
    """

    method: str | None = None
    path: str = ""
    principal: str = ""
    destination_principal: str = ""
    api: str = "v3"
    has_source: bool = True
    has_destination: bool = True


@attrs.frozen
class Verdict:
    """The answer of the rules.

    Attributes:
        code: google.rpc.Code.
        reason: the rule that decided.
        answered: false if Dikastes of the release crashes instead of answering.
    """

    code: int
    reason: str
    answered: bool = True


@attrs.frozen
class PathMatch:
    """A path to compare with.

    Attributes:
        path: the path as in Calico's policy, such as `/public`.
        prefix: whether paths that begin with it match too.
    """

    path: str
    prefix: bool = False


def _spiffe_ids(principals: frozenset[str] | None) -> frozenset[str] | None:
    for principal in sorted(principals or ()):
        if service_account(principal) is None:
            raise NotSpiffe(principal)
    return principals


@attrs.frozen(kw_only=True)
class AuthorizationRule:
    """One rule: every condition that is not None must hold.

    Attributes:
        name: its name in messages.
        action: `allow` or `deny`.
        methods: the HTTP method is one of these, or they include `*`.
        paths: the path matches one of these.
        principals: the caller is one of these service accounts, by SPIFFE ID; the trust domain is not compared.

    Raises:
        NotSpiffe: one of the principals has another form.
    """

    name: str
    action: str
    methods: frozenset[str] | None = None
    paths: tuple[PathMatch, ...] | None = None
    principals: frozenset[str] | None = attrs.field(default=None, converter=_spiffe_ids)
    _accounts: frozenset[tuple[str, str]] = attrs.field(init=False, repr=False, eq=False)

    @_accounts.default
    def _service_accounts(self) -> frozenset[tuple[str, str]]:
        return frozenset(account for one in self.principals or () if (account := service_account(one)))

    def admits_caller(self, principal: str, matching: Matching) -> bool:
        """Whether the condition on principals holds for a caller."""
        return self.principals is None or matching.account_matches(principal, self._accounts)

    def admits_method(self, method: str) -> bool:
        """Whether the condition on methods holds; methods are case-sensitive."""
        return self.methods is None or method in self.methods or "*" in self.methods

    def admits_path(self, path: str, matching: Matching) -> bool:
        """Whether the condition on paths holds for a path that starts with `/`."""
        return self.paths is None or any(matching.path_matches(path, one.path, prefix=one.prefix) for one in self.paths)


Rule = AuthorizationRule
"""The class by the name that it had in 0.1."""


@attrs.frozen(kw_only=True)
class Rules:
    """All rules, in order.

    Attributes:
        rules: the first that matches decides.
        default: the action where none matches.
    """

    rules: tuple[AuthorizationRule, ...] = ()
    default: str = "deny"

    def decide(self, request: RequestSummary, matching: Matching = NEWEST) -> Verdict:
        """The answer to a request.

        Args:
            request: the request.
            matching: how Dikastes of the release decides.
        """
        early = _before_rules(request, matching)
        if early:
            return early
        method, path = _http(request, matching)
        for rule in self.rules:
            if not rule.admits_caller(request.principal, matching):
                continue
            if method is None or path is None:
                return _by(rule)
            if not rule.admits_method(method):
                continue
            if rule.paths is not None and not path.startswith("/"):
                return Verdict(INVALID_ARGUMENT, f"the path does not start with /, and {rule.name} names paths")
            if rule.admits_path(path, matching):
                return _by(rule)
        return Verdict(CODES[self.default], f"{self.default} by default")


def _by(rule: AuthorizationRule) -> Verdict:
    return Verdict(CODES[rule.action], f"{rule.action} by {rule.name}")


def _before_rules(request: RequestSummary, matching: Matching) -> Verdict | None:
    """The answer that does not depend on the rules; None if they decide."""
    peers = (request.has_source, request.has_destination)
    if matching.v2_needs_peers and request.api in CONVERTED_APIS and not all(peers):
        return Verdict(
            UNAVAILABLE, f"Dikastes crashes at a request over {request.api} that lacks a peer", answered=False
        )
    if matching.answers:
        return Verdict(CODE_NAMES.index(matching.answers), "Dikastes of this release answers so to everything")
    for principal in (request.principal, request.destination_principal):
        if matching.denied(principal):
            return Verdict(PERMISSION_DENIED, "no principal" if not principal else "a principal is not a SPIFFE ID")
    if matching.without_destination == "denied" and not request.has_destination:
        return Verdict(PERMISSION_DENIED, "the request has no destination peer")
    return None


def _http(request: RequestSummary, matching: Matching) -> tuple[str | None, str | None]:
    """The method and path to compare with conditions; None if every condition holds."""
    if request.method is not None:
        return request.method, request.path
    matches = matching.without_http == "matches" and request.api not in CONVERTED_APIS
    return (None, None) if matches else ("", "")


@attrs.frozen
class Remark:
    """A condition that does not do what its author may expect.

    Attributes:
        path: its path in the rules file.
        text: what it does instead.
    """

    path: tuple[str | int, ...]
    text: str


def remarks(rules: Rules, matching: Matching = NEWEST) -> tuple[Remark, ...]:
    """Methods and paths that no request can match, or that do not match as written."""
    return tuple(
        Remark(("rules", index, *path), text)
        for index, rule in enumerate(rules.rules)
        for path, text in _remarks(rule, matching)
    )


def _remarks(rule: AuthorizationRule, matching: Matching) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for method in sorted(rule.methods or ()):
        if not _METHOD.fullmatch(method):
            yield (
                ("methods",),
                f"methods are compared exactly, and HTTP's are in upper case: {method!r} matches nothing",
            )
    for number, one in enumerate(rule.paths or ()):
        place = ("paths", number, "prefix" if one.prefix else "exact")
        queried = without_query(one.path) != one.path
        if not one.path.startswith("/") or (matching.paths == "normalized" and normalized(one.path) is None):
            yield place, "no request matches this path: it must start with / and be encoded once at most"
        elif queried and matching.paths == "raw":
            yield place, "no request matches this path: the query of a request is cut off before it is compared"
        elif queried:
            yield place, "the query of this path is not compared"
