"""The pipeline in one place: the layers of a bundle in order, and their result.

`layers` is the order, from the base to the last transform; each layer takes the result of the layers before it and
returns a new one. `compose.layers` has a function for each kind of layer.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from itertools import takewhile
from typing import TYPE_CHECKING

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import catalog_index, default_components, shipped_layer, shipped_profiles
from manifestgen.catalog.result_cache import kept
from manifestgen.compose.layers import (
    EMPTY,
    Composition,
    LayerStep,
    Scope,
    add_objects,
    apply_images,
    apply_labels,
    apply_own,
    apply_parameters,
    apply_prototypes,
    apply_release_images,
    apply_shipped,
    apply_stored_form,
    apply_upstream,
    select_components,
    sort_objects,
)
from manifestgen.compose.parameters import Values
from manifestgen.compose.value_rules import check_values
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from manifestgen.catalog.model import Image, Labels, Layer
    from manifestgen.model.version import Version
    from manifestgen.patch.resource import Resource


_POLICY = "alp/profile.yaml"
"""What application layer policy adds to calico-node."""


class Request(Record):
    """What to render, with every name and version resolved.

    Attributes:
        chain: the profile and those that it extends, the most basic first.
        context: versions, profile names and values for conditions.
        components: the components to render.
        site_components: the components that the profile itself asks for; empty for the defaults.
        values: parameter values.
        overlays: in order, later ones win.
        argo: whether to add Argo CD's sync waves and options.
        images, labels: transforms from the caller, after those of the overlays.
        extra_resources: objects made elsewhere, such as the injector's.
        consumed_parameters: parameters that those use.
    """

    chain: tuple[Layer, ...]
    context: Context
    components: tuple[str, ...]
    site_components: tuple[str, ...] = ()
    values: Values = Values()
    overlays: tuple[Layer, ...] = ()
    argo: bool = False
    images: tuple[Image, ...] = ()
    labels: tuple[Labels, ...] = ()
    extra_resources: tuple[Resource, ...] = ()
    consumed_parameters: frozenset[str] = frozenset()

    @property
    def own_layers(self) -> tuple[Layer, ...]:
        """The user's profiles and overlays."""
        return tuple(layer for layer in (*self.chain, *self.overlays) if not is_shipped(layer))


def layers(request: Request) -> Iterator[LayerStep]:
    """Every layer of a bundle, in the order in which they are applied."""
    context = request.context
    own = request.own_layers
    if request.chain[0].is_manifests:
        yield from _over_manifests(request)
        return
    # Upstream: a shipped profile, and what the releases of Calico and Istio change in it; then the user's profiles,
    # which are written against what a release publishes.
    yield _upstream("base/profile.yaml")
    for profile in filter(is_shipped, request.chain):
        yield _upstream(f"{profile.short}/profile.yaml")
    for path in (*_releases("Calico", context.calico), *_releases("Istio", context.istio)):
        yield _upstream(path)
    for profile in request.chain:
        if not is_shipped(profile):
            yield LayerStep(apply_own, profile)
    # Application layer policy, corrections of what was published, and the images of the release.
    yield _upstream(_POLICY)
    if not context.published:
        yield _upstream("fixes/profile.yaml")
        yield LayerStep(apply_stored_form)
    yield LayerStep(apply_release_images)
    # The site: its values and the version of its cluster.
    yield LayerStep(add_objects, (request.extra_resources, request.consumed_parameters))
    yield LayerStep(apply_shipped, "mesh/profile.yaml")
    yield LayerStep(apply_parameters)
    yield LayerStep(apply_prototypes)
    if context.kubernetes:
        yield from (LayerStep(apply_shipped, path) for path in _releases("Kubernetes", context.kubernetes))
        yield LayerStep(apply_shipped, "kubernetes/older.yaml")
    for overlay in request.overlays:
        yield LayerStep(apply_own, overlay)
    if request.argo:
        yield LayerStep(apply_shipped, "argo/profile.yaml")
    # Transforms of what remains in the output.
    yield LayerStep(select_components, request.components)
    yield LayerStep(apply_images, (*(rule for layer in own for rule in layer.images), *request.images))
    yield LayerStep(apply_labels, (*(rule for layer in own for rule in layer.labels), *request.labels))
    yield LayerStep(sort_objects)


def _over_manifests(request: Request) -> Iterator[LayerStep]:
    """The layers of a profile that extends plain manifests, about which nothing is known."""
    own = request.own_layers
    for profile in request.chain:
        yield LayerStep(apply_own, profile)
    yield LayerStep(apply_parameters)
    yield LayerStep(apply_prototypes)
    for overlay in request.overlays:
        yield LayerStep(apply_own, overlay)
    if request.argo:
        yield LayerStep(apply_shipped, "argo/profile.yaml")
    yield LayerStep(apply_images, (*(rule for layer in own for rule in layer.images), *request.images))
    yield LayerStep(apply_labels, (*(rule for layer in own for rule in layer.labels), *request.labels))
    yield LayerStep(sort_objects)


def compose(request: Request) -> Composition:
    """The result of a request, checked.

    Raises:
        ManifestgenError: a layer cannot be applied, values disagree, or a value has no place.
    """
    composition = assemble(request)
    check_values(
        request.values,
        composition.used,
        request.context,
        composition.resources,
        as_shipped=not request.own_layers,
    )
    own = {layer.name for layer in request.own_layers}
    if not own:
        return composition
    from manifestgen.compose.object_checks import check_objects  # shipped layers were checked before

    return composition._replace(warnings=check_objects(composition.resources, {*own, "parameters"}))


def assemble(request: Request) -> Composition:
    """The result of a request, before the checks.

    Raises:
        ManifestgenError: a layer cannot be applied.
    """
    every = tuple(layers(request))
    upstream = tuple(takewhile(_is_upstream, every))
    context, not_rendered = request.context, _not_rendered(request)
    versions = (context.calico, context.istio, context.profiles, context.published)
    start = _composed_upstream(upstream, versions, not_rendered) if upstream else EMPTY
    scope = Scope(
        context,
        request.values,
        not_rendered,
        rendered=frozenset(request.components),
        chosen=frozenset((*request.components, *(request.site_components or default_components(context.profiles)))),
        given=frozenset(request.values.given_names) - request.values.site_wide,
    )
    return _composed(start, every[len(upstream) :], scope)


def before_policy(request: Request) -> tuple[Resource, ...]:
    """What a release publishes, with its images and without application layer policy: what a profile patches.

    Raises:
        ManifestgenError: a layer cannot be applied.
    """
    upstream = takewhile(lambda layer: layer.subject != _POLICY, layers(request))
    every = (*(layer for layer in upstream if layer.apply is apply_upstream), LayerStep(apply_release_images))
    return _composed(EMPTY, every, Scope(request.context)).resources


@lru_cache(maxsize=1024)
def _composed_upstream(
    upstream: tuple[LayerStep, ...],
    versions: tuple[Version, Version, tuple[str, ...], bool],
    not_rendered: frozenset[str],
) -> Composition:
    """The result of the first layers, which are the same for every site: composed once per process."""
    calico, istio, profiles, published = versions
    context = Context(calico, istio, profiles=profiles, published=published)
    scope = Scope(context, Values(), not_rendered)
    key = repr([[layer.apply.__name__, layer.subject] for layer in upstream] + [versions, sorted(not_rendered)])
    return kept(key, lambda: _composed(EMPTY, upstream, scope))


def _composed(start: Composition, following: Iterable[LayerStep], scope: Scope) -> Composition:
    return reduce(lambda composition, layer: layer.apply(composition, scope, layer.subject), following, start)


def _is_upstream(layer: LayerStep) -> bool:
    """Whether a layer depends only on the versions and the shipped profile."""
    return layer.apply in (apply_upstream, apply_stored_form, apply_release_images)


def _not_rendered(request: Request) -> frozenset[str]:
    """The components that are not rendered and that no patch or value of the user can concern.

    Editing an embedded document takes longer than most of a render, so it is skipped where it has no effect.
    """
    if request.values.given_names or any(layer.patches for layer in request.own_layers):
        return frozenset()
    return frozenset(catalog_index()["components"]) - frozenset(request.components)


@lru_cache(maxsize=256)
def _upstream(path: str) -> LayerStep:
    return LayerStep(apply_upstream, path)


@lru_cache(maxsize=1024)
def _releases(product: str, version: Version) -> tuple[str, ...]:
    """The files of the releases of a product up to a version, oldest first."""
    return tuple(release.path for release in releases.releases_up_to(product, version))


def is_shipped(layer: Layer) -> bool:
    """Whether a profile is a shipped one, and not a user's in a directory of the same name."""
    return layer.short in shipped_profiles() and layer is shipped_layer(f"{layer.short}/profile.yaml")
