"""Versions (`v3.9`, `3.9`, `3.9.6`) and ranges of them (`>=3.4,<3.8`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from manifestgen.errors import Where

_VERSION = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)
_BOUND = re.compile(r"\s*(>=|<=|==|!=|>|<|)\s*(\S+?)\s*", re.ASCII)


class VersionSyntaxError(ManifestgenError):
    """A text is not a version, or not a range of versions.

    Attributes:
        text: what was written.
    """

    def __init__(self, text: str, expected: str, where: Where | None = None) -> None:
        super().__init__(f"{text!r} is not a {expected}", where=where, next_step=_HOW[expected])
        self.text = text


_HOW = {
    "version": "write v3.9, 3.9 or 3.9.6",
    "version range": "write bounds joined by commas, such as >=3.4,<3.8; a bare 3.9 means every 3.9.x",
}


class Version(Record):
    """A minor release, or one patch of it.

    Attributes:
        major: first number.
        minor: second number.
        patch: third number; None means the minor as a whole.
    """

    major: int
    minor: int
    patch: int | None = None

    def __str__(self) -> str:
        """`3.9` or `3.9.6`."""
        minor = f"{self.major}.{self.minor}"
        return minor if self.patch is None else f"{minor}.{self.patch}"

    @property
    def as_minor(self) -> Version:
        """The minor this version belongs to."""
        return self if self.patch is None else Version(self.major, self.minor)


def parse_version(text: str) -> Version:
    """A version written `v3.9`, `3.9` or `3.9.6`.

    Raises:
        VersionSyntaxError: anything else.
    """
    match = _VERSION.fullmatch(text.strip())
    if not match:
        raise VersionSyntaxError(text, "version")
    major, minor, patch = match.groups()
    return Version(int(major), int(minor), None if patch is None else int(patch))


class Bound(Record):
    """One end of a range: `>=3.4`."""

    operator: str
    version: Version

    def holds(self, version: Version) -> bool:
        """Whether a version satisfies the bound.

        A bound on a minor covers the whole minor: `<=3.8` includes 3.8.4, `>3.8` does not. A version
        without a patch means the newest of its minor, and so is above every patch of that minor.
        """
        if self.version.patch is None:
            left: tuple[int, ...] = version[:2]
            right: tuple[int, ...] = self.version[:2]
        else:
            left = (version.major, version.minor, 10**6 if version.patch is None else version.patch)
            right = (self.version.major, self.version.minor, self.version.patch)
        if self.operator == ">=":
            return left >= right
        if self.operator == "<=":
            return left <= right
        if self.operator == ">":
            return left > right
        if self.operator == "<":
            return left < right
        return (left != right) if self.operator == "!=" else (left == right)


Range = tuple[Bound, ...]
"""Bounds that must all hold; `()` holds for every version."""


def parse_range(text: str) -> Range:
    """A range such as `>=3.4,<3.8`, `3.9` or `!=1.5`.

    Raises:
        VersionSyntaxError: a part is neither a bound nor a version.
    """
    bounds = []
    for part in text.split(","):
        match = _BOUND.fullmatch(part)
        version = _VERSION.fullmatch(match.group(2)) if match else None
        if not match or not version:
            raise VersionSyntaxError(text, "version range")
        bounds.append(Bound(match.group(1) or "==", parse_version(match.group(2))))
    return tuple(bounds)


def within(version: Version, bounds: Range) -> bool:
    """Whether a version satisfies every bound of a range."""
    return all(bound.holds(version) for bound in bounds)
