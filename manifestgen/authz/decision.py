"""How Envoy interprets an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from manifestgen.authz.contract import OK, SERVER_FAULTS, code_name
from manifestgen.authz.grpc_import import DecodeError
from manifestgen.authz.stubs.check_pb2 import CheckResponse, HeaderValueOption
from manifestgen.errors import ManifestgenError, as_message

if TYPE_CHECKING:
    from manifestgen.errors import Where

_SHOWN_BYTES = 24


class MalformedResponse(ManifestgenError):
    """The bytes of an answer are not the expected message; for a check, Envoy counts an error and denies the request.

    Attributes:
        raw: the bytes.
    """

    def __init__(self, raw: bytes, where: Where | None = None, message: str = "CheckResponse") -> None:
        cut = "…" if len(raw) > _SHOWN_BYTES else ""
        super().__init__(
            f"the answer is not a {message}",
            where=where,
            found=f"{len(raw)} bytes: {raw[:_SHOWN_BYTES].hex(' ')}{cut}",
            next_step="look at what listens there: it is not an authorization server",
        )
        self.raw = raw


class AnswerWithoutStatus(ManifestgenError):
    """An answer has no status, which Envoy treats as OK.

    Attributes:
        raw: the answer.
    """

    def __init__(self, raw: bytes, where: Where | None = None) -> None:
        super().__init__(
            "the answer has no status: it breaks the contract, and Envoy lets the request pass",
            where=where,
            next_step="make the server set CheckResponse.status in every answer, OK included",
        )
        self.raw = raw


class NoDecision(ManifestgenError):
    """A server answered with a code that means that it could not decide; Envoy denies the request anyway.

    Attributes:
        code_name: the code's name.
    """

    def __init__(self, decision: Decision, where: Where | None = None, hint: str = "") -> None:
        super().__init__(
            f"the server answered {decision.code_name}, which is not a policy decision; Envoy denies the request",
            where=where,
            found=as_message(decision.message) if decision.message else "",
            next_step=hint or "look at the server's log",
        )
        self.code_name = decision.code_name


@attrs.frozen(kw_only=True)
class Decision:
    """A server's answer to one check.

    Attributes:
        allowed: whether Envoy lets the request pass, which only the code OK does.
        code: google.rpc.Code; `contract.CODES` has the names.
        message: the server's message; often empty.
        headers: names and values, in order: added to the request if allowed, to the response if denied.
        raw: the answer as received, a serialized CheckResponse.
    """

    allowed: bool
    code: int
    message: str
    headers: tuple[tuple[str, str], ...]
    raw: bytes

    @property
    def code_name(self) -> str:
        """The name of the code, such as `PERMISSION_DENIED`."""
        return code_name(self.code)

    @property
    def decided(self) -> bool:
        """Whether the server decided, instead of saying that it could not."""
        return self.code not in SERVER_FAULTS


def decide(raw: bytes, where: Where | None = None) -> Decision:
    """Envoy's decision after an answer.

    Args:
        raw: the bytes of the answer.
        where: the server, for the messages.

    Raises:
        MalformedResponse: the bytes are not a CheckResponse.
        AnswerWithoutStatus: Envoy would let the request pass although the server did not allow it.
    """
    response = read_response(raw, where)
    if not response.HasField("status"):
        raise AnswerWithoutStatus(raw, where)
    allowed = response.status.code == OK
    headers = response.ok_response.headers if allowed else response.denied_response.headers
    return Decision(
        allowed=allowed,
        code=response.status.code,
        message=response.status.message,
        headers=_pairs(headers),
        raw=raw,
    )


def read_response(raw: bytes, where: Where | None = None) -> CheckResponse:
    """Parse the bytes of an answer.

    Raises:
        MalformedResponse: the bytes are not a CheckResponse.
    """
    try:
        return CheckResponse.FromString(raw)
    except DecodeError as error:
        raise MalformedResponse(raw, where) from error


def _pairs(options: Iterable[HeaderValueOption]) -> tuple[tuple[str, str], ...]:
    headers = (option.header for option in options)
    return tuple(
        (header.key, header.value or header.raw_value.decode("utf-8", "backslashreplace")) for header in headers
    )
