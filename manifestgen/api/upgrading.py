"""`upgrade`: reporting what other versions do to a profile, and writing them to it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from manifestgen.api.arguments import check_types, path_of
from manifestgen.api.settings import resolve_settings
from manifestgen.api.upgrade_ends import ends_of, resolved
from manifestgen.api.upgrade_manifests import Manifests, carry_out, merged_site, profile_texts
from manifestgen.api.upgrade_stages import Site, compose_at, site_of
from manifestgen.catalog.loading import profile_chain, user_layer
from manifestgen.catalog.parameters import ValueSource
from manifestgen.compose.parameter_docs import describe
from manifestgen.compose.pipeline import Request, is_shipped
from manifestgen.difference.diff import compare
from manifestgen.errors import ManifestgenError, as_message
from manifestgen.model.frozen import evolve
from manifestgen.model.location import Location
from manifestgen.upgrades.attribution import Trail, attribute, with_causes
from manifestgen.upgrades.errors import NoLongerFits, NothingToWrite, OldManifestAlone
from manifestgen.upgrades.findings import DefaultChange, ProductMove
from manifestgen.upgrades.fitting import held_back, misfits, remarks
from manifestgen.upgrades.judging import rule_changes, safe_steps
from manifestgen.upgrades.objects import coming, leaving, moving, stale
from manifestgen.upgrades.outcome import Upgrade
from manifestgen.upgrades.stages import Transition
from manifestgen.upgrades.versions import PRODUCTS, Versions, plan
from manifestgen.upgrades.writing import rewritten
from manifestgen.yamlio.errors import NoSuchFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.catalog.model import Layer
    from manifestgen.patch.resource import Resource
    from manifestgen.upgrades.fitting import HeldBack
    from manifestgen.upgrades.items import SiteItem
    from manifestgen.upgrades.site_files import LayerChange
    from manifestgen.upgrades.stages import Stage
    from manifestgen.upgrades.versions import VersionStep


def upgrade(
    profile: str | os.PathLike[str],
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    from_calico: str | None = None,
    from_istio: str | None = None,
    from_kubernetes: str | None = None,
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
    given: Sequence[ValueSource] = (),
    manifest: str | os.PathLike[str] | None = None,
    old_manifest: str | os.PathLike[str] | None = None,
    write: bool = False,
    force: bool = False,
) -> Upgrade:
    """Report what moving a profile to other versions does, and optionally change the profile.

    The profile is rendered at every release on the way, so that each change is reported with the release that makes it
    and the reason, and each of your patches that no longer fits with the release from which it does not.

    Args:
        profile: a shipped profile's name, or a directory with a profile.yaml.
        calico: the new Calico version; by default the newest that works or, if another product is named, the
            present one.
        istio: the new Istio version; by default the present one if it is stated, else the one that the new
            Calico documents.
        kubernetes: the new Kubernetes version; by default the present one.
        from_calico: the present Calico version; by default the one that the profile states.
        from_istio: the present Istio version; by default the one that the profile states, or the present Calico
            documents.
        from_kubernetes: the present Kubernetes version; by default the one that the profile states.
        components: see `render`, like all up to `given`.
        namespaces: namespaces to label for injection.
        values: parameter values.
        overlays: directories of overlays.
        published: insert exactly what Calico published.
        argo: add Argo CD's sync waves and options.
        registry: the registry for every image.
        pins: digests by image, or a file of them.
        labels: set on every object.
        allow: codes of rules that only warn.
        injector: a file with your istio-sidecar-injector ConfigMap.
        given: more parameter values with their sources; `values` take precedence.
        manifest: the install that Calico publishes for the new release, a file or a directory: the profile's own
            objects of an install are moved to it, and your edits are kept as patches.
        old_manifest: the one for the present release, to tell your edits from the release's changes; by default
            what an earlier upgrade or `adopt` has recorded.
        write: change the versions in the profile's files, with `manifest` its objects too, and nothing else.
        force: allow older versions and, with `write`, parts that no longer fit.

    Returns:
        The report; it is true if anything changes.

    Raises:
        StartNotStated: the present Calico version is not stated.
        Downgrade: a version is older than the present one.
        NothingToWrite: `write`, and the profile is a shipped one.
        ManifestNeedsSite, EmptyManifest, WrongManifest, OldManifestAlone, FileHoldsList: a published install cannot be
            taken for this profile.
        NoLongerFits: `write`, and the profile cannot be rendered with the new versions; nothing was written.
        ManifestgenError: the profile cannot be read, or a version is not known.
    """
    asked: dict[str, Any] = {"components": components, "namespaces": namespaces, "published": published, "argo": argo}
    asked |= {"registry": registry, "pins": pins, "allow": allow, "injector": injector}
    goal = {"calico": calico, "istio": istio, "kubernetes": kubernetes}
    origin = {"from_calico": from_calico, "from_istio": from_istio, "from_kubernetes": from_kubernetes}
    check_types(profile=profile, values=values, overlays=overlays, labels=labels, write=write, force=force, **asked)
    check_types(**goal, **origin)
    chain = profile_chain(os.fspath(profile))
    if write and is_shipped(chain[-1]):
        raise NothingToWrite(chain[-1].short)
    start, target, stated = ends_of(chain, goal, origin, asked, force=force)
    layers = tuple(
        user_layer(os.fspath(one)) for one in (*(path for layer in chain for path in layer.overlays), *overlays)
    )
    sources = (*given, ValueSource(dict(values or {}), Location("values")))
    site = site_of(chain, layers, asked=asked, sources=sources, labels=labels or {}, follows=not stated)
    site = site._replace(manifest=_path("manifest", manifest))
    found = _report(os.fspath(profile), site, start, target)
    changes: Mapping[str, LayerChange] = {}
    if manifest is not None or old_manifest is not None:
        found, changes = _with_manifest(found, site, start, target, _path("old_manifest", old_manifest))
    if not write:
        return found
    own = [layer for layer in chain if not is_shipped(layer)]
    return _written(found, own, goal, target, changes=changes, force=force)


def _path(name: str, given: str | os.PathLike[str] | None) -> str:
    """The path of a published install; empty where none is given."""
    path = "" if given is None else path_of(name, given)
    if given is not None and not path:
        raise NoSuchFile(path, ())
    return path


def _with_manifest(
    found: Upgrade, site: Site, start: Versions, target: Versions, old: str
) -> tuple[Upgrade, Mapping[str, LayerChange]]:
    """The report with the outcome for the site's objects of an install, and the changes to its files."""
    if not site.manifest:
        raise OldManifestAlone(old)
    merged = merged_site(site, start, target, Manifests(new=site.manifest, old=old))
    covered = {one.object for one in merged.report.objects}
    left = tuple(one for one in found.stale if one.object not in covered)
    return evolve(found, manifest=merged.report, stale=left), merged.changes


def _report(profile: str, site: Site, start: Versions, target: Versions) -> Upgrade:
    steps = plan(start, target, follows=site.follows)
    stages = _stages(site, start, steps)
    bare = site.plain() if site.own or site.labels or site.asked["registry"] or site.asked["pins"] else None
    plain_stages = _stages(bare, start, steps) if bare else stages
    moves, plain_moves = (
        [Transition(step, *pair) for step, pair in zip(steps, pairwise(every), strict=True)]
        for every in (stages, plain_stages)
    )
    first, last = stages[0], stages[-1]
    trail = Trail(moves)
    diff = compare(first.resources, last.resources, (f"with {start}", f"with {target}"))
    differing = attribute(diff, trail)
    held = []
    plain_trail = trail
    if bare:
        plain_trail = Trail(plain_moves)
        plain_diff = compare(plain_stages[0].resources, plain_stages[-1].resources)
        held = list(held_back(attribute(plain_diff, plain_trail), first, last))
    gone = leaving(differing, first)
    allowed = resolve_settings(site.chain, **site.asked, calico=str(target.calico)).allow
    return Upgrade(
        profile=profile,
        extends=next((name for name in last.context.profiles if name), profile),
        moves=tuple(_product(product, start, target, site) for product in PRODUCTS),
        attention=(*_attention(start, target, site), *_images_held(held), *_images_ahead(first, last)),
        misfits=tuple(misfits(stages, plain_moves, plain_trail, site.own)),
        problems=_problems(first, last),
        held=tuple(held),
        remarks=tuple(
            remarks(
                site.items,
                site.own,
                (first, last),
                (plain_stages[0], plain_stages[-1]),
                lambda item, stage: _without(site, item, stage),
            )
        ),
        defaults=tuple(_defaults(site, first, last)),
        rules=rule_changes(first, last, allowed),
        leaving=gone,
        coming=coming(differing),
        moving=moving(first, last),
        stale=stale(last) if start.calico != target.calico else (),
        steps=tuple(safe_steps(first, last, gone, site.words(profile, target))) if start != target else (),
        difference=with_causes(diff.report(), differing),
        causes=tuple((one.causes, *one.fields) for one in differing),
    )


def _stages(site: Site, start: Versions, steps: Sequence[VersionStep]) -> list[Stage]:
    ends = len(steps) - 1
    found = [compose_at(site, start, checked=True)]
    found += [compose_at(site, step.versions, checked=number == ends) for number, step in enumerate(steps)]
    return found


def _product(product: str, start: Versions, target: Versions, site: Site) -> ProductMove:
    before, after = (str(versions.of(product) or "") for versions in (start, target))
    return ProductMove(product=product, before=before, after=after, stated=product != "Istio" or not site.follows)


def _attention(start: Versions, target: Versions, site: Site) -> Iterator[str]:
    if site.follows and start.istio != target.istio:
        far = abs(target.istio.minor - start.istio.minor)
        minors = f"{far} minor version{'s' * (far != 1)}" if far else "a patch"
        yield (
            f"Istio moves by {minors}, from {start.istio} to {target.istio}, because no version is stated: Calico"
            f" {target.calico.as_minor} documents {target.istio.as_minor}. To keep {start.istio.as_minor}, add istio:"
            f' "{start.istio.as_minor}" to the profile, or --to-istio {start.istio.as_minor}'
        )
    for product in PRODUCTS:
        before, after = start.of(product), target.of(product)
        if before is not None and after is not None and after < before:
            yield f"{product} goes back from {before} to {after}"


def _images_held(held: Sequence[HeldBack]) -> Iterator[str]:
    """Images that stay on the old version because a pin or an image rule names them, which is easily missed."""
    kept: dict[str, list[str]] = {}
    for one in held:
        if one.path.endswith("/image"):
            kept.setdefault(one.kept, []).append(f"{one.object} {one.path}")
    for place, fields in kept.items():
        count = f"{len(fields)} image{'s' * (len(fields) != 1)}"
        yield f"{count} of the old release would run in the new objects, because of {place}: {', '.join(fields)}"


def _images_ahead(start: Stage, target: Stage) -> Iterator[str]:
    """The site's own objects that get an image of the new release but otherwise stay old."""
    old = {one.object: one.images for one in stale(start)}
    for one in stale(target):
        if one.images and old.get(one.object, one.images) != one.images:
            yield (
                f"{one.object} gets {', '.join(one.images)} and stays old otherwise, as its RBAC does: apply what"
                " the new release publishes for it"
            )


def _problems(start: Stage, target: Stage) -> tuple[str, ...]:
    """The errors at the end, and those of them that exist now."""
    before = {str(error) for error in start.errors}
    return tuple(
        str(error) + ("\n  so it is with the present versions" if str(error) in before else "")
        for error in target.errors
    )


def _without(site: Site, item: SiteItem, stage: Stage) -> tuple[Resource, ...] | None:
    """The objects of an end without one part of the site; None if they cannot be composed."""
    try:
        found = compose_at(site, stage.versions, leave_out=(item,))
    except ManifestgenError:
        return None
    return None if found.misfits.keys() - stage.misfits.keys() else found.resources


def _defaults(site: Site, start: Stage, target: Stage) -> Iterator[DefaultChange]:
    before, after = (_published(site, stage) for stage in (start, target))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            given = name in target.context.values
            yield DefaultChange(name=name, before=before.get(name, ""), after=after.get(name, ""), given=given)


def _published(site: Site, stage: Stage) -> dict[str, str]:
    """The default of every parameter in a stage's versions, as JSON."""
    chain = tuple(layer for layer in site.chain if is_shipped(layer))
    context = stage.context._replace(values={})
    components = tuple(stage.components)
    every = describe(Request(chain=chain, context=context, components=components, values=_declared(site)))
    return {one.parameter.name: as_message(one.default) for one in every if one.places or one.default is not None}


def _declared(site: Site) -> Any:
    from manifestgen.api.request import resolve_values

    return resolve_values([layer for layer in site.chain if is_shipped(layer)], ())


def _written(
    found: Upgrade,
    chain: Sequence[Layer],
    goal: Mapping[str, str | None],
    target: Versions,
    *,
    changes: Mapping[str, LayerChange],
    force: bool,
) -> Upgrade:
    """The profile with the new versions in its files.

    Raises:
        NoLongerFits: it could not be rendered.
    """
    reasons = (
        *(f"{one.where}: {one.what}" for one in found.misfits),
        *(one.partition("\n")[0] for one in found.problems),
        *(f"refused by the rule {one.code}" for one in found.refusals),
        *(found.manifest.reasons if found.manifest else ()),
    )
    if reasons and not force:
        raise NoLongerFits(Location(chain[-1].ref.source.name), reasons)
    versions = {}
    for move in found.moves:
        member = move.product.lower()
        said = goal[member]
        written = next((layer.site[member].value for layer in reversed(chain) if member in layer.site), None)
        is_there = written is not None and said is None and resolved(member, written) == target.of(move.product)
        if move.changes and (move.stated or said is not None) and not is_there:
            versions[member] = said or str(getattr(target, member).as_minor)
    texts = rewritten(chain, versions, profile_texts(changes))
    return evolve(found, written=tuple(carry_out(changes, texts)))
