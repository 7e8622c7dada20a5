"""What both ends of the call agree on: service names, codes, and the form of a principal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError, as_message, nearest

if TYPE_CHECKING:
    from manifestgen.errors import Where

APIS = ("v2alpha", "v2", "v3")
"""The versions of Envoy's authorization API, oldest first. Their messages have the same bytes; the path differs."""

CODES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
"""The names of google.rpc.Code, each at its number."""

OK = CODES.index("OK")
INVALID_ARGUMENT = CODES.index("INVALID_ARGUMENT")
PERMISSION_DENIED = CODES.index("PERMISSION_DENIED")
UNAVAILABLE = CODES.index("UNAVAILABLE")

SERVER_FAULTS = frozenset(
    CODES.index(name)
    for name in (
        "CANCELLED",
        "UNKNOWN",
        "DEADLINE_EXCEEDED",
        "ABORTED",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
    )
)
"""Codes by which a server says that it could not decide; Envoy denies the request anyway."""

HEALTHZ = "dikastes.Healthz"
"""Full name of Dikastes' health service."""

DIKASTES_ADDRESS = "unix:///var/run/dikastes/dikastes.sock"
"""Where Dikastes listens by default, and in every manifest that Calico published."""

_SPIFFE = re.compile(r"spiffe://[^/]+/ns/([^/]+)/sa/([^/]+)")


class UnknownApi(ManifestgenError):
    """The authorization API has no such version.

    Attributes:
        api: the version that was given.
    """

    def __init__(self, api: str) -> None:
        super().__init__(
            f"there is no authorization API {api!r}",
            candidates=nearest(api, APIS) or APIS,
            next_step="use v3, unless the Envoys are older than 2020",
        )
        self.api = api


class NotSpiffe(ManifestgenError):
    """A rule names a principal that is not a service account's SPIFFE ID.

    Attributes:
        principal: the principal that was given.
    """

    def __init__(self, principal: str, where: Where | None = None) -> None:
        super().__init__(
            "the principal is not a SPIFFE ID of a service account",
            where=where,
            found=as_message(principal),
            next_step="write spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT",
        )
        self.principal = principal


def service(api: str) -> str:
    """The full name of the gRPC service of one version of the API.

    Raises:
        UnknownApi: it is none of `APIS`.
    """
    if api not in APIS:
        raise UnknownApi(api)
    return f"envoy.service.auth.{api}.Authorization"


def code_name(code: int) -> str:
    """The name of a google.rpc.Code; the number if it has none."""
    return CODES[code] if 0 <= code < len(CODES) else str(code)


def service_account(principal: str) -> tuple[str, str] | None:
    """The namespace and name in a service account's SPIFFE ID; None if a principal is anything else.

    The trust domain is ignored, as in Dikastes (checker/requestcache.go, `parseSpiffeID`).
    """
    match = _SPIFFE.fullmatch(principal)
    return (match[1], match[2]) if match else None
