"""The Python API: render a bundle, load one from disk, compare two, describe what can be set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.api.bundle import Bundle
from manifestgen.api.loading import load, load_applied
from manifestgen.api.request import (
    NoSuchComponent,
    layer_values,
    pin_and_mirror,
    refuse_empty_components,
    resolve_components,
    resolve_kubernetes,
    resolve_values,
    resolve_versions,
)
from manifestgen.catalog import releases
from manifestgen.catalog.loading import catalog_index, is_profile, profile_chain, user_layer
from manifestgen.catalog.model import Labels
from manifestgen.catalog.parameters import ValueSource
from manifestgen.compose.compatibility import check
from manifestgen.compose.pipeline import Request, compose
from manifestgen.compose.value_rules import not_rendered
from manifestgen.injector.component import COMPONENT, TAKEN, InjectorResult, bring_injector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.compose.compatibility import Finding
    from manifestgen.compose.parameter_docs import ParameterInfo
    from manifestgen.difference.diff import Diff
    from manifestgen.difference.drift import Drift
    from manifestgen.schemas.report import Report

__all__ = [
    "Bundle",
    "NoSuchComponent",
    "diff",
    "drift",
    "inject",
    "load",
    "parameters",
    "preflight",
    "render",
    "validate",
]


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
    registry: str = "",
    pins: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    allow: Sequence[str] = (),
    injector: str | os.PathLike[str] | None = None,
    given: Sequence[ValueSource] = (),
) -> Bundle:
    """Compose a bundle.

    Args:
        profile: a shipped profile's name, or a directory that holds a profile.yaml.
        calico: a Calico version such as `v3.9`, `3.9` or `3.9.6`; by default the newest not known to be broken.
        istio: an Istio version; by default the one that the Calico release documents.
        kubernetes: the version to write API versions for; by default they stay as published.
        components: parts of the output; by default what the procedure of that release applies.
        namespaces: namespaces to label for injection; they come with what else is asked for.
        values: parameter values.
        overlays: directories, later ones win.
        published: exactly what Calico published, without fixes.
        argo: add Argo CD's sync waves and options.
        registry: `HOST[/PATH]` to take every image from.
        pins: digests by image.
        labels: set on every object.
        allow: codes of rules that would refuse the combination.
        injector: a file with your istio-sidecar-injector ConfigMap, for the component injector.
        given: further parameter values with their sources, weaker than `values`.

    Raises:
        ManifestgenError: with everything that is wrong in one stage.
    """
    chain = profile_chain(os.fspath(profile))
    layers = tuple(user_layer(os.fspath(overlay)) for overlay in overlays)
    context = resolve_versions(chain, calico, istio)._replace(
        kubernetes=resolve_kubernetes(kubernetes), published=published
    )
    sources = [*(layer_values(layer) for layer in (*chain, *layers) if layer.values), *given]
    named = [ValueSource({"namespaces": list(namespaces)}, "--namespace")] if namespaces else []
    bound = resolve_values(chain, [*sources, ValueSource(values or {}, "values"), *named])
    context = context._replace(values=bound.given_names)
    wanted = resolve_components(components, named=bool(namespaces))
    warnings = check(context, wanted, allow)
    brought = _injector(context, wanted, injector, istio, named=COMPONENT in components)
    request = Request(
        chain,
        context,
        wanted,
        bound,
        overlays=layers,
        argo=argo,
        labels=(Labels(labels, False, None),) if labels else (),
        extra_resources=brought.resources,
        consumed_parameters=TAKEN if brought.resources else frozenset(),
    )
    composed = compose(request)
    resources = composed.resources
    refuse_empty_components(components, resources, context)
    warnings += check(context, wanted, allow, resources)
    warnings += not_rendered(bound, context, composed.resources, composed.left_out) + brought.warnings
    shown = {name: value for name, value in bound.given_names.items() if not bound.declared[name].secret}
    context = context._replace(values=shown)
    return Bundle(pin_and_mirror(resources, registry, pins or {}), context.profiles[0], context, warnings)


def _injector(
    context: Context,
    wanted: Sequence[str],
    file: str | os.PathLike[str] | None,
    istio: str | None,
    *,
    named: bool,
) -> InjectorResult:
    """What the component injector brings, where it is wanted."""
    if COMPONENT not in wanted:
        return InjectorResult(())
    from manifestgen.yamlio.files import read_file  # few give a file

    text = read_file(file) if file is not None else ""
    return bring_injector(
        context,
        istio=context.istio if istio else None,
        text=text,
        file=os.fspath(file or ""),
        named=named or file is not None,
    )


def preflight(
    profile: str | os.PathLike[str],
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    components: Sequence[str] = (),
    upgrade_from: str | None = None,
) -> tuple[Finding, ...]:
    """What speaks against a combination, without rendering it: refusals first.

    Args:
        profile: as for `render`.
        calico: as for `render`.
        istio: as for `render`.
        kubernetes: the version that it is meant for.
        components: as for `render`.
        upgrade_from: the Calico release that this one is to replace in a running cluster; adds what happens while it
            does, with the steps in a safe order.

    Raises:
        ManifestgenError: the profile, a version or a component is not known.
    """
    from manifestgen.compose.compatibility import findings, untested  # a render does not only judge
    from manifestgen.compose.skew import skew

    context = resolve_versions(profile_chain(os.fspath(profile)), calico, istio)
    context = context._replace(kubernetes=resolve_kubernetes(kubernetes))
    found = [*findings(context, resolve_components(components, named=False)), *untested(context)]
    if upgrade_from is not None:
        found += skew(releases.resolve("Calico", upgrade_from), context.calico)
    return tuple(sorted(found, key=lambda finding: not finding.refused))


def inject(
    text: str,
    *,
    calico: str | None = None,
    istio: str | None = None,
    published: bool = False,
    remove: bool = False,
    file: str = "<string>",
) -> str:
    """Insert Dikastes into the text of an istio-sidecar-injector ConfigMap; all else keeps its bytes.

    Args:
        text: the ConfigMap, as a file of it or as kubectl prints it.
        calico: as for `render`.
        istio: the version it is of; found in the text by default.
        published: exactly what Calico published.
        remove: take Dikastes out instead.
        file: how messages call the text.

    Raises:
        ManifestgenError: the text is no such ConfigMap, or its template has no place for Dikastes.
    """
    from manifestgen.injector.inject import inject as put_in  # a render may do without
    from manifestgen.model.version import parse

    version = parse(istio) if istio else None
    release = releases.resolve("Calico", calico) if calico else releases.newest_working()
    return put_in(text, calico=release, istio=version, file=file, published=published, remove=remove).text


def parameters(
    profile: str | os.PathLike[str], *, calico: str | None = None, istio: str | None = None
) -> tuple[ParameterInfo, ...]:
    """What can be set in a profile, with the defaults and places that it has in these versions.

    Args:
        profile: as for `render`.
        calico: as for `render`.
        istio: as for `render`.

    Raises:
        ManifestgenError: the profile or a version is not known, or does not fit.
    """
    from manifestgen.compose.parameter_docs import describe  # a render does not describe

    chain = profile_chain(os.fspath(profile))
    bound = resolve_values(chain, [layer_values(layer) for layer in chain if layer.values])
    context = resolve_versions(chain, calico, istio)._replace(values=bound.given_names)
    return describe(Request(chain, context, tuple(catalog_index()["components"]), bound))


def validate(
    source: Bundle | str | os.PathLike[str],
    *,
    kubernetes: str | None = None,
    istio: str | None = None,
    beside: Sequence[Bundle | str | os.PathLike[str]] = (),
) -> Report:
    """What is wrong with objects, without a cluster: their structure, and what schemas cannot say.

    Args:
        source: a bundle; or the path of a file or directory; or a profile, which is rendered.
        kubernetes: the version of the cluster; by default the one the bundle was rendered for, else the newest that has
            schemas.
        istio: the version of Istio; by default the one the bundle was rendered for, else the newest known.
        beside: what is in the cluster too, and may be referred to.

    Raises:
        SchemasMissing: Kubernetes' schemas, which the extra `validate` brings, are not installed.
        ManifestgenError: the source cannot be read or rendered, or a version is not known.
    """
    from manifestgen.api.validation import validate_bundle

    if isinstance(source, Bundle):
        bundle, name = source, source.profile
    else:
        name = os.fspath(source)
        bundle = render(name, kubernetes=kubernetes, istio=istio) if is_profile(name) else load(name)
    others = [other if isinstance(other, Bundle) else load(other) for other in beside]
    resources = (resource for other in others for resource in other)
    return validate_bundle(bundle, kubernetes=kubernetes, istio=istio, beside=resources, name=name)


def diff(left: Bundle | str | os.PathLike[str], right: Bundle | str | os.PathLike[str]) -> Diff:
    """The semantic difference of two bundles.

    Objects are matched by identity, and renames are noticed; list items by Kubernetes' merge keys; documents in
    strings are compared inside. The order of members, and how a file writes a value, are no difference.

    Args:
        left: a bundle, or the path of a file or directory that holds one.
        right: another.

    Returns:
        False where nothing differs.

    Raises:
        YamlError: a path cannot be read.
    """
    from manifestgen.difference.diff import compare  # a render does not compare

    bundles = [side if isinstance(side, Bundle) else load(side) for side in (left, right)]
    names = (_name(left, "left"), _name(right, "right"))
    return compare(bundles[0].resources, bundles[1].resources, names)


def drift(
    live: Bundle | str | os.PathLike[str],
    bundle: Bundle | str | os.PathLike[str],
    *,
    covers: Sequence[str] = (),
    ignore: Sequence[str] = (),
    ignore_files: Sequence[str | os.PathLike[str]] = (),
    fields_of_bundle_only: bool = False,
) -> Drift:
    """How a cluster differs from a bundle, beyond what a cluster adds to what is applied to it.

    Objects are matched by identity. Objects that only the cluster has do not count, nor does what is not applied with
    kubectl.

    Args:
        live: what `kubectl get -o yaml` or `-o json` printed: its path, or a bundle loaded from it.
        bundle: a bundle, or the path of a file or directory that holds one.
        covers: kinds of which `live` holds every object, or `all`: what it lacks of them is missing from the cluster.
        ignore: fields that do not count, as `[KIND[/NAME]:]PATH`.
        ignore_files: files that list such fields.
        fields_of_bundle_only: fields and named list items that the bundle does not state do not count.

    Returns:
        False where nothing differs; its `uncovered` are objects that `live` cannot tell of.

    Raises:
        YamlError: a path cannot be read.
        InvalidIgnore: a field to ignore is not written as it must be.
    """
    from manifestgen.api.live import ignored_fields
    from manifestgen.difference.drift import drift as compare_with

    cluster = live if isinstance(live, Bundle) else load(live)
    fields = ignored_fields(ignore, ignore_files)
    names = (_name(live, "cluster"), _name(bundle, "bundle"))
    applied = bundle.applied() if isinstance(bundle, Bundle) else load_applied(bundle)
    return compare_with(
        cluster.resources, applied, names, covers=covers, ignore=fields, bundle_only=fields_of_bundle_only
    )


def _name(side: Bundle | str | os.PathLike[str], otherwise: str) -> str:
    if not isinstance(side, Bundle):
        return os.fspath(side)
    return f"{side.profile} of Calico {side.context.calico}" if side.context else otherwise
