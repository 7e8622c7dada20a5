"""The one pipeline: from a request to the resources of a bundle.

Order, always: base, Calico releases up to the one asked for, Istio releases likewise, the profile and those it
extends, ALP, fixes, the release's images, objects of the mesh that are there on request, parameters, target
Kubernetes version, overlays, image and label transforms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import catalog_index, shipped_layer, shipped_profiles
from manifestgen.catalog.model import Image, Labels, Layer
from manifestgen.catalog.resource_files import add_unique, load_resources
from manifestgen.compose.parameters import Values, bind
from manifestgen.compose.placement import has_place
from manifestgen.compose.replicate import multiply
from manifestgen.compose.transforms import transform_images, transform_labels
from manifestgen.compose.value_rules import check_values
from manifestgen.embedded import FORMATS
from manifestgen.model.record import Record
from manifestgen.patch.apply import apply_patches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.catalog.model import Release
    from manifestgen.model.version import Version
    from manifestgen.patch.model import Patch
    from manifestgen.patch.resource import Resource


class Request(Record):
    """What to render, every name and version already resolved.

    Attributes:
        chain: the profile and those it extends, the furthest first.
        context: versions, profile names and values that conditions are judged by.
        components: the parts of the output that are wanted.
        values: parameter values.
        overlays: in order, later ones win.
        images, labels: transforms of the caller's own, after those of the overlays.
        brought: resources made elsewhere, such as the injector's.
        taken: parameters that have their place in those.
    """

    chain: tuple[Layer, ...]
    context: Context
    components: tuple[str, ...]
    values: Values = Values()
    overlays: tuple[Layer, ...] = ()
    images: tuple[Image, ...] = ()
    labels: tuple[Labels, ...] = ()
    brought: tuple[Resource, ...] = ()
    taken: frozenset[str] = frozenset()


class Composed(Record):
    """What a request comes to.

    Attributes:
        resources: those of the bundle, in apply order.
        left_out: those of components that were not asked for.
    """

    resources: tuple[Resource, ...]
    left_out: tuple[Resource, ...]


def compose(request: Request) -> Composed:
    """The resources of a bundle.

    Raises:
        ManifestgenError: a layer does not fit what came before it, values disagree, or one has no place.
    """
    stage = assemble(request)
    wanted: list[Resource] = []
    left_out: list[Resource] = []
    for resource in stage.resources:
        (left_out if resource.component and resource.component not in request.components else wanted).append(resource)
    own = [layer for layer in (*request.chain, *request.overlays) if not _is_shipped(layer)]
    check_values(request.values, stage.used, request.context, wanted, as_shipped=not own)
    images = [rule for layer in own for rule in layer.images] + list(request.images)
    labels = [rule for layer in own for rule in layer.labels] + list(request.labels)
    done = transform_labels(transform_images(wanted, images, "images"), labels, "labels")
    return Composed(_in_apply_order(done), tuple(left_out))


def assemble(request: Request) -> Stage:
    """Every component with every layer, before transforms and checks.

    Raises:
        ManifestgenError: a layer does not fit what came before it.
    """
    context = request.context
    stage = _before_parameters(request)
    stage.resources = add_unique(stage.resources, request.brought)
    stage.used |= request.taken
    stage.apply(shipped_layer("mesh/profile.yaml"), shipped=True)
    stage.land()
    stage.multiply()
    for release in releases.releases_up_to("Kubernetes", context.kubernetes) if context.kubernetes else ():
        stage.apply(release.layer, shipped=True)
    for overlay in request.overlays:
        stage.apply(overlay, shipped=False)
    return stage


class Stage:
    """The resources while layers are applied to them one after the other, and the parameters that were used."""

    def __init__(
        self,
        resources: Iterable[Resource],
        context: Context,
        values: Values,
        not_rendered: frozenset[str] = frozenset(),
    ) -> None:
        self.resources = list(resources)
        self.not_rendered = not_rendered
        self.used: set[str] = set()
        self.context = context
        self.values = values

    def apply(self, layer: Layer, *, shipped: bool) -> None:
        """Bring a layer's resources, then apply its patches."""
        self.resources = add_unique(self.resources, load_resources(layer, self.context, shipped=shipped))
        patches, used = bind(layer.patches, self.context, self.values)
        self.resources = apply_patches(
            self.resources, patches, layer=layer.name, formats=FORMATS, not_rendered=self.not_rendered
        )
        self.used |= used
        for entry in layer.resources:
            if entry.when.parameters and entry.when.holds(self.context):
                self.used |= set(entry.when.parameters)

    def land(self) -> None:
        """Put the parameters' values in their places."""
        given = [p for p in self.values.active if self.values.of(p.name) is not None]
        patches: list[Patch] = []
        for parameter in given:
            own, used = bind(parameter.sets, self.context, self.values)
            patches += own
            # Its own patches do not show that it has a place: they may expect no object at all.
            placed = has_place(parameter, self.resources, self.context)
            self.used |= {*used, parameter.name} if placed else used - {parameter.name}
        self.resources = apply_patches(self.resources, patches, layer="parameters", formats=FORMATS)

    def multiply(self) -> None:
        """Make the objects of which there is one for each item of a parameter."""
        self.resources, used = multiply(self.resources, self.context, self.values, "parameters")
        self.used |= used

    def finish_upstream(self) -> None:
        """ALP, fixes, and the images of the release."""
        self.apply(shipped_layer("alp/profile.yaml"), shipped=True)
        if not self.context.published:
            self.apply(shipped_layer("fixes/profile.yaml"), shipped=True)
        self.resources = transform_images(self.resources, release_images(self.context), "images of the release")


def _before_parameters(request: Request) -> Stage:
    """Everything up to the release's images; what needs no file of the user's is composed once a process."""
    context = request.context
    names = tuple(layer.short for layer in request.chain if _is_shipped(layer))
    own = [layer for layer in request.chain if not _is_shipped(layer)]
    not_rendered = _unseen(request)
    upstream = _upstream(names, context.calico, context.istio, context.published, not_rendered, finished=not own)
    stage = Stage(upstream, context, request.values)
    for layer in own:
        stage.apply(layer, shipped=False)
    if own:
        stage.finish_upstream()
    return stage


def _unseen(request: Request) -> frozenset[str]:
    """The components that are not wanted, where no patch or value of the user's can be about them.

    Editing a document in a string takes longer than most of a render, so it is left out where nobody looks.
    """
    own = [layer for layer in (*request.chain, *request.overlays) if not _is_shipped(layer)]
    if request.values.given_names or any(layer.patches for layer in own):
        return frozenset()
    return frozenset(catalog_index()["components"]) - frozenset(request.components)


@lru_cache(maxsize=64)
def _upstream(
    names: tuple[str, ...],
    calico: Version,
    istio: Version,
    published: bool,
    not_rendered: frozenset[str],
    *,
    finished: bool,
) -> tuple[Resource, ...]:
    """What upstream publishes for shipped profiles; `finished` with ALP, fixes and images."""
    context = Context(calico, istio, profiles=names[::-1], published=published)
    stage = Stage((), context, Values(), not_rendered)
    stage.apply(shipped_layer("base/profile.yaml"), shipped=True)
    for product, version in (("Calico", calico), ("Istio", istio)):
        for release in releases.releases_up_to(product, version):
            stage.apply(release.layer, shipped=True)
    for name in names:
        stage.apply(shipped_layer(f"{name}/profile.yaml"), shipped=True)
    if finished:
        stage.finish_upstream()
    return tuple(stage.resources)


def release_images(context: Context) -> tuple[Image, ...]:
    """What each image name of the base stands for: the newest rule of the release chains for each name.

    A rule without a tag follows the version asked for.
    """
    rules: dict[str, Image] = {}
    for product, version in (("Calico", context.calico), ("Istio", context.istio)):
        chain = releases.releases_up_to(product, version)
        tag = _tag(chain[-1], version)
        for release in chain:
            rules |= {
                rule.name: rule if rule.new_tag or rule.digest else rule._replace(new_tag=tag)
                for rule in release.layer.images
            }
    return tuple(rules.values())


def _tag(release: Release, version: Version) -> str:
    """The tag of images that follow a release: its version, unless its newest patch was published with another."""
    info = release.layer.info
    if version == release.version and "imageTag" in info:
        return str(info["imageTag"])
    return f"v{version}" if str(info["version"]).startswith("v") else str(version)


def _is_shipped(layer: Layer) -> bool:
    """Whether a profile is one of the catalog, and not a user's in a directory that is called like its name."""
    return layer.short in shipped_profiles() and layer is shipped_layer(f"{layer.short}/profile.yaml")


def _in_apply_order(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    ranks = {kind: rank for rank, kind in enumerate(catalog_index()["order"])}
    return tuple(sorted(resources, key=lambda resource: ranks.get(resource.id.kind, len(ranks))))
