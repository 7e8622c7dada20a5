"""Releases: the chains of Calico, Istio and Kubernetes versions that the catalog knows.

A release is a file `profiles/<product>/vX.Y.yaml`: what it changes over the release before, and facts about
itself. Adding a release means adding that file.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import NoSuchRelease
from manifestgen.catalog.loading import shipped_documents, shipped_files, shipped_layer
from manifestgen.model.record import Record
from manifestgen.model.version import Range, Version, parse_range, parse_version, within
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.catalog.model import Layer


class Release(Record):
    """A release of Calico, Istio or Kubernetes that the catalog knows.

    Attributes:
        version: with its newest patch.
        info: its facts: version, documented versions, faults.
        path: of its file, relative to the shipped data.
    """

    version: Version
    info: Mapping[str, Any]
    path: str

    @property
    def layer(self) -> Layer:
        """Its changes over the previous release; loaded on demand, since few callers need them."""
        return shipped_layer(self.path)

    @property
    def ref(self) -> SourceRef:
        """Its file."""
        return SourceRef(shipped_documents(self.path)[1])


FOLDERS = {"Calico": "releases", "Istio": "istio", "Kubernetes": "kubernetes"}


@cache
def minors(product: str) -> tuple[Version, ...]:
    """The minors of a product that the catalog has, oldest first.

    Args:
        product: a key of `FOLDERS`.
    """
    names = shipped_files(FOLDERS[product])
    return tuple(sorted(parse_version(name[1:-5]) for name in names if name.startswith("v") and name.endswith(".yaml")))


@cache
def release(product: str, minor: Version) -> Release:
    """One release of a product."""
    path = f"{FOLDERS[product]}/v{minor}.yaml"
    info = shipped_documents(path)[0][0]
    return Release(version=parse_version(info["version"]), info=info, path=path)


def releases_up_to(product: str, upto: Version) -> tuple[Release, ...]:
    """The releases of a product up to a version's minor, oldest first."""
    return tuple(release(product, minor) for minor in minors(product) if minor <= upto.as_minor)


def resolve(product: str, asked: str | Version) -> Version:
    """The exact version: a minor means its newest patch, any patch of a known minor means itself.

    Raises:
        VersionSyntaxError: it is not a version.
        NoSuchRelease: the minor is not known.
    """
    version = parse_version(asked) if isinstance(asked, str) else asked
    known = minors(product)
    if version.as_minor not in known:
        working = [minor for minor in known if product != "Calico" or not _is_broken(release(product, minor).version)]
        raise NoSuchRelease(product, str(version), [f"v{minor}" for minor in known], _near(version, working))
    return release(product, version.as_minor).version if version.patch is None else version


def resolve_calico(asked: str | None) -> Version:
    """The exact Calico version; by default the newest that is not known to be broken.

    Raises:
        VersionSyntaxError, NoSuchRelease: as for `resolve`.
    """
    return newest_working() if asked is None else resolve("Calico", asked)


def documented_istio(calico: Version) -> Version:
    """The Istio version that a Calico release documents."""
    return resolve("Istio", str(release("Calico", calico.as_minor).info["documented"]["istio"]))


def newest_working() -> Version:
    """The newest Calico release that is not known to be broken."""
    for minor in reversed(minors("Calico")):
        version = release("Calico", minor).version
        if not _is_broken(version):
            return version
    raise NoSuchRelease("Calico", "that works", [], [])


def _is_broken(version: Version) -> bool:
    """Whether a Calico version has a fault for which it is refused."""
    told = [(one, fault) for one in releases_up_to("Calico", version.as_minor) for fault in one.info.get("faults", [])]
    return any(fault.get("refuse") and within(version, affected_versions(one, fault)) for one, fault in told)


def affected_versions(told: Release, fault: Mapping[str, Any]) -> Range:
    """The versions that have a fault: those it names, or else the minor in whose file it is."""
    return parse_range(fault.get("versions", str(told.version.as_minor)))


def _near(version: Version, known: Sequence[Version]) -> list[str]:
    closest = sorted(known, key=lambda minor: (abs(_rank(minor) - _rank(version)), minor))
    return [f"v{minor}" for minor in sorted(closest[:3])]


def _rank(version: Version) -> int:
    """A distance in which minors of one major are closer to each other than to those of another major."""
    return version.major * 10**6 + version.minor
