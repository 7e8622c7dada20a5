"""`profiles`, `components`, `releases` and `parameters`: what is available."""

from __future__ import annotations

import os

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
        summary: what it changed.
        faults: its known faults.
    """

    name: str
    version: str
    istio: str
    kubernetes: str
    tested: str
    summary: str
    faults: tuple[str, ...] = ()


def profiles() -> tuple[ProfileInfo, ...]:
    """The shipped profiles."""
    return tuple(ProfileInfo(name, shipped_layer(f"{name}/profile.yaml").summary) for name in shipped_profiles())


def components() -> tuple[ComponentInfo, ...]:
    """The components of the output."""
    return tuple(
        ComponentInfo(name=name, summary=about["summary"], default=about["default"], needs=about.get("needs", ""))
        for name, about in catalog_index()["components"].items()
    )


def kubernetes_versions() -> tuple[str, ...]:
    """The minor versions of Kubernetes that a render can write for, oldest first."""
    oldest, newest = (int(catalog_index()["kubernetes"][end].partition(".")[2]) for end in ("oldest", "newest"))
    return tuple(f"1.{minor}" for minor in range(oldest, newest + 1))


def install_profiles() -> tuple[str, ...]:
    """The names of the shipped profiles that install Calico themselves, and so need no version of it."""
    return known_installs()


def releases(product: str = "Calico") -> tuple[ReleaseInfo, ...]:
    """The releases of a product, oldest first.

    Args:
        product: `Calico` or `Istio`.

    Raises:
        WrongArgument: it is neither.
    """
    if product not in {"Calico", "Istio"}:
        raise WrongArgument("product", product, "Calico or Istio")
    return tuple(_release(known.release(product, minor)) for minor in known.minors(product))


def _release(release: Release) -> ReleaseInfo:
    info = release.info
    documented = info.get("documented", {})
    return ReleaseInfo(
        name=f"v{release.version.as_minor}",
        version=str(release.version),
        istio=str(documented.get("istio", "")),
        kubernetes=str(documented.get("kubernetes", "")),
        tested=str(info.get("tested", {}).get("kubernetes", "")),
        summary=release.layer.summary,
        faults=tuple(fault["summary"] for fault in info.get("faults", [])),
    )


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
