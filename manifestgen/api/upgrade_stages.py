"""Composing a site for any versions, whether or not all its parts fit."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from manifestgen.api.rendering import injector_objects
from manifestgen.api.request import (
    layer_values,
    refuse_empty_components,
    resolve_components,
    resolve_context,
    resolve_values,
    transform_own_images,
)
from manifestgen.api.settings import resolve_settings
from manifestgen.catalog.model import Labels
from manifestgen.catalog.parameters import ValueSource
from manifestgen.catalog.releases import documented_istio
from manifestgen.compose.object_checks import check_objects
from manifestgen.compose.pipeline import Request, assemble, is_shipped
from manifestgen.compose.placement import ParameterHasNoPlace
from manifestgen.compose.value_rules import check_values
from manifestgen.errors import Failures, ManifestgenError
from manifestgen.injector.component import COMPONENT, TAKEN, InjectorResult
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.upgrades.items import RESOURCES, VALUE, SiteItem, blamed, items_of, value_item, without
from manifestgen.upgrades.stages import Stage
from manifestgen.yamlio.errors import YamlError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from manifestgen.api.settings import Settings
    from manifestgen.catalog.conditions import Context
    from manifestgen.catalog.model import Layer
    from manifestgen.compose.parameters import Values
    from manifestgen.patch.resource import Resource
    from manifestgen.upgrades.versions import Versions


class Site(Record):
    """What is upgraded: a profile, with a call's arguments other than the versions.

    Attributes:
        chain: the profile and those that it extends, the furthest first.
        overlays: the overlays, in order.
        sources: parameter values of the call.
        asked: the other arguments of the call, by the names of those of `render`.
        labels: set on every object.
        follows: whether Istio is not stated and follows the Calico release that documents it.
        own: the user's layers, by their number among all layers.
        items: their parts.
        manifest: the path of the new release's published install; empty for none.
    """

    chain: tuple[Layer, ...]
    overlays: tuple[Layer, ...]
    sources: tuple[ValueSource, ...]
    asked: Mapping[str, Any]
    labels: Mapping[str, str]
    follows: bool
    own: Mapping[int, Layer]
    items: tuple[SiteItem, ...]
    manifest: str = ""

    def words(self, profile: str, target: Versions) -> dict[str, str]:
        """How to name, upgrade and render the site, for the texts of steps.

        Args:
            profile: the profile, as given.
            target: the new versions.
        """
        own = not is_shipped(self.chain[-1])
        flags = ("--to", "--to-istio", "--to-kubernetes") if own else ("--calico", "--istio", "--kubernetes")
        said = (target.calico.as_minor, None if self.follows else target.istio.as_minor, target.kubernetes)
        options = [f"{flag} {version}" for flag, version in zip(flags, said, strict=True) if version]
        options += [f"--manifest {shlex.quote(self.manifest)}"] if self.manifest else []
        name = profile if "/" in profile or not own else f"./{profile}"
        return {
            "site": shlex.quote(name),
            "options": " ".join(options),
            "kind": "own" if own else "shipped",
            "manifest": "given" if self.manifest else "none",
        }

    def without(self, items: Collection[SiteItem]) -> Site:
        """The site without some of its parts."""
        if not items:
            return self
        changed = without(self.own, items)
        layers = [changed.get(number, layer) for number, layer in enumerate((*self.chain, *self.overlays))]
        gone = {one.name for one in items if one.kind == VALUE}
        return self._replace(
            chain=tuple(layers[: len(self.chain)]),
            overlays=tuple(layers[len(self.chain) :]),
            sources=tuple(_fewer(source, gone) for source in self.sources),
        )

    def plain(self) -> Site:
        """The site without its patches, images, labels, registry and pins: only what the releases render."""
        bare = {number: layer._replace(patches=(), images=(), labels=()) for number, layer in self.own.items()}
        layers = [bare.get(number, layer) for number, layer in enumerate((*self.chain, *self.overlays))]
        dropped = dict.fromkeys(("registry", "pins"))
        chain = tuple(_without_settings(layer, dropped) for layer in layers[: len(self.chain)])
        return self._replace(
            chain=chain,
            overlays=tuple(layers[len(self.chain) :]),
            asked={**self.asked, **dropped},
            labels={},
            own=bare,
            items=tuple(one for one in self.items if one.kind in {RESOURCES, VALUE}),
        )


def _fewer(source: ValueSource, gone: Collection[str]) -> ValueSource:
    return source._replace(values={name: value for name, value in source.values.items() if name not in gone})


def _without_settings(layer: Layer, members: Iterable[str]) -> Layer:
    if not layer.site.keys() & set(members):
        return layer
    return layer._replace(site={name: one for name, one in layer.site.items() if name not in members})


def site_of(
    chain: Sequence[Layer],
    overlays: Sequence[Layer],
    *,
    asked: Mapping[str, Any],
    sources: Sequence[ValueSource],
    labels: Mapping[str, str],
    follows: bool,
) -> Site:
    """A site with all its parts, and with the values of its parameters checked.

    Raises:
        UnknownParameter, BadValue: a value is wrong for any versions.
    """
    layers = (*chain, *overlays)
    own = {number: layer for number, layer in enumerate(layers) if not is_shipped(layer)}
    values = resolve_values(chain, [*(layer_values(layer) for layer in layers if layer.values), *sources])
    items = (*items_of(own), *(value_item(name, values.where.get(name, "")) for name in values.given_names))
    return Site(
        chain=tuple(chain),
        overlays=tuple(overlays),
        sources=tuple(sources),
        asked=asked,
        labels=labels,
        follows=follows,
        own=own,
        items=items,
    )


def compose_at(site: Site, versions: Versions, *, leave_out: Collection[SiteItem] = (), checked: bool = False) -> Stage:
    """The render of a site for given versions; parts that do not fit are left out and named.

    Args:
        site: the site.
        versions: the versions.
        leave_out: the parts to leave out.
        checked: whether to run the checks of a render too.

    Raises:
        ManifestgenError: it cannot be composed for a reason that is not in the site.
    """
    misfits: dict[SiteItem, ManifestgenError] = {}
    while True:
        gone = (*leave_out, *misfits)
        try:
            stage = _composed(site.without(gone), versions, checked=checked)
        except ManifestgenError as error:
            if any(isinstance(one, YamlError) for one in _flat(error)):
                raise  # a file that cannot be read does not fit any version
            found = _blamed(site, error, gone) or _culprits(site, versions, gone)
            if not found:
                raise
            misfits |= found
            continue
        return stage._replace(misfits={**misfits, **stage.misfits})


def _flat(error: ManifestgenError) -> Iterator[ManifestgenError]:
    yield from error if isinstance(error, Failures) else (error,)


def _blamed(site: Site, error: ManifestgenError, known: Collection[SiteItem]) -> dict[SiteItem, ManifestgenError]:
    found = {blamed(one, site.items): one for one in _flat(error)}
    return {item: one for item, one in found.items() if item is not None and item not in known}


def _culprits(site: Site, versions: Versions, known: Collection[SiteItem]) -> dict[SiteItem, ManifestgenError]:
    """The parts to leave out so that the rest can be composed, if an error does not point at one of them."""
    waiting = [item for item in site.items if item not in known]
    found: dict[SiteItem, ManifestgenError] = {}
    if _error(site.without([*known, *waiting]), versions):
        return found
    while waiting:
        item = waiting.pop(0)
        error = _error(site.without([*known, *found, *waiting]), versions)
        if error:
            found[item] = error
    return found


def _error(site: Site, versions: Versions) -> ManifestgenError | None:
    try:
        _composed(site, versions, checked=False)
    except ManifestgenError as error:
        return next(_flat(error))
    return None


def _composed(site: Site, versions: Versions, *, checked: bool) -> Stage:
    errors: list[ManifestgenError] = []
    documented = site.follows and versions.istio == documented_istio(versions.calico)
    said = {
        "calico": str(versions.calico),
        "istio": None if documented else str(versions.istio),
        "kubernetes": str(versions.kubernetes) if versions.kubernetes else None,
    }
    settings = resolve_settings(site.chain, **{**site.asked, **said})
    context = resolve_context(site.chain, settings)
    bound = _values(site, settings)
    context = context._replace(values=bound.given_names)
    wanted = resolve_components(settings, context)
    brought = _injector(context, wanted, settings, errors)
    request = Request(
        chain=site.chain,
        context=context,
        components=wanted,
        values=bound,
        overlays=site.overlays,
        argo=settings.argo,
        labels=(Labels(dict(site.labels), False, None),) if site.labels else (),
        site_components=settings.site_components,
        extra_resources=brought.resources,
        consumed_parameters=TAKEN if COMPONENT in wanted and brought.resources else frozenset(),
    )
    composed = assemble(request)
    misfits: dict[SiteItem, ManifestgenError] = {}
    try:
        check_values(bound, composed.used, context, composed.resources, as_shipped=not site.own)
    except ManifestgenError as error:
        for one in _flat(error):
            if isinstance(one, ParameterHasNoPlace):
                misfits[value_item(one.parameter, one.where)] = one
            else:
                errors.append(one)
    if checked:
        _check(request, composed.resources, settings, errors)
    resources = _own_images(composed, settings, errors)
    return Stage(
        versions=versions,
        context=context,
        components=wanted,
        resources=resources,
        misfits=misfits,
        errors=tuple(errors),
    )


def _values(site: Site, settings: Settings) -> Values:
    layers = (*site.chain, *site.overlays)
    names = {"namespaces": list(settings.namespaces)} if settings.namespaces else {}
    named = ValueSource(names, settings.refs.get("namespaces", Location("--namespace")))
    return resolve_values(site.chain, [*(layer_values(one) for one in layers if one.values), *site.sources, named])


def _injector(
    context: Context, wanted: Sequence[str], settings: Settings, errors: list[ManifestgenError]
) -> InjectorResult:
    try:
        return injector_objects(context, wanted, settings)
    except ManifestgenError as error:
        errors += _flat(error)
        return InjectorResult(())


def _check(request: Request, resources: Sequence[Resource], settings: Settings, errors: list[ManifestgenError]) -> None:
    own = {layer.name for layer in request.own_layers}
    try:
        if own:
            check_objects(resources, {*own, "parameters"})
    except ManifestgenError as error:
        errors += _flat(error)
    try:
        with settings.placed("components"):
            refuse_empty_components(settings.named_components, resources, request.context)
    except ManifestgenError as error:
        errors += _flat(error)


def _own_images(composed: Any, settings: Settings, errors: list[ManifestgenError]) -> tuple[Resource, ...]:
    try:
        return transform_own_images(composed, settings)
    except ManifestgenError as error:
        errors += _flat(error)
        return transform_own_images(composed, settings._replace(pins=None))
