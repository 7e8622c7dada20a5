"""Parameter types: what a value of each may be, and how it is written on a command line.

A check takes the value and the parameter's bounds and returns the value to use, or raises ValueError with the
reason. Modules that only some types need are imported by those.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+|0", re.ASCII)
_QUANTITY = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+|m|k|[KMGTPE]i?)?", re.ASCII)
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_IMAGE = re.compile(r"[a-z0-9][\w.:-]*(?:/[\w.-]+)*(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?", re.ASCII)


class Bounds(NamedTuple):
    """What a declaration adds to its type.

    Attributes:
        choices: the values an enum may have.
        minimum, maximum: of an int; for a cidr, of its prefix length.
        family: 4 or 6 for a cidr or an ip of one family only.
        prefix: what a path must start, or each key of a map must start with.
        also: further words that are values, such as `autodetect`.
    """

    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    family: int | None = None
    prefix: str = ""
    also: tuple[str, ...] = ()


class Type(NamedTuple):
    """A parameter type.

    Attributes:
        what: the type in words.
        example: a value that is good.
        check: the value to use, or ValueError.
        from_text: a value written on a command line, not yet checked.
    """

    what: str
    example: str
    check: Callable[[Any, Bounds], Any]
    from_text: Callable[[str], Any] = str


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is wanted; quote it")  # noqa: TRY004 - one kind of refusal
    if any(ord(character) < 32 and character not in "\t\n" for character in value):
        raise ValueError("it holds a control character")
    return value


def _pattern(expression: re.Pattern[str], reason: str) -> Callable[[Any, Bounds], Any]:
    def check(value: Any, bounds: Bounds) -> Any:
        text = _text(value)
        if text not in bounds.also and not expression.fullmatch(text):
            raise ValueError(reason)
        return text

    return check


def _string(value: Any, bounds: Bounds) -> Any:
    if not _text(value).startswith(bounds.prefix):
        raise ValueError(f"it does not start with {bounds.prefix}")
    return value


def _bool(value: Any, _: Bounds) -> Any:
    if not isinstance(value, bool):
        raise ValueError("only true and false are bools")  # noqa: TRY004
    return value


def _int(value: Any, bounds: Bounds) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("it is not a whole number")  # noqa: TRY004
    if bounds.minimum is not None and value < bounds.minimum:
        raise ValueError(f"it is below {bounds.minimum}")
    if bounds.maximum is not None and value > bounds.maximum:
        raise ValueError(f"it is above {bounds.maximum}")
    return value


def _enum(value: Any, bounds: Bounds) -> Any:
    if value not in bounds.choices:
        raise ValueError(f"one of {', '.join(bounds.choices)} is wanted")
    return value


def _cidr(value: Any, bounds: Bounds) -> Any:
    import ipaddress  # noqa: PLC0415

    text = _text(value)
    if text in bounds.also:
        return text
    if "/" not in text:
        raise ValueError("the prefix length is missing")
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(str(error).replace(repr(text), "it").replace(text, "it")) from None
    if bounds.family and network.version != bounds.family:
        raise ValueError(f"it is an IPv{network.version} network, IPv{bounds.family} is wanted")
    return text


def _ip(value: Any, bounds: Bounds) -> Any:
    import ipaddress  # noqa: PLC0415

    text = _text(value)
    if text in bounds.also:
        return text
    try:
        address = ipaddress.ip_interface(text) if "/" in text else ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("it is not an IP address") from None
    if bounds.family and address.version != bounds.family:
        raise ValueError(f"it is an IPv{address.version} address, IPv{bounds.family} is wanted")
    return text


def _urls(value: Any, _: Bounds) -> Any:
    from urllib.parse import urlsplit  # noqa: PLC0415

    urls = value.split(",") if isinstance(value, str) else value
    if not isinstance(urls, list) or not urls:
        raise ValueError("a list of URLs is wanted")
    for url in urls:
        try:
            parts = urlsplit(_text(url).strip())
            sound = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or True)
        except ValueError:
            sound = False
        if not sound or any(character in url for character in "<> "):
            raise ValueError(f"{url!r} is not an http or https URL with a host")
    return ",".join(url.strip() for url in urls)


def _regex(value: Any, _: Bounds) -> Any:
    try:
        re.compile(_text(value))
    except re.error as error:
        raise ValueError(f"it is not a regular expression: {error}") from None
    return value


def _list(value: Any, _: Bounds) -> Any:
    if not isinstance(value, list):
        raise ValueError("a list is wanted")  # noqa: TRY004
    return value


def _names(value: Any, bounds: Bounds) -> Any:
    for name in _list(value, bounds):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a Kubernetes name")
    return value


def _map(value: Any, bounds: Bounds) -> Any:
    if not isinstance(value, dict):
        raise ValueError("a mapping is wanted")  # noqa: TRY004
    for key, item in value.items():
        if not _VARIABLE.fullmatch(key) or not key.startswith(bounds.prefix):
            raise ValueError(f"{key!r} is not a name that starts with {bounds.prefix or 'a letter'}")
        if not isinstance(item, str):
            raise ValueError(f"the value of {key} is not a text; quote it")  # noqa: TRY004
    return value


def _object(value: Any, _: Bounds) -> Any:
    if not isinstance(value, dict):
        raise ValueError("a mapping is wanted")  # noqa: TRY004
    return value


def _from_bool(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _from_int(text: str) -> Any:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text


def _from_list(text: str) -> Any:
    return _from_json(text) if text.lstrip().startswith("[") else [part.strip() for part in text.split(",")]


def _from_map(text: str) -> Any:
    if text.lstrip().startswith("{"):
        return _from_json(text)
    pairs = [part.partition("=") for part in text.split(",")]
    return {key.strip(): value for key, equals, value in pairs if equals} if all(p[1] for p in pairs) else text


def _from_json(text: str) -> Any:
    import json  # noqa: PLC0415

    try:
        return json.loads(text)
    except ValueError:
        return text


TYPES: dict[str, Type] = {
    "string": Type("a text", "info", _string),
    "bool": Type("true or false", "true", _bool, _from_bool),
    "int": Type("a whole number", "1440", _int, _from_int),
    "enum": Type("one of a few words", "", _enum),
    "cidr": Type("a network in CIDR notation", "192.168.0.0/16", _cidr),
    "ip": Type("an IP address", "10.0.0.1", _ip),
    "urls": Type("a list of URLs", "https://10.0.0.1:2379,https://10.0.0.2:2379", _urls),
    "duration": Type("a duration", "90s", _pattern(_DURATION, "a number with ns, us, ms, s, m or h is wanted")),
    "quantity": Type("a Kubernetes quantity", "250m", _pattern(_QUANTITY, "a number with m, k, Ki, M, Mi … is wanted")),
    "name": Type("a Kubernetes name", "calico-node", _pattern(_NAME, "lower case letters, digits, - and . are wanted")),
    "names": Type("a list of Kubernetes names", "registry-a,registry-b", _names, _from_list),
    "regex": Type("a regular expression", "eth.*", _regex),
    "path": Type(
        "an absolute path", "/var/run/nodeagent", _pattern(re.compile(r"/[^\x00-\x1f]*"), "it does not start with /")
    ),
    "image": Type("an image", "quay.io/calico/node:v3.9.6", _pattern(_IMAGE, "it is not an image reference")),
    "list": Type("a list", '["a", "b"]', _list, _from_list),
    "map": Type("names and texts", "FELIX_USAGEREPORTINGENABLED=false", _map, _from_map),
    "object": Type("a mapping", '{"cpu": "250m"}', _object, _from_json),
    "file": Type("the path of a file, whose content is used", "pki/etcd-ca.pem", _string),
}
