"""The versions between which a profile is upgraded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.api.request import resolve_context, resolve_kubernetes
from manifestgen.api.settings import resolve_settings
from manifestgen.catalog import releases
from manifestgen.catalog.loading import is_plain
from manifestgen.compose.pipeline import is_shipped
from manifestgen.model.version import parse_version
from manifestgen.upgrades.errors import Downgrade, StartNotStated
from manifestgen.upgrades.versions import PRODUCTS, Versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.api.settings import Settings
    from manifestgen.catalog.model import Layer
    from manifestgen.model.version import Version


def ends_of(
    chain: Sequence[Layer],
    goal: Mapping[str, str | None],
    origin: Mapping[str, str | None],
    asked: Mapping[str, Any],
    *,
    force: bool,
) -> tuple[Versions, Versions, bool]:
    """The present and the new versions, and whether a new Istio version is stated.

    Args:
        chain: the profile and those that it extends, the furthest first.
        goal: the new versions, by member of a profile; None if not given.
        origin: the present versions, likewise, with names that begin with `from_`.
        asked: the other arguments of the call, by the names of those of `render`.
        force: allow older versions.

    Raises:
        StartNotStated: the present Calico version is not stated.
        Downgrade: a version is older than the present one.
        NoSuchRelease, VersionSyntaxError, InvalidProfile: a version is not known, or the profile has none.
    """
    for version in (*goal.values(), *origin.values()):
        if version == "":  # as from a variable of a shell that is not set; an option that is left out is None
            parse_version(version)
    if is_plain(chain):
        resolve_context(chain, resolve_settings(chain))  # which refuses it
    stated = {name: layer.site[name].value for layer in chain for name in goal if name in layer.site}
    present = {name: origin[f"from_{name}"] or stated.get(name) for name in goal}
    if present["calico"] is None:
        raise StartNotStated(chain[-1].short, None if is_shipped(chain[-1]) else chain[-1].ref.location)
    settings = resolve_settings(chain, **{**asked, **{name: version for name, version in present.items() if version}})
    start = _resolved(settings)
    wanted = {name: goal[name] or (stated.get(name) if origin[f"from_{name}"] else present[name]) for name in goal}
    if goal["calico"] is None and not (origin["from_calico"] and stated.get("calico")):
        only_others = goal["istio"] is not None or goal["kubernetes"] is not None
        wanted["calico"] = str(start.calico) if only_others else str(releases.newest_working())
    target = _target(wanted, start)
    if not force:
        for product in PRODUCTS:
            before, after = start.of(product), target.of(product)
            chosen = product != "Istio" or wanted["istio"] is not None
            if before is not None and after is not None and after < before and chosen:
                raise Downgrade(product, str(before), str(after))
    return start, target, wanted["istio"] is not None


def resolved(member: str, version: str) -> Version | None:
    """The version in a member of a profile."""
    return resolve_kubernetes(version) if member == "kubernetes" else releases.resolve(member.capitalize(), version)


def _resolved(settings: Settings) -> Versions:
    """The present versions; errors have the location of the version in the profile."""
    with settings.placed("calico"):
        calico = releases.resolve_calico(settings.calico)
    with settings.placed("istio"):
        istio = releases.resolve("Istio", settings.istio) if settings.istio else releases.documented_istio(calico)
    with settings.placed("kubernetes"):
        kubernetes = resolve_kubernetes(settings.kubernetes)
    return Versions(calico, istio, kubernetes)


def _target(wanted: Mapping[str, str | None], start: Versions) -> Versions:
    calico = releases.resolve_calico(wanted["calico"])
    istio: Version = (
        releases.resolve("Istio", wanted["istio"]) if wanted["istio"] else releases.documented_istio(calico)
    )
    kubernetes = resolve_kubernetes(wanted["kubernetes"]) if wanted["kubernetes"] else start.kubernetes
    return Versions(calico, istio, kubernetes)
