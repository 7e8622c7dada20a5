"""The one pipeline: from a request to the resources of a bundle.

Order, always: base, Calico releases up to the one asked for, Istio releases likewise, the profile and those it
extends, ALP, fixes, the release's images, objects of the mesh that are there on request, parameters, target
Kubernetes version, overlays, image and label transforms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from manifestgen.catalog import releases
from manifestgen.catalog.layer import Conditional, Image, Labels, Layer
from manifestgen.catalog.loading import contents, shipped_layer
from manifestgen.catalog.objects import bring, merge
from manifestgen.catalog.when import Context
from manifestgen.compose.binding import ParameterHasNoPlace, Values, bind
from manifestgen.compose.multiply import multiply
from manifestgen.compose.transforms import transform_images, transform_labels
from manifestgen.embedded import FORMATS
from manifestgen.errors import Gathered
from manifestgen.patch.apply import apply_patches
from manifestgen.yamlio.source import Anchor, SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.model.version import Version
    from manifestgen.patch.resource import Resource

_NOWHERE = Anchor(SourceFile("parameters", str))


class Request(NamedTuple):
    """What to render, every name and version already resolved.

    Attributes:
        chain: the profile and those it extends, the furthest first.
        context: versions, profile names and values that conditions are judged by.
        components: the parts of the output that are wanted.
        values: parameter values.
        overlays: in order, later ones win.
        images, labels: transforms of the caller's own, after those of the overlays.
    """

    chain: tuple[Layer, ...]
    context: Context
    components: tuple[str, ...]
    values: Values = Values()
    overlays: tuple[Layer, ...] = ()
    images: tuple[Image, ...] = ()
    labels: tuple[Labels, ...] = ()


def compose(request: Request) -> tuple[Resource, ...]:
    """The resources of a bundle, in apply order.

    Raises:
        ManifestgenError: a layer does not fit what came before it, or a value has no place.
    """
    context, values = request.context, request.values
    stage = _before_parameters(request)
    stage.apply(shipped_layer("mesh/profile.yaml"), shipped=True)
    stage.apply(Layer("parameters", "", "", _NOWHERE, patches=_landings(values)), shipped=True)
    stage.multiply()
    for release in releases.chain("Kubernetes", context.kubernetes) if context.kubernetes else ():
        stage.apply(release.layer, shipped=True)
    for overlay in request.overlays:
        stage.apply(overlay, shipped=False)
    _refuse_values_without_place(values, stage.used, context)
    own = [layer for layer in (*request.chain, *request.overlays) if not _is_shipped(layer)]
    images = [rule for layer in own for rule in layer.images] + list(request.images)
    labels = [rule for layer in own for rule in layer.labels] + list(request.labels)
    wanted = [r for r in stage.resources if not r.component or r.component in request.components]
    return _in_apply_order(transform_labels(transform_images(wanted, images, "images"), labels, "labels"))


class _Stage:
    """The resources while layers are applied to them one after the other, and the parameters that were used."""

    def __init__(self, resources: Iterable[Resource], context: Context, values: Values) -> None:
        self.resources = list(resources)
        self.used: set[str] = set()
        self.context = context
        self.values = values

    def apply(self, layer: Layer, *, shipped: bool) -> None:
        """Bring a layer's resources, then apply its patches."""
        self.resources = merge(self.resources, bring(layer, self.context, shipped=shipped))
        patches, used = bind(layer.patches, self.context, self.values)
        self.resources = apply_patches(self.resources, patches, layer=layer.name, formats=FORMATS)
        self.used |= used
        for entry in layer.resources:
            if entry.when.parameters and entry.when.holds(self.context):
                self.used |= set(entry.when.parameters)

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


def _before_parameters(request: Request) -> _Stage:
    """Everything up to the release's images; what needs no file of the user's is composed once a process."""
    context = request.context
    names = tuple(layer.short for layer in request.chain if _is_shipped(layer))
    own = [layer for layer in request.chain if not _is_shipped(layer)]
    upstream = _upstream(names, context.calico, context.istio, context.published, finished=not own)
    stage = _Stage(upstream, context, request.values)
    for layer in own:
        stage.apply(layer, shipped=False)
    if own:
        stage.finish_upstream()
    return stage


@lru_cache(maxsize=64)
def _upstream(
    names: tuple[str, ...], calico: Version, istio: Version, published: bool, *, finished: bool
) -> tuple[Resource, ...]:
    """What upstream publishes for shipped profiles; `finished` with ALP, fixes and images."""
    stage = _Stage((), Context(calico, istio, profiles=names[::-1], published=published), Values())
    stage.apply(shipped_layer("base/profile.yaml"), shipped=True)
    for product, version in (("Calico", calico), ("Istio", istio)):
        for release in releases.chain(product, version):
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
        for release in releases.chain(product, version):
            tag = f"v{version}" if str(release.layer.facts["version"]).startswith("v") else str(version)
            rules |= {
                rule.name: rule if rule.new_tag or rule.digest else rule._replace(new_tag=tag)
                for rule in release.layer.images
            }
    return tuple(rules.values())


def _is_shipped(layer: Layer) -> bool:
    return layer.directory == layer.short


def _landings(values: Values) -> tuple[Conditional, ...]:
    """The patches by which parameters land, of those that have a value."""
    return tuple(
        patch for name, parameter in values.declared.items() if values.of(name) is not None for patch in parameter.sets
    )


def _refuse_values_without_place(values: Values, used: set[str], context: Context) -> None:
    gathered = Gathered()
    what = f"profile {context.profiles[0]} of Calico {context.calico} with Istio {context.istio}"
    for name in values.explicit:
        if name not in used:
            gathered.add(ParameterHasNoPlace(name, values.where.get(name, ""), what))
    gathered.raise_all()


def _in_apply_order(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    ranks = {kind: rank for rank, kind in enumerate(contents()["order"])}
    return tuple(sorted(resources, key=lambda resource: ranks.get(resource.id.kind, len(ranks))))
