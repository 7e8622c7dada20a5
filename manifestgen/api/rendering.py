"""`render`: composing a bundle."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from manifestgen.api.arguments import check_types
from manifestgen.api.bundle import Bundle
from manifestgen.api.request import (
    layer_values,
    plain_context,
    refuse_empty_components,
    resolve_components,
    resolve_context,
    resolve_values,
    transform_own_images,
)
from manifestgen.api.settings import Settings, resolve_settings
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import is_plain, profile_chain, user_layer
from manifestgen.catalog.model import Labels, Layer
from manifestgen.catalog.parameters import ValueSource as ValueSource
from manifestgen.compose.compatibility import check
from manifestgen.compose.pipeline import Request, compose
from manifestgen.compose.value_rules import doubtful, not_rendered, overridden
from manifestgen.injector.component import COMPONENT, TAKEN, InjectorResult, add_provider, bring_injector
from manifestgen.model.location import Location


def render(
    profile: str | os.PathLike[str],
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    components: Sequence[str] = (),
    namespaces: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    overlays: Sequence[str | os.PathLike[str]] = (),
    published: bool = False,
    argo: bool = False,
    registry: str | None = None,
    pins: Mapping[str, str] | str | os.PathLike[str] | None = None,
    labels: Mapping[str, str] | None = None,
    allow: Sequence[str] = (),
    injector: str | os.PathLike[str] | None = None,
    layout: str | None = None,
    given: Sequence[ValueSource] = (),
) -> Bundle:
    """Compose a bundle.

    Your own profile can state most of these arguments (docs/profiles.md). Arguments here take precedence, except
    that names with a `+` (`+config`) are added to those in the profile, or to the defaults.

    Args:
        profile: a shipped profile's name, or a directory with a profile.yaml.
        calico: a Calico version such as `v3.9`, `3.9` or `3.9.6`; by default the newest not known to be broken.
        istio: an Istio version; by default the one that the Calico release documents.
        kubernetes: the version to write API versions for; by default they stay as published.
        components: components to render; by default those that the release's procedure applies.
        namespaces: namespaces to label for injection, in addition to the components.
        values: parameter values.
        overlays: directories, later ones win; those in the profile come first.
        published: exactly what Calico published, without fixes.
        argo: add Argo CD's sync waves and options.
        registry: `HOST[/PATH]` for every image.
        pins: digests by image, or a YAML file of them; then every image must have one.
        labels: set on every object.
        allow: codes of rules that would refuse the combination.
        injector: a file with your istio-sidecar-injector ConfigMap, for the component injector.
        layout: the layout of the output directory; by default `kustomize`.
        given: more parameter values with their sources; `values` take precedence.

    Raises:
        ManifestgenError: with all errors of one stage.
    """
    asked: dict[str, Any] = {
        "calico": calico,
        "istio": istio,
        "kubernetes": kubernetes,
        "components": components,
        "namespaces": namespaces,
        "published": published,
        "argo": argo,
        "registry": registry,
        "pins": pins,
        "allow": allow,
        "injector": injector,
        "layout": layout,
    }
    check_types(profile=profile, values=values, overlays=overlays, labels=labels, **asked)
    chain = profile_chain(os.fspath(profile))
    stated = [path for layer in chain for path in layer.overlays]
    layers = tuple(user_layer(os.fspath(overlay)) for overlay in (*stated, *overlays))
    own = ValueSource(dict(values or {}), Location("values"))
    return render_layers(chain, layers, asked, sources=[*given, own], labels=labels)


def render_layers(
    chain: Sequence[Layer],
    layers: Sequence[Layer],
    asked: Mapping[str, Any],
    *,
    sources: Sequence[ValueSource] = (),
    labels: Mapping[str, str] | None = None,
) -> Bundle:
    """Compose a bundle from layers that have been read.

    Args:
        chain: the profile and those that it extends, the furthest first.
        layers: the overlays.
        asked: the caller's other settings, by the arguments of `render`.
        sources: parameter values in order of precedence, the strongest last; they override those of the layers.
        labels: set on every object.

    Raises:
        ManifestgenError: with all errors of one stage.
    """
    settings = resolve_settings(chain, **asked)
    if is_plain(chain):
        return _over_manifests(chain, layers, settings, sources=sources, labels=labels)
    context = resolve_context(chain, settings)
    of_layers = [layer_values(layer) for layer in (*chain, *layers) if layer.values]
    names = {"namespaces": list(settings.namespaces)} if settings.namespaces else {}
    named = ValueSource(names, settings.refs.get("namespaces", Location("--namespace")))
    bound = resolve_values(chain, [*of_layers, *sources, named])
    context = context._replace(values=bound.given_names)
    wanted = resolve_components(settings, context)
    with settings.placed("allow"):
        warnings = settings.warnings + check(context, wanted, settings.allow)
    brought = injector_objects(context, wanted, settings)
    request = Request(
        chain=tuple(chain),
        context=context,
        components=wanted,
        values=bound,
        overlays=tuple(layers),
        argo=settings.argo,
        labels=(Labels(dict(labels), False, None),) if labels else (),
        site_components=settings.site_components,
        extra_resources=brought.resources,
        consumed_parameters=TAKEN if COMPONENT in wanted and brought.resources else frozenset(),
    )
    composed = compose(request)
    resources = composed.resources
    with settings.placed("components"):
        refuse_empty_components(settings.named_components, resources, context)
    warnings += check(context, wanted, settings.allow, resources)
    warnings += not_rendered(bound, context, resources, composed.left_out, frozenset(settings.site_components))
    warnings += doubtful(bound, context, resources, composed.left_out) + brought.warnings + composed.warnings
    warnings += overridden(bound, composed.overridden)
    shown = {name: value for name, value in bound.given_names.items() if not bound.declared[name].secret}
    context = context._replace(values=shown)
    return Bundle(
        resources=transform_own_images(composed, settings),
        profile=context.profiles[0],
        context=context,
        warnings=warnings,
        layout=settings.layout,
    )


def _over_manifests(
    chain: Sequence[Layer],
    layers: Sequence[Layer],
    settings: Settings,
    *,
    sources: Sequence[ValueSource],
    labels: Mapping[str, str] | None,
) -> Bundle:
    """Compose a bundle from plain manifests, with patches, values, images and labels, and nothing else."""
    context = plain_context((*chain, *layers), settings)
    of_layers = [layer_values(layer) for layer in (*chain, *layers) if layer.values]
    bound = resolve_values(chain, [*of_layers, *sources])
    request = Request(
        chain=tuple(chain),
        context=context._replace(profiles=tuple(layer.short for layer in reversed(chain)), values=bound.given_names),
        components=(),
        values=bound,
        overlays=tuple(layers),
        argo=settings.argo,
        labels=(Labels(dict(labels), False, None),) if labels else (),
    )
    composed = compose(request)
    return Bundle(
        resources=transform_own_images(composed, settings),
        profile=chain[-1].short,
        warnings=(*settings.warnings, *composed.warnings),
        layout=settings.layout,
    )


def injector_objects(context: Context, wanted: Sequence[str], settings: Settings) -> InjectorResult:
    """The resources of the component injector, and the provider of an AuthorizationPolicy, if requested."""
    result = _injected(context, wanted, settings)
    if context.values.get("mesh_api") == "authorization-policy" and "policy" in wanted:
        return result._replace(resources=add_provider(result.resources))
    return result


def _injected(context: Context, wanted: Sequence[str], settings: Settings) -> InjectorResult:
    if COMPONENT not in wanted:
        return InjectorResult(())
    from manifestgen.yamlio.files import read_file  # imported lazily: few callers give a file

    file = settings.injector
    return bring_injector(
        context,
        istio=context.istio if settings.istio else None,
        text=read_file(file, pipes=True) if file is not None else "",
        file=os.fspath(file or ""),
        named=COMPONENT in settings.named_components or file is not None,
    )
