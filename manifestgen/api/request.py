"""From a caller's arguments to what is composed: versions, components and values, all checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from manifestgen.api.settings import Settings
from manifestgen.catalog import releases
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.errors import InvalidProfile, NoSuchRelease
from manifestgen.catalog.file_values import values_of
from manifestgen.catalog.loading import catalog_index, components_of, default_components, is_plain
from manifestgen.catalog.model import Layer
from manifestgen.catalog.parameter_index import ParameterIndex
from manifestgen.catalog.parameters import ValueSource, resolve
from manifestgen.compose.parameters import Values
from manifestgen.errors import ErrorCollector, ManifestgenError, nearest
from manifestgen.model.version import Version, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from manifestgen.catalog.model import Parameter
    from manifestgen.compose.layers import Composition
    from manifestgen.compose.pins import Pin
    from manifestgen.patch.resource import Resource

    Pins = Mapping[str, str] | str | os.PathLike[str]
    """Digests by image, or a YAML file of them."""


class NoSuchComponent(ManifestgenError):
    """A component is not known, or is empty in these versions.

    Attributes:
        component: its name.
    """

    def __init__(self, component: str, known: Iterable[str], what: str, next_step: str = "") -> None:
        names = tuple(known)
        super().__init__(
            f"component {component!r} {what}",
            candidates=() if next_step else nearest(component, names) or names,
            next_step=next_step or "run manifestgen profiles to see the components",
        )
        self.component = component


def resolve_context(chain: Sequence[Layer], settings: Settings) -> Context:
    """The context for conditions, except values: the versions and the profile's names.

    Raises:
        NoSuchRelease, VersionSyntaxError: with the location in the profile, if the version is from there.
    """
    if is_plain(chain):
        raise InvalidProfile(
            f"profile {chain[-1].short} extends plain manifests: there are no versions to judge it by",
            where=chain[-1].ref.at("extends").location,
            next_step="render it, or extend a shipped profile",
        )
    gathered = ErrorCollector()
    with gathered, settings.placed("calico"):
        calico = releases.resolve_calico(settings.calico)
    with gathered, settings.placed("kubernetes"):
        kubernetes = resolve_kubernetes(settings.kubernetes)
    with gathered, settings.placed("istio"):
        istio = releases.resolve("Istio", settings.istio) if settings.istio is not None else None
    gathered.raise_all()
    return Context(
        calico,
        istio or releases.documented_istio(calico),
        kubernetes=kubernetes,
        profiles=tuple(layer.short for layer in reversed(chain)),
        published=settings.published,
    )


def plain_context(chain: Sequence[Layer], settings: Settings) -> Context:
    """The context for conditions of a profile that extends plain manifests: the versions that it states.

    Raises:
        InvalidProfile: a setting has no meaning there, or a condition is about a version that is not stated; for
            several, Failures.
    """
    gathered = ErrorCollector()
    for member in _OF_OUR_OBJECTS:
        if getattr(settings, member):
            gathered.add(
                InvalidProfile(
                    f"{member} is about what a shipped profile renders, and this one extends plain manifests",
                    where=settings.location(member),
                    next_step="leave it out, or extend a shipped profile",
                )
            )
    for layer in chain:
        conditions = [(patch.when, patch.patch.ref) for patch in layer.patches]
        conditions += [(file.when, file.ref) for file in layer.resources]
        for when, ref in conditions:
            for member in ("calico", "istio"):
                if getattr(when, member) is not None and getattr(settings, member) is None:
                    gathered.add(
                        InvalidProfile(
                            f"the condition asks for a version of {member.capitalize()} that nobody states",
                            where=ref.at("when").location,
                            next_step=f"add {member}: VERSION to the profile, or remove the condition",
                        )
                    )
    gathered.raise_all()
    with settings.placed("calico"):
        calico = releases.resolve("Calico", settings.calico) if settings.calico else releases.newest_working()
    with settings.placed("istio"):
        istio = releases.resolve("Istio", settings.istio) if settings.istio else releases.documented_istio(calico)
    with settings.placed("kubernetes"):
        kubernetes = resolve_kubernetes(settings.kubernetes)
    return Context(calico, istio, kubernetes=kubernetes, profiles=tuple(layer.short for layer in reversed(chain)))


_OF_OUR_OBJECTS = ("components", "namespaces", "injector", "published")
"""The settings that are about what a shipped profile renders."""


def resolve_kubernetes(asked: str | None) -> Version | None:
    """The target version; None if there is none.

    Raises:
        NoSuchRelease, VersionSyntaxError: it is not known, or not a version.
    """
    if asked is None:
        return None
    version = parse_version(asked)
    oldest, newest = (parse_version(catalog_index()["kubernetes"][end]) for end in ("oldest", "newest"))
    if not oldest <= version.as_minor <= newest:
        nearest_end = oldest if version.as_minor < oldest else newest
        raise NoSuchRelease(
            product="Kubernetes", version=asked, known=[f"v{oldest}", f"v{newest}"], near=[f"v{nearest_end}"]
        )
    return version


def resolve_components(settings: Settings, context: Context) -> tuple[str, ...]:
    """The components to render, with the component namespaces if namespaces are named.

    Raises:
        NoSuchComponent: one is not known.
    """
    known = catalog_index()["components"]
    mine = components_of(context.profiles)
    with settings.placed("components"):
        for name in settings.components:
            if name not in known:
                raise NoSuchComponent(name, known, "is not known")
            if name not in mine:
                what = f"is not for the profile {context.profiles[0]}: {known[name]['summary']}"
                raise NoSuchComponent(name, mine, what, f"leave it out; there are {', '.join(mine)}")
    if not settings.components:
        return default_components(context.profiles)
    return tuple(dict.fromkeys([*settings.components, *(["namespaces"] if settings.namespaces else [])]))


def refuse_empty_components(asked: Sequence[str], resources: Sequence[Resource], context: Context) -> None:
    """Refuse a component that was requested by name and is empty in these versions."""
    present = {resource.component for resource in resources}
    for name in asked:
        if name not in present:
            what = f"has nothing in Calico {context.calico} with Istio {context.istio}"
            raise NoSuchComponent(
                component=name,
                known=sorted(present - {""}),
                what=what,
                next_step=catalog_index()["components"][name].get("needs", ""),
            )


def layer_values(layer: Layer) -> ValueSource:
    """The values in a layer."""
    return ValueSource(layer.values, layer.ref.at("values"), site_wide=True)


def resolve_values(chain: Sequence[Layer], given: Sequence[ValueSource]) -> Values:
    """The effective values, from sources in order of precedence, the strongest last.

    Raises:
        ManifestgenError: unknown parameters and bad values, all together.
    """
    declared = _declared(chain)
    chosen = resolve(declared, given, chain[-1].short)
    where = {name: one.source.location(name) for name, one in chosen.items()}
    site_wide = frozenset(name for name, one in chosen.items() if one.source.site_wide)
    return Values(
        declared=declared,
        given_names=values_of(declared, chosen),
        where=where,
        site_wide=site_wide,
        active_by_default=declared.active_by_default if isinstance(declared, ParameterIndex) else tuple(declared),
    )


def _declared(chain: Sequence[Layer]) -> Mapping[str, Parameter]:
    """All parameters; if a profile extends plain manifests, those that the user's profiles declare."""
    if not is_plain(chain):
        return ParameterIndex(chain)
    return {name: parameter for layer in chain for name, parameter in layer.parameters.items()}


def transform_own_images(composition: Composition, settings: Settings) -> tuple[Resource, ...]:
    """Pin images to digests, then change their registry.

    Args:
        composition: the objects, and those that are not rendered.
        settings: the registry, the pins, and the codes of rules that only warn.

    Raises:
        ManifestgenError: the registry or a pin is not valid, a pin matches nothing, or an image has no pin.
    """
    registry, pins = settings.registry, settings.pins
    if registry is None and pins is None:
        return composition.resources
    from manifestgen.compose.compatibility import UNPINNED
    from manifestgen.compose.images import mirror
    from manifestgen.compose.pins import pin_images
    from manifestgen.model.image import InvalidImage, check_registry

    resources: Sequence[Resource] = composition.resources
    taken_from = ""
    if registry is not None:
        try:
            taken_from = check_registry(registry, "the registry")
        except InvalidImage as error:
            raise error.placed(settings.location("registry")) from None
    if pins is not None:
        resources = pin_images(
            resources,
            _pins(pins),
            left_out=composition.left_out,
            registry=taken_from,
            allow_unpinned=UNPINNED in settings.allow,
        )
    return tuple(mirror(resources, taken_from, settings.refs.get("registry")) if taken_from else resources)


def _pins(pins: Pins) -> tuple[Pin, ...]:
    from manifestgen.compose.pins import read_pins

    if not isinstance(pins, (str, os.PathLike)):
        return read_pins(pins)
    from manifestgen.yamlio.files import read_file
    from manifestgen.yamlio.locations import SourceFile, SourceRef
    from manifestgen.yamlio.reader import read
    from manifestgen.yamlio.typed import one_document

    path = os.fspath(pins)
    text = read_file(path, pipes=True)
    ref = SourceRef(SourceFile(path, text))
    return read_pins(one_document(read(text, path), ref, "a file of pins"), ref)
