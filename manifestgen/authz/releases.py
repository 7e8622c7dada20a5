"""What Dikastes of each Calico release serves, how it decides and what is wrong with it, from `dikastes.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from manifestgen.authz.contract import APIS, CODES
from manifestgen.authz.matching import Matching
from manifestgen.authz.strict import Path, Reader, Where
from manifestgen.errors import ManifestgenError
from manifestgen.model.version import Range, Version, VersionSyntaxError, parse, parse_range, within

KIND = "DikastesReleases"

_PROPERTIES = {
    "paths": ("raw", "normalized"),
    "without_http": ("empty", "matches"),
    "plain_text": ("denied", "matches"),
    "not_spiffe": ("denied", "matches"),
    "without_destination": ("denied", "matches"),
}
FEATURES = (
    "plain-text",
    "not-spiffe",
    "without-http",
    "without-destination",
    "path-not-absolute",
    "path-not-normalized",
    "udp",
)
"""What can be out of the ordinary in a request (`features.features_of`)."""


class NoDikastes(ManifestgenError):
    """A Calico release has no Dikastes.

    Attributes:
        version: the release.
    """

    def __init__(self, version: Version) -> None:
        super().__init__(f"Calico {version} has no Dikastes", next_step="give Calico 3.2 or newer")
        self.version = version


@attrs.frozen(kw_only=True)
class KnownFault:
    """A case of the contract that Dikastes of a release is known to fail.

    Attributes:
        case: its name.
        apis: over these; empty for a case that is not about one.
        reason: why.
        died: whether it ends the process.
        measured: the builds of Dikastes that were seen to do so.
    """

    case: str
    apis: tuple[str, ...] = ()
    reason: str
    died: bool = False
    measured: tuple[str, ...] = ()

    def explains(self, case: str, api: str) -> bool:
        """Whether a failure of a case over an API is this fault."""
        return case == self.case and (not self.apis or api in self.apis)


_NEWEST = Matching()


@attrs.frozen(kw_only=True)
class Release:
    """Dikastes of one Calico release. The defaults are the newest.

    Attributes:
        version: as it was asked for; empty for none in particular.
        apis: those it serves, oldest first.
        health: whether it serves dikastes.Healthz.
        matching: how it decides.
        hints: what a code tells about the server that gives it, by the code's name.
        faults: what it is known to fail.
        remarks: what it makes of requests that are out of the ordinary, by feature.
    """

    version: str = ""
    apis: tuple[str, ...] = APIS
    health: bool = True
    matching: Matching = _NEWEST
    hints: Mapping[str, str] = attrs.field(factory=dict)
    faults: tuple[KnownFault, ...] = ()
    remarks: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class _Since:
    """A part of the file that is about a range of releases."""

    versions: Range
    value: Any


@attrs.frozen(kw_only=True)
class Releases:
    """All that the file says.

    Attributes:
        services: what is served and how it is decided, one for each range of releases.
        hints: codes and what they tell.
        faults: cases that are known to fail.
        remarks: features of requests and what is made of them.
    """

    services: tuple[_Since, ...]
    hints: tuple[_Since, ...]
    faults: tuple[_Since, ...]
    remarks: tuple[_Since, ...]

    def find(self, calico: str) -> Release:
        """Dikastes of a release, written `v3.29`, `3.29` or `3.29.7`.

        Raises:
            VersionSyntaxError: it is not a version.
            NoDikastes: the release has none.
        """
        version = parse(calico)
        for services in _in_force(self.services, version):
            found: Release = services
            return attrs.evolve(
                found,
                version=str(version),
                hints=dict(_in_force(self.hints, version)),
                faults=tuple(_in_force(self.faults, version)),
                remarks=dict(_in_force(self.remarks, version)),
            )
        raise NoDikastes(version)

    def any_hints(self) -> dict[str, str]:
        """What codes tell where the release is not known; the texts name the releases they are about."""
        return dict(entry.value for entry in self.hints)

    def any_faults(self) -> tuple[KnownFault, ...]:
        """What does not count as broken where the release is not known; that a server died always does."""
        return tuple(entry.value for entry in self.faults if not entry.value.died)


def _in_force(entries: tuple[_Since, ...], version: Version) -> Iterator[Any]:
    return (entry.value for entry in entries if within(version, entry.versions))


def read_releases(body: Any, where: Where) -> Releases:
    """The parsed dikastes.yaml, strictly.

    Args:
        body: the document.
        where: the place of each value in it.

    Raises:
        Failures, or the only failure: every mistake, each at its place.
    """
    reader = Reader(where)
    found = reader.header(body, KIND, ("releases", "hints", "faults", "requests"))
    parts = {
        name: tuple(read(reader, entry, path) for entry, path in reader.items(found.get(name), (name,)))
        for name, read in (("releases", _services), ("hints", _hint), ("faults", _fault), ("requests", _remark))
    }
    reader.gathered.raise_all()
    return Releases(services=parts["releases"], hints=parts["hints"], faults=parts["faults"], remarks=parts["requests"])


def _services(reader: Reader, entry: Any, path: Path) -> _Since:
    required = ("calico", "apis", "health", *_PROPERTIES, "reason")
    found = reader.mapping(entry, path, (*required, "v2_needs_peers", "answers", "measured"), required)
    reader.field(found, path, "reason", reader.text, "")
    reader.field(found, path, "measured", reader.texts, ())
    values: dict[str, Any] = {
        name: reader.field(found, path, name, reader.one_of(*known), known[0]) for name, known in _PROPERTIES.items()
    }
    release = Release(
        apis=reader.field(found, path, "apis", reader.some_of(*APIS), ()),
        health=reader.field(found, path, "health", reader.flag, False),
        matching=Matching(
            **values,
            v2_needs_peers=reader.field(found, path, "v2_needs_peers", reader.flag, False),
            answers=reader.field(found, path, "answers", reader.one_of(*CODES), ""),
        ),
    )
    return _Since(_versions(reader, found, path), release)


def _hint(reader: Reader, entry: Any, path: Path) -> _Since:
    found = reader.mapping(entry, path, ("code", "calico", "reason", "measured"), ("code", "calico", "reason"))
    reader.field(found, path, "measured", reader.texts, ())
    code = reader.field(found, path, "code", reader.one_of(*CODES), "")
    return _Since(_versions(reader, found, path), (code, reader.field(found, path, "reason", reader.text, "")))


def _fault(reader: Reader, entry: Any, path: Path) -> _Since:
    required = ("case", "calico", "reason")
    found = reader.mapping(entry, path, (*required, "apis", "died", "measured"), required)
    fault = KnownFault(
        case=reader.field(found, path, "case", reader.text, ""),
        apis=reader.field(found, path, "apis", reader.some_of(*APIS), ()),
        reason=reader.field(found, path, "reason", reader.text, ""),
        died=reader.field(found, path, "died", reader.flag, False),
        measured=reader.field(found, path, "measured", reader.texts, ()),
    )
    return _Since(_versions(reader, found, path), fault)


def _remark(reader: Reader, entry: Any, path: Path) -> _Since:
    found = reader.mapping(entry, path, ("about", "calico", "says", "measured"), ("about", "calico", "says"))
    measured = reader.field(found, path, "measured", reader.texts, ())
    feature = reader.field(found, path, "about", reader.one_of(*FEATURES), "")
    says = reader.field(found, path, "says", reader.text, "")
    return _Since(
        _versions(reader, found, path), (feature, f"{says} (measured with {', '.join(measured)})" if measured else says)
    )


def _versions(reader: Reader, found: Mapping[str, Any], path: Path) -> Range:
    written = reader.field(found, path, "calico", reader.text, "")
    try:
        return parse_range(written) if written else ()
    except VersionSyntaxError as error:
        reader.wrong((*path, "calico"), error.what, next_step=error.next_step)
        return ()
