"""Image references (`quay.io/calico/node:v3.27.5@sha256:…`): their parts, and what container runtimes accept.

Source: github.com/distribution/reference, the grammar that Docker, containerd and CRI-O share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError, as_message

if TYPE_CHECKING:
    from manifestgen.errors import Where

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = rf"{_PART}(?:/{_PART})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"sha256:[0-9a-f]{64}"
_LONGEST = 255


class InvalidImage(ManifestgenError):
    """A text is not an image reference, or a part of one, that container runtimes accept."""


def split_image(reference: str) -> tuple[str, str, str]:
    """An image reference as name, tag and digest; the latter two may be empty."""
    rest, _, digest = reference.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        return rest, "", digest
    return name, tag, digest


def join_image(name: str, tag: str, digest: str) -> str:
    """The reference of an image."""
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def wrong_with(reference: str) -> str:
    """What container runtimes reject in an image reference; empty if they accept it."""
    name, tag, digest = split_image(reference)
    return _wrong_name(name) or _wrong_tag(tag, reference) or ("" if not digest else _wrong_digest(digest))


def check_name(text: object, what: str, where: Where | None = None) -> str:
    """The name of an image, without tag and digest.

    Args:
        text: the name.
        what: how messages call it, such as `newName`.
        where: its location, for errors.

    Raises:
        InvalidImage: it is not one; the message says why.
    """
    if not isinstance(text, str):
        raise _invalid(text, f"{what} must be the name of an image", where)
    name, tag, digest = split_image(text)
    if tag or digest:
        raise _invalid(text, f"{what} must be an image without tag or digest", where, next_step=f"write {name}")
    if reason := _wrong_name(text):
        raise _invalid(text, f"{what} is not the name of an image: {reason}", where)
    return text


def check_tag(text: object, what: str, where: Where | None = None) -> str:
    """The tag of an image.

    Raises:
        InvalidImage: it is not one; the message says why.
    """
    if not isinstance(text, str) or not re.fullmatch(_TAG, text):
        raise _invalid(text, f"{what} is not the tag of an image", where, next_step="write it as in v3.27.5")
    return text


def check_digest(text: object, what: str, where: Where | None = None) -> str:
    """The digest of an image: `sha256:` and 64 hexadecimal digits.

    Raises:
        InvalidImage: it is not one; the message says why.
    """
    if not isinstance(text, str) or not re.fullmatch(_DIGEST, text):
        raise _invalid(
            text, f"{what} is not a digest", where, next_step="write sha256: and 64 hexadecimal digits in lower case"
        )
    return text


def check_registry(text: object, what: str, where: Where | None = None) -> str:
    """A registry, with or without a path: `HOST[:PORT][/PATH]`, a trailing slash removed.

    Raises:
        InvalidImage: images cannot be pulled from there; the message says why.
    """
    if not isinstance(text, str) or not text:
        raise InvalidImage(
            f"{what} is empty",
            where=where,
            next_step="give HOST[:PORT][/PATH], or leave the option out: an unset shell variable is empty",
        )
    if reason := _wrong_registry(text.removesuffix("/")):
        raise _invalid(
            text, f"{what} is not a registry: {reason}", where, next_step="give HOST[:PORT][/PATH], in lower case"
        )
    return text.removesuffix("/")


def _invalid(text: object, what: str, where: Where | None, next_step: str = "") -> InvalidImage:
    return InvalidImage(what, where=where, found=as_message(text), next_step=next_step)


def _wrong_name(name: str) -> str:
    if not name:
        return "there is no name"
    if "://" in name:
        return "a reference has no scheme such as https://"
    if name != name.strip() or any(character.isspace() for character in name):
        return "it holds white space"
    if len(name) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    host, _, path = name.partition("/")
    if not (is_host(host) and re.fullmatch(_HOST, host)):
        path = name
    if re.fullmatch(_PATH, path):
        return ""
    if path != path.lower():
        return "it must be in lower case"
    return "it is not made of lower case letters, digits and separators between slashes"


def _wrong_tag(tag: str, reference: str) -> str:
    if not tag:
        return "the tag after the colon is empty" if reference.partition("@")[0].endswith(":") else ""
    return "" if re.fullmatch(_TAG, tag) else f"{as_message(tag)} is not a tag"


def _wrong_digest(digest: str) -> str:
    return (
        ""
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}", digest)
        else (f"{as_message(digest)} is not a digest")
    )


def _wrong_registry(text: str) -> str:
    host, slash, path = text.partition("/")
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if "://" in text:
        return "it has a scheme; container runtimes choose it themselves"
    if any(character.isspace() for character in text):
        return "it holds white space"
    if not host:
        return "the host is missing"
    if text != text.lower():
        return "it must be in lower case"
    if "@" in text or (slash and ":" in path) or (colon and not port.isdigit()):
        return "it ends in a tag or a digest; those stay with each image"
    if not re.fullmatch(_HOST, host):
        return f"{as_message(name or host)} is not a host"
    if not is_host(host):
        return f"{host} has neither a dot nor a port, so container runtimes would look for it on Docker Hub"
    if slash and not re.fullmatch(_PATH, path):
        return f"{as_message(path)} is not a path of a registry"
    return ""


def is_host(first: str) -> bool:
    """Whether container runtimes read the first part of a name as a host rather than as a path on Docker Hub."""
    return "." in first or ":" in first or first == "localhost"
