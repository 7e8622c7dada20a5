"""The settings of one render: the caller's, then the profile's, then those of the profiles that it extends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from manifestgen.catalog import releases
from manifestgen.catalog.loading import default_components, install_profiles, is_plain, shipped_profiles
from manifestgen.catalog.site import LAYOUTS as LAYOUTS
from manifestgen.catalog.site import LISTS, combine
from manifestgen.compose.finding import Finding
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.catalog.model import Layer
    from manifestgen.catalog.site import Setting
    from manifestgen.yamlio.locations import SourceRef

OVERRIDDEN = "overridden"
NO_VERSION = "no-calico-version"
_OPTIONS = {"components": "--component", "namespaces": "--namespace", "pins": "--pin"}
"""The options that are not called like the members of a profile."""


class VersionNotStated(ManifestgenError):
    """The cluster determines the Calico version, and it was not given.

    Attributes:
        profile: its name.
    """

    def __init__(self, profile: str) -> None:
        super().__init__(
            f"profile {profile} needs the Calico version that the operator runs",
            next_step="add --calico VERSION with what this prints: "
            "kubectl get installation default -o jsonpath={.status.calicoVersion}",
        )
        self.profile = profile


class Settings(Record):
    """The settings of one render.

    Attributes:
        calico, istio, kubernetes: versions; None for the default.
        components: the components to render, including the defaults; empty for only the defaults.
        named_components: those that were requested by name.
        namespaces, allow: names.
        registry, pins, injector: None for none.
        argo, published: whether they are on.
        layout: the layout of an output directory.
        site_components: the components that the profile itself asks for.
        refs: the references of the profiles' settings; locations are only computed for messages.
        warnings: about settings of the profile that the caller overrides, and a profile without a version.
    """

    calico: str | None = None
    istio: str | None = None
    kubernetes: str | None = None
    components: tuple[str, ...] = ()
    named_components: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    registry: str | None = None
    pins: Any = None
    injector: Any = None
    argo: bool = False
    published: bool = False
    layout: str = "kustomize"
    site_components: tuple[str, ...] = ()
    refs: Mapping[str, SourceRef] = {}
    warnings: tuple[Finding, ...] = ()

    def location(self, member: str) -> Location:
        """The location of a setting: in a profile, or else an option."""
        return self.refs[member].location if member in self.refs else Location(option_of(member))

    @contextmanager
    def placed(self, member: str) -> Iterator[None]:
        """Add to errors about a setting its location, if it is in a profile."""
        try:
            yield
        except ManifestgenError as error:
            raise (error.placed(self.refs[member].location) if member in self.refs else error) from None


def resolve_settings(chain: Sequence[Layer], **asked: Any) -> Settings:
    """The settings of one render.

    Args:
        chain: the profile and those that it extends, the furthest first.
        asked: the caller's settings, by the names of `Settings`; None, False or empty if not given.
    """
    names = tuple(layer.short for layer in reversed(chain))
    found: dict[str, Any] = {}
    written: dict[str, Setting] = {}
    for layer in chain:
        found = _over(found, {member: setting.value for member, setting in layer.site.items()}, names)
        written |= layer.site
    given = {member: value for member, value in asked.items() if value not in (None, False, (), [])}
    settings = _over(found, given, names)
    warnings = [
        _overridden(member, given[member], written[member])
        for member in sorted(given.keys() & written.keys())
        if _plain(settings[member]) != _plain(found[member]) and not _only_adds(member, given[member])
    ]
    if "calico" not in settings and chain[0].short in set(shipped_profiles()) - set(install_profiles()):
        raise VersionNotStated(chain[-1].short)
    if "calico" not in settings and chain[-1].short not in shipped_profiles() and not is_plain(chain):
        warnings.append(_no_version(chain[-1]))
    return Settings(
        **settings,
        site_components=found.get("components") or default_components(names),
        refs={member: setting.ref for member, setting in written.items() if member not in given},
        warnings=tuple(warnings),
    )


def _over(before: Mapping[str, Any], values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Settings overridden by others, for a profile with these names."""
    found = {**before, **values}
    for member in LISTS & values.keys():
        found[member] = combine(before.get(member, ()), values[member])
    if "components" in values:
        plain = any(not name.startswith("+") for name in values["components"])
        named = () if plain else before.get("named_components", ())
        found["named_components"] = tuple(dict.fromkeys([*named, *(n.removeprefix("+") for n in values["components"])]))
        if not plain:
            found["components"] = combine(before.get("components") or default_components(names), values["components"])
    return found


def _plain(value: Any) -> Any:
    """A setting in normal form: `v3.27` becomes `3.27`."""
    return value.removeprefix("v") if isinstance(value, str) else value


def _only_adds(member: str, value: Any) -> bool:
    return member in LISTS and all(name.startswith("+") for name in value)


def option_of(member: str) -> str:
    """The command-line option for a member of a profile."""
    return _OPTIONS.get(member, f"--{member.rstrip('s') if member in LISTS else member}")


def _overridden(member: str, value: Any, setting: Setting) -> Finding:
    option = option_of(member)
    said = ", ".join(value) if member in LISTS else str(value)
    return Finding(
        code=OVERRIDDEN,
        refused=False,
        text=f"{option} {said} overrides {member} at {setting.ref.location}",
        next_step="write +NAME to add to the list of the profile" if member in LISTS else "",
    )


def _no_version(layer: Layer) -> Finding:
    newest = releases.newest_working()
    return Finding(
        code=NO_VERSION,
        refused=False,
        text=f"profile {layer.short} names no Calico version: the newest, {newest} now, changes with manifestgen",
        next_step=f'add calico: "{newest}" to {layer.ref.source.name}',
    )
