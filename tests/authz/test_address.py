from __future__ import annotations

import pytest

from manifestgen.authz.address import AddressSyntaxError, SocketPathTooLong, parse


@pytest.mark.parametrize(
    ("text", "target", "path"),
    [
        ("unix:///run/a.sock", "unix:/run/a.sock", "/run/a.sock"),
        ("/run/a.sock", "unix:/run/a.sock", "/run/a.sock"),
        ("unix:a.sock", "unix:a.sock", "a.sock"),
        ("unix:///run/a b%41é", "unix:/run/a%20b%2541%C3%A9", "/run/a b%41é"),
        ("127.0.0.1:50051", "dns:///127.0.0.1:50051", ""),
        ("tcp://dikastes.calico:1", "dns:///dikastes.calico:1", ""),
        ("[::1]:65535", "dns:///[::1]:65535", ""),
    ],
)
def test_an_address_is_a_socket_or_a_port(text: str, target: str, path: str) -> None:
    """Each way to write an address gives what gRPC takes, and the path of a socket."""
    address = parse(text)
    assert (address.target, address.path, str(address)) == (target, path, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "neither unix:///PATH nor HOST:PORT"),
        ("localhost", "neither unix:///PATH nor HOST:PORT"),
        ("localhost:http", "neither"),
        ("http://localhost:80", "neither"),
        ("localhost:80/path", "neither"),
        ("user@localhost:80", "neither"),
        ("::1:80", "neither"),
        ("localhost:65536", "there is no port 65536"),
        ("unix:", "the path is empty"),
        ("unix://run/a.sock", "with a third /"),
        ("unix:///run/a\0b", "NUL"),
    ],
)
def test_what_is_no_address_is_refused(text: str, why: str) -> None:
    """The message says why and how an address is written."""
    with pytest.raises(AddressSyntaxError, match=why) as caught:
        parse(text)
    assert "write unix:///PATH" in str(caught.value)


def test_a_socket_path_has_at_most_107_bytes() -> None:
    """Bytes are counted, not characters; 107 is the most that Linux takes."""
    assert parse("unix:///" + "a" * 106).path == "/" + "a" * 106
    for path in ("/" + "a" * 107, "/" + "é" * 54):
        with pytest.raises(SocketPathTooLong, match="more than 107 bytes"):
            parse(f"unix://{path}")
