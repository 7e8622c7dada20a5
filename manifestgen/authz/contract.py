"""What both ends of the call agree on: the paths on the wire, the codes, the form of a principal."""

from __future__ import annotations

import re

from manifestgen.errors import ManifestgenError, as_message, nearest

APIS = ("v2alpha", "v2", "v3")
"""The versions of Envoy's authorization API, oldest first. They differ in the path of the call alone."""

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

HEALTHZ = "dikastes.Healthz"
"""Full name of Dikastes' health service."""

DIKASTES_ADDRESS = "unix:///var/run/dikastes/dikastes.sock"
"""Where Dikastes listens by default, and in every manifest that Calico published."""

_SPIFFE = re.compile(r"spiffe://[^/]+/ns/[^/]+/sa/[^/]+")


class UnknownApi(ManifestgenError):
    """There is no such version of the authorization API.

    Attributes:
        api: what was asked for.
    """

    def __init__(self, api: str) -> None:
        super().__init__(
            f"there is no authorization API {api!r}",
            candidates=nearest(api, APIS) or APIS,
            next_step="use v3, unless the Envoys are older than 2020",
        )
        self.api = api


class NotSpiffe(ManifestgenError):
    """A principal does not have the form that Dikastes reads a service account from.

    Attributes:
        principal: what was given.
    """

    def __init__(self, principal: str, where: object = "") -> None:
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
    """The name of a google.rpc.Code; the number itself where it has none."""
    return CODES[code] if 0 <= code < len(CODES) else str(code)


def is_spiffe(principal: str) -> bool:
    """Whether a principal has the form that Dikastes requires (checker/match.go, `parseSpiffeID`)."""
    return _SPIFFE.fullmatch(principal) is not None
