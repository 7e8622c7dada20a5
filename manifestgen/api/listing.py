"""`profiles`, `components`, `releases` and `parameters`: what is available."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from manifestgen.api.arguments import WrongArgument, check_types
from manifestgen.api.request import layer_values, plain_context, resolve_context, resolve_values
from manifestgen.api.settings import resolve_settings
from manifestgen.catalog import releases as known
from manifestgen.catalog.loading import catalog_index, is_plain, profile_chain, shipped_layer, shipped_profiles
from manifestgen.catalog.loading import install_profiles as known_installs
from manifestgen.catalog.releases import Release
from manifestgen.compose.parameter_docs import ParameterInfo, describe
from manifestgen.compose.pipeline import Request
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_range, parse_version, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ProfileInfo(Record):
    """A shipped profile.

    Attributes:
        name: its name, as an argument of `render`.
        summary: one line.
    """

    name: str
    summary: str


class ComponentInfo(Record):
    """A component of the output.

    Attributes:
        name: its name, as an argument of `render`.
        summary: one line.
        default: whether it is rendered by default.
        needs: what else it requires; empty for nothing.
    """

    name: str
    summary: str
    default: bool
    needs: str = ""


class ReleaseInfo(Record):
    """A release that can be rendered.

    Attributes:
        name: its minor, such as `v3.9`.
        version: with its newest patch, such as `3.9.6`.
        istio: for a Calico release, the Istio version in its documentation; else empty.
        kubernetes: the Kubernetes version in its documentation; empty if unknown.
        tested: the range of Kubernetes versions that it was tested with; empty if unknown.
        summary: what it changed; empty if nothing here.
        faults: its known faults.
        calico_releases: for Istio, the Calico releases whose documentation names it; for Kubernetes, those that were
            tested with it.
        istio_releases: for Kubernetes, the Istio releases that were tested with it.
    """

    name: str
    version: str
    istio: str
    kubernetes: str
    tested: str
    summary: str
    faults: tuple[str, ...] = ()
    calico_releases: tuple[str, ...] = ()
    istio_releases: tuple[str, ...] = ()


def profiles() -> tuple[ProfileInfo, ...]:
    """The shipped profiles."""
    return tuple(ProfileInfo(name, shipped_layer(f"{name}/profile.yaml").summary) for name in shipped_profiles())


def components() -> tuple[ComponentInfo, ...]:
    """The components of the output."""
    return tuple(
        ComponentInfo(name=name, summary=about["summary"], default=about["default"], needs=about.get("needs", ""))
        for name, about in catalog_index()["components"].items()
    )


def install_profiles() -> tuple[str, ...]:
    """The names of the shipped profiles that install Calico themselves, and so need no version of it."""
    return known_installs()


def releases(product: str = "Calico") -> tuple[ReleaseInfo, ...]:
    """The releases of a product, oldest first.

    Args:
        product: `Calico`, `Istio` or `Kubernetes`. Of Kubernetes minors are known, not patches.

    Raises:
        WrongArgument: it is none of them.
    """
    if product == "Kubernetes":
        return tuple(_kubernetes())
    if product not in {"Calico", "Istio"}:
        raise WrongArgument("product", product, "Calico, Istio or Kubernetes")
    return tuple(_release(product, known.release(product, minor)) for minor in known.minors(product))


def _release(product: str, release: Release) -> ReleaseInfo:
    info = release.info
    documented = info.get("documented", {})
    name = f"v{release.version.as_minor}"
    return ReleaseInfo(
        name=name,
        version=str(release.version),
        istio=str(documented.get("istio", "")),
        kubernetes=str(documented.get("kubernetes", "")),
        tested=str(info.get("tested", {}).get("kubernetes", "")),
        summary=release.layer.summary,
        faults=tuple(fault["summary"] for fault in info.get("faults", [])),
        calico_releases=_names("Calico", partial(_documents, release.version)) if product == "Istio" else (),
    )


def _kubernetes() -> Iterator[ReleaseInfo]:
    oldest, newest = (parse_version(str(catalog_index()["kubernetes"][end])) for end in ("oldest", "newest"))
    changing = known.minors("Kubernetes")
    for number in range(oldest.minor, newest.minor + 1):
        minor = Version(oldest.major, number)
        yield ReleaseInfo(
            name=f"v{minor}",
            version=str(minor),
            istio="",
            kubernetes="",
            tested="",
            summary=known.release("Kubernetes", minor).layer.summary if minor in changing else "",
            calico_releases=_names("Calico", partial(_tested_with, minor)),
            istio_releases=_names("Istio", partial(_tested_with, minor)),
        )


def _names(product: str, test: Callable[[Release], bool]) -> tuple[str, ...]:
    """The releases of a product that pass a test, oldest first."""
    return tuple(f"v{minor}" for minor in known.minors(product) if test(known.release(product, minor)))


def _documents(istio: Version, calico: Release) -> bool:
    named = calico.info.get("documented", {}).get("istio")
    return named is not None and parse_version(str(named)).as_minor == istio.as_minor


def _tested_with(kubernetes: Version, release: Release) -> bool:
    bounds = str(release.info.get("tested", {}).get("kubernetes") or "")
    return bool(bounds) and within(kubernetes, parse_range(bounds))


def parameters(
    profile: str | os.PathLike[str], *, calico: str | None = None, istio: str | None = None
) -> tuple[ParameterInfo, ...]:
    """The parameters of a profile, with their defaults and places in these versions.

    Args:
        profile: as for `render`.
        calico: as for `render`.
        istio: as for `render`.

    Raises:
        ManifestgenError: the profile or a version is not known, or the profile cannot be rendered.
    """
    check_types(profile=profile, calico=calico, istio=istio)
    chain = profile_chain(os.fspath(profile))
    bound = resolve_values(chain, [layer_values(layer) for layer in chain if layer.values])
    settings = resolve_settings(chain, calico=calico, istio=istio)
    resolved = plain_context if is_plain(chain) else resolve_context
    context = resolved(chain, settings)._replace(values=bound.given_names)
    return describe(
        Request(chain=chain, context=context, components=tuple(catalog_index()["components"]), values=bound)
    )
