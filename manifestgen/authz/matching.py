"""How Dikastes compares a request with a rule: the same since Calico 3.2, except for the fields of `Matching`."""

from __future__ import annotations

import re
from functools import lru_cache
from posixpath import normpath
from urllib.parse import unquote_to_bytes

import attrs

from manifestgen.authz.contract import service_account

CONVERTED_APIS = ("v2alpha", "v2")
"""The APIs whose requests Dikastes converts to v3 from Calico 3.20 on (checker/server.go, V2Compat)."""

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_STILL_ENCODED = re.compile(rb"%(?:2e|2f|5c)", re.IGNORECASE)
_PARAMETERS = re.compile(rb";[^/]*")


@attrs.frozen(kw_only=True)
class Matching:
    """Differences between releases of Dikastes in how they decide; the defaults are those of the newest.

    Attributes:
        paths: `raw` (up to Calico 3.31.5) or `normalized`.
        without_http: over v3 a request without HTTP has an `empty` method and path, or `matches` all HTTP conditions.
        plain_text: a request without a principal is `denied`, or `matches` every account.
        not_spiffe: a principal that is not a service account's SPIFFE ID is `denied`, or `matches` every account.
        without_destination: a request without the destination peer is `denied`, or compared like any other (`matches`).
        v2_needs_peers: over v2 and v2alpha a request without source or destination crashes the process.
        answers: the name of the code of every answer; empty if requests are decided.
    """

    paths: str = "normalized"
    without_http: str = "matches"
    plain_text: str = "matches"
    not_spiffe: str = "matches"
    without_destination: str = "matches"
    v2_needs_peers: bool = True
    answers: str = ""

    def path_matches(self, path: str, rule_path: str, *, prefix: bool) -> bool:
        """Whether the path of a request (starting with `/`) equals a rule's path or, with `prefix`, begins with it."""
        if self.paths == "raw":
            found = without_query(path)
            return found.startswith(rule_path) if prefix else found == rule_path
        here, there = normalized(path), normalized(rule_path)
        if here is None or there is None:
            return False
        return here == there or (prefix and here.startswith(there.rstrip("/") + "/"))

    def account_matches(self, principal: str, accounts: frozenset[tuple[str, str]]) -> bool:
        """Whether a caller's principal is one of the accounts (namespace and name), or matches every account."""
        account = service_account(principal)
        return account is None or account in accounts

    def denied(self, principal: str) -> bool:
        """Whether a request is denied because of a peer's principal, before any rule is evaluated."""
        if not principal:
            return self.plain_text == "denied"
        return self.not_spiffe == "denied" and service_account(principal) is None


def without_query(path: str) -> str:
    """A path without its query and fragment."""
    return re.split(r"[?#]", path, maxsplit=1)[0]


@lru_cache(maxsize=4096)
def normalized(path: str) -> str | None:
    r"""A path as Dikastes compares it from Calico 3.31.6; None if it matches nothing.

    Without query and fragment, decoded once, `\` as `/`, without the parameters of a segment (`;…`), cleaned of `.`,
    `..` and repeated slashes. A bad escape, a NUL, and a `.`, `/` or `\` that is encoded twice match nothing
    (checker/match.go, `normalizeHTTPPath` @v3.32.1).
    """
    raw = without_query(path).encode("utf-8", "surrogateescape")
    if _BAD_ESCAPE.search(raw):
        return None
    decoded = unquote_to_bytes(raw)
    if b"\0" in decoded or _STILL_ENCODED.search(decoded):
        return None
    decoded = decoded.replace(b"\\", b"/")
    if not decoded.startswith(b"/"):
        return None
    plain = _PARAMETERS.sub(b"", decoded)
    return normpath(b"/" + plain.lstrip(b"/")).decode("utf-8", "surrogateescape")
