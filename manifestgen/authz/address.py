"""The address of an authorization server: a Unix socket or a TCP port."""

from __future__ import annotations

import os
import re
import stat
import sys
from urllib.parse import quote

import attrs

from manifestgen.errors import ManifestgenError, as_message
from manifestgen.model.location import Location

LONGEST_SOCKET_PATH = 103 if sys.platform == "darwin" else 107
"""Bytes that a Unix socket's path may have: `sun_path` less its closing NUL (unix(7))."""

_TCP = re.compile(r"(?:tcp://)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s/:\[\]@?#]+):(?P<port>[0-9]{1,5})", re.ASCII)


class AddressSyntaxError(ManifestgenError):
    """A text is not an address.

    Attributes:
        address: the text.
    """

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"{as_message(address)} is not an address: {why}",
            next_step="write unix:///PATH for a socket, or HOST:PORT for TCP",
        )
        self.address = address


class SocketPathTooLong(ManifestgenError):
    """A socket's path has more bytes than the operating system allows.

    Attributes:
        path: the path.
    """

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the socket path has more than {LONGEST_SOCKET_PATH} bytes",
            where=Location(path),
            found=f"{len(os.fsencode(path))} bytes",
            next_step="use a shorter path, or change to its directory and give a relative one: unix:NAME",
        )
        self.path = path


class CallFailed(ManifestgenError):
    """No answer was received from an address.

    Attributes:
        address: the address that was asked.
    """

    def __init__(self, address: object, what: str, *, found: str = "", next_step: str = "") -> None:
        super().__init__(what, where=Location(str(address)), found=found, next_step=next_step)
        self.address = address


class NoSuchSocket(CallFailed):
    """There is nothing at a socket's path."""


class NotASocket(CallFailed):
    """The path is not a socket."""


@attrs.frozen
class Address:
    """A parsed address.

    Attributes:
        text: the address as written.
        target: the address in the form for gRPC.
        path: the socket's path; empty for TCP.
    """

    text: str
    target: str
    path: str = ""

    def __str__(self) -> str:
        """The address as written."""
        return self.text

    @property
    def location(self) -> Location:
        """The address as errors name it."""
        return Location(self.text)


def parse(text: str) -> Address:
    """An address written `unix:///PATH`, `unix:RELATIVE`, `/PATH`, `HOST:PORT` or `tcp://HOST:PORT`.

    Raises:
        AddressSyntaxError: it is none of these.
        SocketPathTooLong: the path has more bytes than a socket can have.
    """
    if text.startswith(("unix:", "/")):
        return _unix(text)
    match = _TCP.fullmatch(text)
    if not match:
        raise AddressSyntaxError(text, "it is neither unix:///PATH nor HOST:PORT")
    if int(match["port"]) > 65535:
        raise AddressSyntaxError(text, f"there is no port {match['port']}")
    return Address(text, f"dns:///{match['host']}:{int(match['port'])}")


def _unix(text: str) -> Address:
    path = text.removeprefix("unix:")
    if path.startswith("//"):
        path = path[2:]
        if not path.startswith("/"):
            raise AddressSyntaxError(text, "unix:// is followed by an absolute path, with a third /")
    if not path or "\0" in path:
        raise AddressSyntaxError(text, "the path is empty" if not path else "the path has a NUL in it")
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise SocketPathTooLong(path)
    return Address(text, "unix:" + quote(os.fsencode(path)), path)


def not_a_socket(path: str) -> CallFailed | None:
    """Why nothing can answer at a path, if the reason is that there is no socket."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        return NoSuchSocket(
            path,
            "there is no such socket" if isinstance(error, FileNotFoundError) else "the socket cannot be inspected",
            found=error.strerror or "",
            next_step="start the server, or look for the path it listens on (Dikastes: -l)",
        )
    if stat.S_ISSOCK(mode):
        return None
    return NotASocket(
        path,
        "this is not a socket",
        found="a directory" if stat.S_ISDIR(mode) else "a file of another kind",
        next_step="give the path that the server listens on",
    )
