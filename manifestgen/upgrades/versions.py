"""The steps from some versions to others, one release at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.catalog.loading import catalog_index
from manifestgen.catalog.releases import documented_istio, minors, release
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterator

PRODUCTS = ("Calico", "Istio", "Kubernetes")


class Versions(Record):
    """The versions that a bundle is rendered for.

    Attributes:
        calico, istio: with their patch.
        kubernetes: the version of the cluster; None if API versions stay as published.
    """

    calico: Version
    istio: Version
    kubernetes: Version | None = None

    def of(self, product: str) -> Version | None:
        """The version of a product."""
        found: Version | None = getattr(self, product.lower())
        return found

    def __str__(self) -> str:
        kubernetes = f", Kubernetes {self.kubernetes}" if self.kubernetes else ""
        return f"Calico {self.calico}, Istio {self.istio}{kubernetes}"


class VersionStep(Record):
    """One step to the next release.

    Attributes:
        product: Calico, Istio or Kubernetes.
        before, after: its versions.
        versions: all versions after the step.
    """

    product: str
    before: Version | None
    after: Version
    versions: Versions

    @property
    def goes_back(self) -> bool:
        """Whether it goes to an older release."""
        return self.before is not None and self.after < self.before

    @property
    def label(self) -> str:
        """The release whose changes the step makes or, in a downgrade, undoes: `Calico 3.31`."""
        release_meant = self.before if self.goes_back and self.before else self.after
        return f"{self.product} {release_meant.as_minor}"


def plan(start: Versions, target: Versions, *, follows: bool) -> tuple[VersionStep, ...]:
    """The steps from some versions to others: Calico, then Istio, then Kubernetes, minor by minor.

    Args:
        start: the present versions.
        target: the new ones.
        follows: whether Istio is not stated and follows the Calico release that documents it.
    """
    steps: list[VersionStep] = []
    at = start

    def go(product: str, version: Version | None) -> None:
        nonlocal at
        for after in _between(product, at.of(product), version):
            before, at = at.of(product), at._replace(**{product.lower(): after})
            steps.append(VersionStep(product=product, before=before, after=after, versions=at))

    for calico in list(_between("Calico", start.calico, target.calico)):
        go("Calico", calico)
        if follows:
            go("Istio", documented_istio(calico))
    go("Istio", target.istio)
    go("Kubernetes", target.kubernetes)
    return tuple(steps)


def _between(product: str, before: Version | None, after: Version | None) -> Iterator[Version]:
    """The newest patch of every minor between two versions, then the second version."""
    if after is None or after == before:
        return
    if before is not None:
        low, high = sorted((before.as_minor, after.as_minor))
        passed = [minor for minor in _minors(product) if low < minor < high]
        yield from (_newest(product, minor) for minor in (passed if before < after else passed[::-1]))
    yield after


def _minors(product: str) -> tuple[Version, ...]:
    if product != "Kubernetes":
        return minors(product)
    oldest, newest = (parse_version(catalog_index()["kubernetes"][end]) for end in ("oldest", "newest"))
    return tuple(Version(oldest.major, minor) for minor in range(oldest.minor, newest.minor + 1))


def _newest(product: str, minor: Version) -> Version:
    return minor if product == "Kubernetes" else release(product, minor).version
