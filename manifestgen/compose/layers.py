"""How each kind of layer is applied: functions from one composition to the next."""

from __future__ import annotations

from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS
from manifestgen.catalog.loading import catalog_index, shipped_layer
from manifestgen.catalog.merge_lists import merge_list
from manifestgen.catalog.resource_files import add_unique, load_resources
from manifestgen.compose.images import apply_own_rules, names_of, transform_images
from manifestgen.compose.labels import transform_labels
from manifestgen.compose.parameters import Values, bind
from manifestgen.compose.placement import has_place
from manifestgen.compose.release_images import release_images
from manifestgen.compose.replicate import replicate
from manifestgen.compose.stored_form import to_stored_form
from manifestgen.embedded import FORMATS
from manifestgen.model.identity import Id, identify
from manifestgen.model.record import Record
from manifestgen.patch.apply import apply_patches
from manifestgen.patch.conflicts import ParameterWrites

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.catalog.model import Image, Labels, Layer, ResourceFile
    from manifestgen.compose.finding import Finding
    from manifestgen.patch.conflicts import Overridden
    from manifestgen.patch.model import Patch
    from manifestgen.patch.resource import Resource


class Composition(Record):
    """The result of the layers so far. Compared by identity, so that the next step can be cached.

    Attributes:
        resources: the objects.
        used: the parameters that have been used.
        left_out: objects of components that are not rendered, once components are selected.
        given: where the values of this call were written.
        overridden: the values of this call that a user's layer replaced.
        warnings: about objects, as they were read.
    """

    resources: tuple[Resource, ...] = ()
    used: frozenset[str] = frozenset()
    left_out: tuple[Resource, ...] = ()
    given: ParameterWrites | None = None
    overridden: tuple[Overridden, ...] = ()
    warnings: tuple[Finding, ...] = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


EMPTY = Composition()


class Scope(Record):
    """The circumstances under which a layer is applied.

    Attributes:
        context: decides which parts of a layer apply.
        values: parameter values to bind to operations.
        not_rendered: components whose embedded documents are not part of the output.
        rendered: the components in the output; None for all.
        chosen: those, and the ones that would be rendered if the command line named none: a user's patch must concern
            one of them.
        given: the parameters whose values come from this call.
    """

    context: Context
    values: Values = Values()
    not_rendered: frozenset[str] = frozenset()
    rendered: frozenset[str] | None = None
    chosen: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()


class Absent(Record):
    """An object that would exist if its component were rendered, with what a target looks at.

    Attributes:
        id, original: its identity.
        content: apiVersion, kind and metadata.
    """

    id: Id
    original: Id
    content: dict[str, Any]


class LayerStep(Record):
    """One layer and how it is applied.

    Attributes:
        apply: makes the next composition from the previous one, the scope and the subject.
        subject: what is applied, such as a layer.
    """

    apply: Callable[[Composition, Scope, Any], Composition]
    subject: Any = None


def apply_upstream(composition: Composition, scope: Scope, path: str) -> Composition:
    """A shipped layer that does not depend on values of a site.

    Releases and profiles share most of their layers, so each step from one composition to the next is cached.
    """
    layer, context = shipped_layer(path), scope.context
    held = tuple(when is ALWAYS or when.holds(context) for _, when in layer.patches)
    files = tuple(file.when is ALWAYS or file.when.holds(context) for file in layer.resources)
    if not any(held) and not any(files):
        return composition
    return _upstream(composition, path, held, files, scope.not_rendered)


@lru_cache(maxsize=8192)
def _upstream(
    composition: Composition,
    path: str,
    held: tuple[bool, ...],
    files: tuple[bool, ...],
    not_rendered: frozenset[str],
) -> Composition:
    """A shipped layer, reduced to the patches and files that apply."""
    layer = shipped_layer(path)
    patches = [patch for (patch, _), holds in zip(layer.patches, held, strict=True) if holds]
    chosen = [file for file, holds in zip(layer.resources, files, strict=True) if holds]
    return _applied(composition, layer, chosen, patches, not_rendered)


def apply_shipped(composition: Composition, scope: Scope, path: str) -> Composition:
    """A shipped layer that depends on values of a site."""
    return _bound(composition, scope, shipped_layer(path))


def apply_own(composition: Composition, scope: Scope, layer: Layer) -> Composition:
    """A user's profile or overlay.

    Removals are carried out before its own resources are added, so that a layer can replace an object.
    """
    files = [file for file in layer.resources if file.when.holds(scope.context)]
    patches, used = bind(layer.patches, scope.context, scope.values)
    used |= {name for file in files for name in file.when.parameters or ()}
    overridden: list[Overridden] = []

    def watch(*write: Any) -> None:
        if composition.given is not None:
            overridden.extend(composition.given.replaced_by(*write))

    patched = partial(
        apply_patches,
        layer=layer.name,
        formats=FORMATS,
        chosen=scope.chosen,
        absent=_absent(scope.rendered),
        watch=watch,
        lists=merge_list,
    )
    resources = patched(composition.resources, [patch for patch in patches if patch.removes])
    resources = add_unique(resources, load_resources(layer, files, shipped=False), scope.rendered)
    resources = patched(resources, [patch for patch in patches if not patch.removes])
    return composition._replace(
        resources=tuple(resources),
        used=composition.used | used,
        overridden=(*composition.overridden, *overridden),
    )


@cache
def _absent(rendered: frozenset[str] | None) -> tuple[Absent, ...]:
    """Objects that are made elsewhere, for components that are not rendered."""
    every = catalog_index()["components"]
    left = [about for name, about in every.items() if rendered is not None and name not in rendered]
    return tuple(Absent(identify(body), identify(body), body) for about in left for body in about.get("objects", ()))


def _bound(composition: Composition, scope: Scope, layer: Layer) -> Composition:
    """A shipped layer, with the conditions and values of a scope."""
    files = [file for file in layer.resources if file.when.holds(scope.context)]
    patches, used = bind(layer.patches, scope.context, scope.values)
    used |= {name for file in files for name in file.when.parameters or ()}
    applied = _applied(composition, layer, files, patches, scope.not_rendered)
    return applied._replace(used=applied.used | used) if used else applied


def _applied(
    composition: Composition,
    layer: Layer,
    files: Sequence[ResourceFile],
    patches: Sequence[Patch],
    not_rendered: Collection[str],
) -> Composition:
    """A shipped layer's own resources, then its patches."""
    if not files and not patches:
        return composition
    resources = add_unique(composition.resources, load_resources(layer, files, shipped=True))
    patched = apply_patches(resources, patches, layer=layer.name, formats=FORMATS, not_rendered=not_rendered)
    return composition._replace(resources=tuple(patched))


def apply_release_images(composition: Composition, scope: Scope, _: None) -> Composition:
    """Replace the base's image names by those of the releases."""
    images = release_images(scope.context.calico, scope.context.istio)
    return composition._replace(
        resources=tuple(transform_images(composition.resources, images, "images of the release"))
    )


def apply_stored_form(composition: Composition, _: Scope, __: None) -> Composition:
    """Pods in the form that an API server stores."""
    return composition._replace(resources=tuple(to_stored_form(composition.resources)))


def add_objects(
    composition: Composition, scope: Scope, subject: tuple[Iterable[Resource], frozenset[str]]
) -> Composition:
    """Objects made elsewhere, and the parameters that they use."""
    resources, consumed = subject
    return composition._replace(
        resources=tuple(add_unique(composition.resources, resources, scope.rendered)), used=composition.used | consumed
    )


def apply_parameters(composition: Composition, scope: Scope, _: None) -> Composition:
    """Write the values of parameters to their places."""
    patches: list[Patch] = []
    used = composition.used
    for parameter in scope.values.active:
        if scope.values.of(parameter.name) is None:
            continue
        own, bound = bind(parameter.sets, scope.context, scope.values)
        patches += own
        # Its patches do not show whether it has a place: they may match no object at all.
        if has_place(parameter, composition.resources, scope.context):
            used |= bound | {parameter.name}
        else:
            used |= bound - {parameter.name}
    given = ParameterWrites(scope.given)
    patched = apply_patches(composition.resources, patches, layer="parameters", formats=FORMATS, watch=given.note)
    return composition._replace(resources=tuple(patched), used=used, given=given)


def apply_prototypes(composition: Composition, scope: Scope, _: None) -> Composition:
    """The objects that exist once for each item of a parameter."""
    resources, used = replicate(composition.resources, scope.context, scope.values, "parameters")
    return composition._replace(resources=tuple(resources), used=composition.used | used)


def select_components(composition: Composition, _: Scope, components: Collection[str]) -> Composition:
    """The objects of the selected components, and those that belong to none."""
    wanted: list[Resource] = []
    left_out: list[Resource] = []
    for resource in composition.resources:
        (left_out if resource.component and resource.component not in components else wanted).append(resource)
    return composition._replace(resources=tuple(wanted), left_out=tuple(left_out))


def apply_images(composition: Composition, _: Scope, rules: Sequence[Image]) -> Composition:
    """The user's image rules."""
    if not rules:
        return composition
    elsewhere = names_of(composition.left_out)
    for name, about in catalog_index()["components"].items():
        if all(resource.component != name for resource in composition.resources):
            elsewhere |= set(about.get("images", ()))
    return composition._replace(resources=tuple(apply_own_rules(composition.resources, rules, elsewhere)))


def apply_labels(composition: Composition, _: Scope, rules: Sequence[Labels]) -> Composition:
    """The user's labels."""
    if not rules:
        return composition
    from manifestgen.compose.object_checks import check_labels  # most renders set none

    check_labels(rules)
    return composition._replace(resources=tuple(transform_labels(composition.resources, rules, "labels")))


def sort_objects(composition: Composition, _: Scope, __: None) -> Composition:
    """The objects in the order in which they are applied to a cluster."""
    ranks = {kind: rank for rank, kind in enumerate(catalog_index()["order"])}
    resources = sorted(composition.resources, key=lambda resource: ranks.get(resource.id.kind, len(ranks)))
    return composition._replace(resources=tuple(resources))
