"""The Dikastes of each Calico release: what it serves, how it decides, known faults. The data is `dikastes.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from manifestgen.authz.contract import APIS, CODES
from manifestgen.authz.matching import Matching
from manifestgen.errors import ManifestgenError
from manifestgen.model.version import Range, Version, parse_version, within
from manifestgen.yamlio.typed import boolean, choice, list_of, mapping, string, version_range

if TYPE_CHECKING:
    from manifestgen.yamlio.locations import SourceRef

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
        apis: the APIs over which it fails; empty for a case that is not about one.
        reason: why.
        died: whether it crashes the process.
        measured: the builds of Dikastes in which it was observed.
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
class DikastesRelease:
    """The Dikastes of one Calico release. The defaults are those of the newest.

    Attributes:
        version: the release; empty for none in particular.
        apis: the APIs that it serves, oldest first.
        health: whether it serves dikastes.Healthz.
        matching: how it decides.
        hints: what an answer's code says about the server, by the code's name.
        faults: its known faults.
        remarks: how it treats unusual requests, by feature.
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
    """The content of the file.

    Attributes:
        services: what is served and how requests are decided, one entry per range of releases.
        hints: codes and what they mean.
        faults: cases that are known to fail.
        remarks: features of requests and how they are treated.
    """

    services: tuple[_Since, ...]
    hints: tuple[_Since, ...]
    faults: tuple[_Since, ...]
    remarks: tuple[_Since, ...]

    def find(self, calico: str) -> DikastesRelease:
        """Dikastes of a release, written `v3.29`, `3.29` or `3.29.7`.

        Raises:
            VersionSyntaxError: it is not a version.
            NoDikastes: the release has none.
        """
        version = parse_version(calico)
        for services in _in_force(self.services, version):
            found: DikastesRelease = services
            return attrs.evolve(
                found,
                version=str(version),
                hints=dict(_in_force(self.hints, version)),
                faults=tuple(_in_force(self.faults, version)),
                remarks=dict(_in_force(self.remarks, version)),
            )
        raise NoDikastes(version)

    def any_hints(self) -> dict[str, str]:
        """What codes mean if the release is not known; the texts name the releases."""
        return dict(entry.value for entry in self.hints)

    def any_faults(self) -> tuple[KnownFault, ...]:
        """The known faults if the release is not known; that a server died always counts as a failure."""
        return tuple(entry.value for entry in self.faults if not entry.value.died)


def _in_force(entries: tuple[_Since, ...], version: Version) -> Iterator[Any]:
    return (entry.value for entry in entries if within(version, entry.versions))


def read_releases(body: Any, ref: SourceRef) -> Releases:
    """The parsed dikastes.yaml, strictly.

    Args:
        body: the document.
        ref: where it is written.

    Raises:
        Failures, or the only failure: every mistake, with its location.
    """
    found = _FILE(body, ref)
    return Releases(services=found["releases"], hints=found["hints"], faults=found["faults"], remarks=found["requests"])


_BUILDS = list_of(string, nonempty=True)
_SERVICES = mapping(
    "a release",
    required={
        "calico": version_range,
        "apis": list_of(choice(*APIS), nonempty=True),
        "health": boolean,
        **{name: choice(*known) for name, known in _PROPERTIES.items()},
        "reason": string,
    },
    optional={"v2_needs_peers": boolean, "answers": choice(*CODES), "measured": _BUILDS},
)


def _services(value: Any, ref: SourceRef) -> _Since:
    entry = _SERVICES(value, ref)
    matching = Matching(
        **{name: entry[name] for name in _PROPERTIES},
        v2_needs_peers=entry.get("v2_needs_peers", False),
        answers=entry.get("answers", ""),
    )
    return _Since(entry["calico"], DikastesRelease(apis=entry["apis"], health=entry["health"], matching=matching))


_HINT = mapping(
    "a hint",
    required={"code": choice(*CODES), "calico": version_range, "reason": string},
    optional={"measured": _BUILDS},
)


def _hint(value: Any, ref: SourceRef) -> _Since:
    entry = _HINT(value, ref)
    return _Since(entry["calico"], (entry["code"], entry["reason"]))


_FAULT = mapping(
    "a fault",
    required={"case": string, "calico": version_range, "reason": string, "measured": _BUILDS},
    optional={"apis": list_of(choice(*APIS), nonempty=True), "died": boolean},
)


def _fault(value: Any, ref: SourceRef) -> _Since:
    entry = _FAULT(value, ref)
    calico = entry.pop("calico")
    return _Since(calico, KnownFault(**entry))


_REMARK = mapping(
    "what is made of a request",
    required={"about": choice(*FEATURES), "calico": version_range, "says": string},
    optional={"measured": _BUILDS},
)


def _remark(value: Any, ref: SourceRef) -> _Since:
    entry = _REMARK(value, ref)
    measured = f" (measured with {', '.join(entry['measured'])})" if "measured" in entry else ""
    return _Since(entry["calico"], (entry["about"], entry["says"] + measured))


_FILE = mapping(
    "a file of Dikastes releases",
    required={
        "apiVersion": choice("manifestgen/v1"),
        "kind": choice("DikastesReleases"),
        "releases": list_of(_services, nonempty=True),
        "hints": list_of(_hint, nonempty=True),
        "faults": list_of(_fault),
        "requests": list_of(_remark),
    },
)
