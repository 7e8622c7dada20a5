"""Parameter types: the values of each, and how they are written on a command line.

A check takes a value and the parameter's bounds and returns the value to use, or raises ValueError. The message says
what `requirement` does not say already, and is often empty; it never quotes the value, which may be secret. The
result shares nothing with the input. Modules that only some types need are imported by those.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record
from manifestgen.yamlio.scalars import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable

_DURATION = r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+|0"
_QUANTITY = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+|m|k|[KMGTPE]i|[MGTPE])?"
_NAME = r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_IMAGE = r"[a-z0-9][\w.:-]*(?:/[\w.-]+)*(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?"
_PATH = r"/[^\x00-\x1f]*"
_PREFIX_LENGTH = r"/\d{1,3}\Z"
_WORD = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL = rf"(?:{_NAME}/)?{_WORD}".replace(r"(?=.{1,253}\Z)", "")
_LABEL_VALUE = rf"(?:{_WORD})?"
_LARGEST = 2**63
_TOLERATION = {
    "key": str,
    "operator": ("Exists", "Equal"),
    "value": str,
    "effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "tolerationSeconds": int,
}


class Bounds(Record):
    """The restrictions that a declaration adds to its type.

    Attributes:
        choices: the values of an enum.
        minimum, maximum: of an int; for a cidr, of the prefix length.
        family: 4 or 6 for a cidr or ip that must be of one family.
        prefix: what a string, or each key of a map, must start with.
        pattern: a regular expression that a string or path must match as a whole; for a file, that its content has.
        form: the pattern in words, for messages.
        also: additional words that are allowed, such as `autodetect`.
    """

    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    family: int | None = None
    prefix: str = ""
    pattern: str = ""
    form: str = ""
    also: tuple[str, ...] = ()


class Type(Record):
    """A parameter type.

    Attributes:
        what: the type in words.
        example: a valid value.
        check: returns the value to use, or raises ValueError.
        from_text: parses a value from the command line, without checking it.
    """

    what: str
    example: str
    check: Callable[[Any, Bounds], Any]
    from_text: Callable[[str], Any] = str


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it is not a string; quote it")  # noqa: TRY004 - one kind of refusal
    if any((character < " " and character not in "\t\n") or "\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("it holds a character that is not text")
    return value


def _pattern(expression: str) -> Callable[[Any, Bounds], Any]:
    def check(value: Any, bounds: Bounds) -> Any:
        text = _text(value)
        if text not in bounds.also and not re.fullmatch(expression, text, re.ASCII):
            raise ValueError
        return _shaped(text, bounds)

    return check


def _shaped(text: str, bounds: Bounds) -> str:
    if bounds.pattern and text not in bounds.also and not re.fullmatch(bounds.pattern, text):
        raise ValueError
    return text


def _string(value: Any, bounds: Bounds) -> Any:
    if not _text(value).startswith(bounds.prefix):
        raise ValueError(f"it must start with {bounds.prefix}")
    return _shaped(value, bounds)


def _file(value: Any, _: Bounds) -> Any:
    """The path; its bounds concern the content."""
    if not _text(value) or "\n" in value:
        raise ValueError("it is the content of a file, or empty")
    return value


def _bool(value: Any, _: Bounds) -> Any:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - one kind of refusal
    return value


def _int(value: Any, bounds: Bounds) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError  # noqa: TRY004 - one kind of refusal
    if str(value) not in bounds.also and not _within(value, bounds):
        raise ValueError
    return value


def _within(number: int, bounds: Bounds) -> bool:
    smallest = -_LARGEST if bounds.minimum is None else bounds.minimum
    return smallest <= number <= (_LARGEST - 1 if bounds.maximum is None else bounds.maximum)


def _range(bounds: Bounds) -> str:
    """The limits of a number in words; empty if there are none."""
    if bounds.minimum is not None and bounds.maximum is not None:
        return f"from {bounds.minimum} to {bounds.maximum}"
    if bounds.minimum is not None:
        return f"of at least {bounds.minimum}"
    return f"of at most {bounds.maximum}" if bounds.maximum is not None else ""


def _enum(value: Any, bounds: Bounds) -> Any:
    if value not in bounds.choices:
        raise ValueError
    return value


def _cidr(value: Any, bounds: Bounds) -> Any:
    import ipaddress

    text = _text(value)
    if text in bounds.also:
        return text
    if not re.search(_PREFIX_LENGTH, text, re.ASCII):
        raise ValueError("the prefix length is missing" if "/" not in text else "the prefix length is not a number")
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        raise ValueError from None
    network = interface.network
    if "%" in text:
        raise ValueError("a network has no zone")
    if network.network_address != interface.ip:
        raise ValueError(f"host bits are set; the network is {network}")
    if bounds.family and network.version != bounds.family:
        raise ValueError(f"it is an IPv{network.version} network, not IPv{bounds.family}")
    if not _within(network.prefixlen, bounds):
        raise ValueError(f"the prefix length must be a number {_range(bounds)}")
    return text


def _ip(value: Any, bounds: Bounds) -> Any:
    import ipaddress

    text = _text(value)
    if text in bounds.also:
        return text
    try:
        address = ipaddress.ip_interface(text) if "/" in text else ipaddress.ip_address(text)
    except ValueError:
        raise ValueError from None
    if bounds.family and address.version != bounds.family:
        raise ValueError(f"it is an IPv{address.version} address, not IPv{bounds.family}")
    return text


def _urls(value: Any, _: Bounds) -> Any:
    urls = value.split(",") if isinstance(value, str) else value
    if not isinstance(urls, list) or not urls:
        raise ValueError
    for number, url in enumerate(urls, 1):
        if not _is_endpoint(_text(url).strip()):
            raise ValueError(f"item {number} is not the http or https URL of a host, such as https://10.0.0.1:2379")
    return ",".join(url.strip() for url in urls)


def _is_endpoint(url: str) -> bool:
    """Whether a URL has a host and no path."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and parts.path in {"", "/"}
    except ValueError:
        return False
    return bool(sound and not parts.query and not parts.fragment and not re.search(r"[<>\s]", url))


def _regex(value: Any, _: Bounds) -> Any:
    try:
        re.compile(_text(value))
    except re.error as error:
        raise ValueError(f"it is not a regular expression: {error}") from None
    return value


def _plain(value: Any, depth: int = 0) -> Any:
    """A copy of a JSON value: mappings, lists, strings, integers, finite numbers, true, false, null."""
    if depth > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    if isinstance(value, dict):
        return {_text(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and -_LARGEST <= value < _LARGEST:
        return value
    raise ValueError("it holds something that JSON does not have")


def _list(value: Any, _: Bounds) -> Any:
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 - one kind of refusal
    return _plain(value)


def _names(value: Any, bounds: Bounds) -> Any:
    names = _list(value, bounds)
    for number, name in enumerate(names, 1):
        if not isinstance(name, str) or not re.fullmatch(_NAME, name, re.ASCII):
            raise ValueError(f"item {number} is not a name of lower-case letters, digits, - and .")
    return names


def _tolerations(value: Any, bounds: Bounds) -> Any:
    found = _list(value, bounds)
    for number, item in enumerate(found, 1):
        if not isinstance(item, dict):
            raise ValueError(f"item {number} is not a mapping")  # noqa: TRY004
        for member, wanted in item.items():
            _refuse_member(f"{member} of item {number}", wanted, _TOLERATION.get(member))
    return found


def _refuse_member(what: str, value: Any, wanted: Any) -> None:
    if wanted is None:
        raise ValueError(f"{what} is not known; a toleration has {', '.join(_TOLERATION)}")
    if isinstance(wanted, tuple):
        if value not in wanted:
            raise ValueError(f"{what} must be {' or '.join(wanted)}")
    elif not isinstance(value, wanted) or isinstance(value, bool):
        raise ValueError(f"{what} is not a {'string' if wanted is str else 'whole number'}")  # noqa: TRY004


def _map(value: Any, bounds: Bounds) -> Any:
    for key, item in _object(value, bounds).items():
        if not re.fullmatch(_VARIABLE, key, re.ASCII) or not key.startswith(bounds.prefix):
            raise ValueError(f"each name must start with {bounds.prefix or 'a letter'} and hold letters, digits and _")
        if not isinstance(item, str):
            raise ValueError(f"the value of {key} is not a string; quote it")  # noqa: TRY004
    return dict(value)


def _labels(value: Any, bounds: Bounds) -> Any:
    for key, item in _object(value, bounds).items():
        if not re.fullmatch(_LABEL, key, re.ASCII):
            raise ValueError("the name of a label is [PREFIX/]NAME of letters, digits, -, _ and .")
        if not isinstance(item, str) or not re.fullmatch(_LABEL_VALUE, item, re.ASCII):
            raise ValueError(f"the value of {key} must be at most 63 letters, digits, -, _ and .")
    return dict(value)


def _object(value: Any, _: Bounds) -> Any:
    if not isinstance(value, dict):
        raise ValueError  # noqa: TRY004 - one kind of refusal
    return _plain(value)


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
    import json

    try:
        return json.loads(text)
    except ValueError:
        return text


_NANOSECONDS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_SPAN = r"(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)"


def seconds(duration: str) -> str:
    """A duration in Protobuf's JSON form: `90s`, and `0.200s` for 200ms.

    Args:
        duration: a checked value of type duration.
    """
    total = 0
    for whole, fraction, unit in re.findall(_SPAN, duration, re.ASCII):
        total += int(whole + fraction) * _NANOSECONDS[unit] // 10 ** len(fraction)
    second, rest = divmod(total, 10**9)
    digits = f"{rest:09}" if rest % 10**3 else f"{rest // 10**3:06}" if rest % 10**6 else f"{rest // 10**6:03}"
    return f"{second}.{digits}s" if rest else f"{second}s"


TYPES: dict[str, Type] = {
    "string": Type("a string", "info", _string),
    "bool": Type(what="true or false", example="true", check=_bool, from_text=_from_bool),
    "int": Type(what="a whole number", example="1440", check=_int, from_text=_from_int),
    "enum": Type("one of the choices", "", _enum),
    "cidr": Type("a network in CIDR notation", "192.168.0.0/16", _cidr),
    "ip": Type("an IP address", "10.0.0.1", _ip),
    "urls": Type("a list of URLs", "https://10.0.0.1:2379,https://10.0.0.2:2379", _urls),
    "duration": Type("a duration, a number with ns, us, ms, s, m or h", "90s", _pattern(_DURATION)),
    "quantity": Type("a Kubernetes quantity, a number with m, k, Ki, M, Mi, …", "250m", _pattern(_QUANTITY)),
    "name": Type("a Kubernetes name of lower-case letters, digits, - and .", "calico-node", _pattern(_NAME)),
    "names": Type(
        what="a list of Kubernetes names", example="registry-a,registry-b", check=_names, from_text=_from_list
    ),
    "regex": Type("a regular expression", "eth.*", _regex),
    "path": Type("an absolute path", "/var/run/nodeagent", _pattern(_PATH)),
    "image": Type("an image reference", "quay.io/calico/node:v3.9.6", _pattern(_IMAGE)),
    "list": Type(what="a list", example='["a", "b"]', check=_list, from_text=_from_list),
    "map": Type(
        what="a mapping of names to strings",
        example="FELIX_USAGEREPORTINGENABLED=false",
        check=_map,
        from_text=_from_map,
    ),
    "object": Type(what="a mapping", example='{"cpu": "250m"}', check=_object, from_text=_from_json),
    "labels": Type(what="a mapping of labels", example="kubernetes.io/os=linux", check=_labels, from_text=_from_map),
    "tolerations": Type(
        what="a list of tolerations", example='[{"operator": "Exists"}]', check=_tolerations, from_text=_from_json
    ),
    "file": Type("the path of a file, whose content is used", "pki/etcd-ca.pem", _file),
}


def requirement(kind: str, bounds: Bounds) -> str:
    """What a value must be, in words to follow "must be".

    Args:
        kind: a key of `TYPES`.
        bounds: restrictions that the declaration adds.
    """
    words = TYPES[kind].what
    if bounds.choices:
        words = f"one of {', '.join(bounds.choices)}"
    elif bounds.form and kind != "file":
        words = bounds.form
    elif kind == "int" and _range(bounds):
        words = f"{words} {_range(bounds)}"
    return f"{words}, or {', '.join(bounds.also)}" if bounds.also else words
