"""What an answer means to Envoy."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from google.protobuf.message import DecodeError

from manifestgen.authz.contract import OK, code_name
from manifestgen.authz.stubs.check_pb2 import CheckResponse, HeaderValueOption
from manifestgen.errors import ManifestgenError

_SHOWN_BYTES = 24


class GarbledAnswer(ManifestgenError):
    """The bytes of an answer are not the message that was asked for; to a check, Envoy counts an error and denies.

    Attributes:
        raw: the bytes.
    """

    def __init__(self, raw: bytes, where: object = "", message: str = "CheckResponse") -> None:
        cut = "…" if len(raw) > _SHOWN_BYTES else ""
        super().__init__(
            f"the answer is not a {message}",
            where=where,
            found=f"{len(raw)} bytes: {raw[:_SHOWN_BYTES].hex(' ')}{cut}",
            next_step="look at what listens there: it is not an authorization server",
        )
        self.raw = raw


class AnswerWithoutStatus(ManifestgenError):
    """An answer has no status, which Envoy takes for OK.

    Attributes:
        raw: the answer.
    """

    def __init__(self, raw: bytes, where: object = "") -> None:
        super().__init__(
            "the answer has no status: it breaks the contract, and Envoy lets the request pass",
            where=where,
            next_step="make the server set CheckResponse.status in every answer, OK included",
        )
        self.raw = raw


@attrs.frozen
class Decision:
    """A server's answer to one check.

    Attributes:
        allowed: whether Envoy lets the request pass: only the code OK allows.
        code: google.rpc.Code, `contract.CODES` has the names.
        message: what the server says to it; often empty.
        headers: names and values, in order: those added to the request when allowed, to the response when denied.
        raw: the answer as it came, a serialized CheckResponse.
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


def decide(raw: bytes, where: object = "") -> Decision:
    """What Envoy makes of an answer.

    Args:
        raw: the bytes of the answer.
        where: who answered, for the messages.

    Raises:
        GarbledAnswer: the bytes are no CheckResponse.
        AnswerWithoutStatus: Envoy would let the request pass, but nobody said so.
    """
    response = read_response(raw, where)
    if not response.HasField("status"):
        raise AnswerWithoutStatus(raw, where)
    allowed = response.status.code == OK
    headers = response.ok_response.headers if allowed else response.denied_response.headers
    return Decision(allowed, response.status.code, response.status.message, _pairs(headers), raw)


def read_response(raw: bytes, where: object = "") -> CheckResponse:
    """The message of an answer's bytes.

    Raises:
        GarbledAnswer: the bytes are no CheckResponse.
    """
    try:
        return CheckResponse.FromString(raw)
    except DecodeError as error:
        raise GarbledAnswer(raw, where) from error


def _pairs(options: Iterable[HeaderValueOption]) -> tuple[tuple[str, str], ...]:
    headers = (option.header for option in options)
    return tuple(
        (header.key, header.value or header.raw_value.decode("utf-8", "backslashreplace")) for header in headers
    )
