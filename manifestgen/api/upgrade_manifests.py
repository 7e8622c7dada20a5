"""`upgrade --manifest`: moving the objects of an install that a site keeps as files to the next published install."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from manifestgen.adoption.edits import edits_of, with_patches
from manifestgen.adoption.files import ObjectPatch, patch_entries
from manifestgen.adoption.published import PUBLISHED, by_key, key_of, read_published
from manifestgen.api.published_installs import published_install
from manifestgen.api.settings import resolve_settings
from manifestgen.api.upgrade_stages import Site, compose_at, site_of
from manifestgen.catalog.loading import install_profiles, profile_chain, user_layer
from manifestgen.catalog.model import Labels
from manifestgen.catalog.resource_files import objects
from manifestgen.compose.images import mirror
from manifestgen.compose.labels import transform_labels
from manifestgen.compose.pipeline import is_shipped
from manifestgen.difference.diff import compare
from manifestgen.emit.directory import File, replace_files, write_file
from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import same
from manifestgen.upgrades.errors import ManifestNeedsSite, NotMerged
from manifestgen.upgrades.installs import ObjectMerge, PublishedInstall, merge_install
from manifestgen.upgrades.manifest import ManifestUpgrade, object_upgrade
from manifestgen.upgrades.objects import part_of_install
from manifestgen.upgrades.own_patches import OwnPatch, patches_of
from manifestgen.upgrades.site_files import (
    LayerChange,
    SiteFile,
    edited,
    image_operations,
    layer_changes,
    leftovers,
    patch_operations,
)
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.adoption.edits import Edits
    from manifestgen.adoption.published import Key
    from manifestgen.patch.resource import Resource
    from manifestgen.upgrades.stages import Stage
    from manifestgen.upgrades.versions import Versions

PROFILE = "profile.yaml"


class MergedSite(Record):
    """A site with the objects of a new install that has not been written yet.

    Attributes:
        report: the outcome for each object.
        changes: the changes by directory of a layer.
    """

    report: ManifestUpgrade
    changes: Mapping[str, LayerChange]


class Manifests(Record):
    """The published installs given by a call.

    Attributes:
        new: the path of the new release's install.
        old: the path of the present release's install; empty for none.
    """

    new: str
    old: str


def merged_site(site: Site, start: Versions, target: Versions, given: Manifests) -> MergedSite:
    """A site with the objects of a new published install, and the user's edits as patches over them.

    Raises:
        ManifestNeedsSite, WrongManifest: the new or the old install is not for this site.
        FileHoldsList: an object is in a list with others.
        NotMerged: the patches do not render the result of the merge: a bug in manifestgen.
    """
    if is_shipped(site.chain[-1]):
        raise ManifestNeedsSite(site.chain[-1].short)
    profile = next((layer.short for layer in reversed(site.chain) if layer.short in install_profiles()), "")
    ends = (start.calico, target.calico)
    given_new = published_install(given.new, "--manifest", profile, target.calico, rendered=ends)
    files = list(_files(site))
    home = _home(site, files, given_new.objects)
    mine = by_key(one for file in files for one in file.objects)
    kept = read_published(site.own[home].directory)
    old, whole = dict(kept.objects), bool(kept.objects)
    if given.old:
        given_old = published_install(given.old, "--old-manifest", profile, start.calico, rendered=ends)
        old, whole = {**old, **given_old.objects}, whole or given_old.whole
    # A part of an install tells nothing about other objects: they stay as they were published.
    new = given_new.objects if given_new.whole else {**old, **given_new.objects}
    tags = (f"v{start.calico}", f"v{target.calico}")
    known = PublishedInstall(objects=old, shown=_shown(site, old), whole=whole, tags=tags)
    doubtful = {key: one for key, one in mine.items() if part_of_install(one)}
    chain = {number: layer for number, layer in site.own.items() if number < len(site.chain)}
    patches = patches_of(chain, mine, compose_at(site, start).resources)
    patched = {key: with_patches(mine[key], [one.patch for one in those]) for key, those in patches.items()}
    edited_objects = {key: patched.get(key) or one for key, one in mine.items()}
    merges = tuple(merge_install(known, edited_objects, new, doubtful))
    changes = layer_changes(merges, files, home, listed=bool(site.own[home].resources))
    proven, misfits = _proven(site, target, MergedObjects(merges, patches, home), changes)
    differing = {number: _differing(site.own[number].directory, change) for number, change in proven.items()}
    directories = {site.own[number].directory: change for number, change in differing.items() if any(change)}
    report = ManifestUpgrade(
        manifest=given.new,
        known_by=given.old or (os.path.join(site.own[home].directory, PUBLISHED) if kept.objects else ""),
        objects=tuple(map(object_upgrade, merges)),
        edited=() if given.old else kept.edited,
        misfits=misfits,
        changes=bool(directories),
    )
    return MergedSite(report, directories)


def _shown(site: Site, published: Mapping[Key, Resource]) -> dict[Key, Resource]:
    """Objects with the site's registry and labels."""
    settings = resolve_settings(site.chain, **site.asked)
    rules = [rule for layer in site.own.values() for rule in layer.labels]
    found = list(published.values())
    found = mirror(found, settings.registry) if settings.registry else found
    return by_key(transform_labels(found, [*rules, Labels(dict(site.labels), False, None)], "labels"))


def _files(site: Site) -> Iterator[SiteFile]:
    """The files of objects in the user's layers."""
    for number, layer in site.own.items():
        for index, entry in enumerate(layer.resources):
            path = os.path.join(layer.directory, entry.path)
            text = read_file(path)
            yield SiteFile(
                layer=number, entry=index, path=entry.path, text=text, objects=tuple(objects(text, path, lenient=True))
            )


def _home(site: Site, files: Sequence[SiteFile], new: Mapping[Key, Resource]) -> int:
    """The layer with most of an install's objects; the site itself if none has any."""
    counts = dict.fromkeys(range(len(site.chain)), 0)
    for file in files:
        if file.layer in counts:
            counts[file.layer] += sum(key_of(one.id) in new for one in file.objects)
    return max(counts, key=lambda number: (counts[number], number))


class MergedObjects(Record):
    """A site's objects after a merge.

    Attributes:
        merges: their outcomes.
        patches: the profiles' patches with the present edits, by object.
        home: the layer for new objects.
    """

    merges: tuple[ObjectMerge, ...]
    patches: Mapping[Key, Sequence[OwnPatch]]
    home: int

    @property
    def rewritten(self) -> dict[Key, ObjectMerge]:
        """The objects whose edits are not in the present patches."""
        found = {}
        for one in self.merges:
            if one.new is None or one.content is None:
                continue
            said = with_patches(one.new, [each.patch for each in self.patches.get(key_of(one.new.id), ())])
            if said is None or not same(said.content, one.content):
                found[key_of(one.new.id)] = one
        return found


def _proven(
    site: Site, target: Versions, merged: MergedObjects, changes: Mapping[int, LayerChange]
) -> tuple[dict[int, LayerChange], tuple[str, ...]]:
    """The changes with patches for the user's edits, and the parts of the site that do not fit them.

    Raises:
        NotMerged: the patches do not render the result of the merge.
    """
    cleared = {number: _cleared(site.own[number].directory, change) for number, change in changes.items()}
    rewritten = merged.rewritten
    if not rewritten:
        return cleared, _misfits(site, target, _composed(site, target, cleared))
    bare = _with_edits(site, cleared, merged, {})
    contents = {key: write_document(one.content) for key, one in rewritten.items()}
    whole = _composed(site, target, {number: _with(change, contents) for number, change in bare.items()})
    before, after = by_key(_composed(site, target, bare).resources), by_key(whole.resources)
    edits = {
        key: edits_of(one.new, one.content or {}, before[key].content, after[key].content)
        for key, one in rewritten.items()
        if one.new is not None and key in before and key in after
    }
    keys = {key_of(one.resource.id) for one in merged.merges}
    for found in (edits, {key: one.without_images() for key, one in edits.items()}):
        complete = _with_edits(site, cleared, merged, found)
        patched = _composed(site, target, complete)
        different = _different(patched, whole, keys)
        if not different:
            return complete, _misfits(site, target, patched)
    raise NotMerged(different)


def _with_edits(
    site: Site, changes: Mapping[int, LayerChange], merged: MergedObjects, edits: Mapping[Key, Edits]
) -> dict[int, LayerChange]:
    """The changes of each layer, with edits replacing the patches that had them."""
    found = dict(changes)
    replaced: dict[int, dict[int, list[dict[str, Any]]]] = {}
    added: dict[int, list[dict[str, Any]]] = {}
    rules: dict[int, list[Mapping[str, str]]] = {}
    for key, one in merged.rewritten.items():
        said = edits.get(key)
        holder = next((number for number, change in changes.items() if key in _keys(change)), merged.home)
        entries = list(patch_entries([ObjectPatch(one.resource.id, said.steps, one.resource.id)])) if said else []
        present = list(merged.patches.get(key, ()))
        for each in present:
            replaced.setdefault(each.layer, {})[each.number] = []
        if present:
            replaced[present[0].layer][present[0].number] = entries
        else:
            added.setdefault(holder, []).extend(entries)
        rules.setdefault(holder, []).extend(said.images if said else ())
    for number in replaced.keys() | added.keys() | rules.keys():
        layer = site.own[number]
        new = [one.new for one in merged.rewritten.values() if one.new]
        first = any(patch.patch.target.matches(one) for patch in layer.patches for one in new)
        gone = replaced.get(number, {})
        steps = (
            *patch_operations(gone, added.get(number, []), count=len(layer.patches), first=first),
            *image_operations(rules.get(number, []), listed=bool(layer.images)),
        )
        change = found.get(number, LayerChange({}, (), ()))
        found[number] = change._replace(profile=(*change.profile, *steps))
    return found


def _differing(directory: str, change: LayerChange) -> LayerChange:
    """A change without files whose text is the same."""
    texts = {path: os.path.join(directory, path) for path in change.files}
    present = {path: read_file(full) for path, full in texts.items() if os.path.isfile(full)}
    files = {path: file for path, file in change.files.items() if present.get(path) != file.text}
    return change._replace(files=files)


def _cleared(directory: str, change: LayerChange) -> LayerChange:
    """A change that also removes the files of objects that are no longer published."""
    folder = os.path.join(directory, PUBLISHED)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return change._replace(removed=(*change.removed, *leftovers(change, names)))


def _keys(change: LayerChange) -> dict[Key, str]:
    """The objects in the files that a change writes, with their paths."""
    found: dict[Key, str] = {}
    for path, file in change.files.items():
        if path.endswith(".yaml"):
            found |= {key_of(one.id): path for one in objects(file.text, path, lenient=True)}
    return found


def _with(change: LayerChange, contents: Mapping[Key, str]) -> LayerChange:
    """A change with different texts for some objects."""
    texts = {path: File(contents[key]) for key, path in _keys(change).items() if key in contents}
    return change._replace(files={**change.files, **texts})


def _composed(site: Site, target: Versions, changes: Mapping[int, LayerChange]) -> Stage:
    """The render of a changed site, from a copy of its files."""
    with tempfile.TemporaryDirectory(prefix="manifestgen-") as copy:
        directories = [os.path.realpath(layer.directory) for layer in site.own.values()]
        common = os.path.commonpath(directories)
        for directory in directories:
            _copy(directory, os.path.join(copy, os.path.relpath(directory, common)))

        def moved(directory: str) -> str:
            return os.path.normpath(os.path.join(copy, os.path.relpath(os.path.realpath(directory), common)))

        for number, change in changes.items():
            _carry_out(moved(site.own[number].directory), change)
        chain = profile_chain(moved(site.chain[-1].directory))
        named = sum(len(layer.overlays) for layer in site.chain)
        overlays = [user_layer(path) for layer in chain for path in layer.overlays]
        overlays += [user_layer(moved(layer.directory)) for layer in site.overlays[named:]]
        found = site_of(
            chain, overlays, asked=site.asked, sources=site.sources, labels=site.labels, follows=site.follows
        )
        return compose_at(found, target, checked=True)


def _copy(source: str, target: str) -> None:
    """Copy the directory of a layer, without hidden folders such as .git."""

    def hidden(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name.startswith(".") and os.path.isdir(os.path.join(folder, name))]

    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, ignore=hidden)


def _carry_out(directory: str, change: LayerChange) -> None:
    for path, file in change.files.items():
        full = os.path.join(directory, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="") as opened:
            opened.write(file.text)
    for path in change.removed:
        os.remove(os.path.join(directory, path))
    path = os.path.join(directory, PROFILE)
    text = edited(read_file(path), change.profile)
    with open(path, "w", encoding="utf-8", newline="") as opened:
        opened.write(text)


def _different(patched: Stage, whole: Stage, keys: set[Key]) -> str:
    """How the render differs from the merge, as text; empty if it does not."""
    sides = [by_key(stage.resources) for stage in (patched, whole)]
    different = [
        key
        for key in sorted(sides[0].keys() | sides[1].keys())
        if key not in sides[0] or key not in sides[1] or not same(sides[0][key].content, sides[1][key].content)
    ]
    if not different:
        return ""
    found = [[side[key] for key in different if key in side] for side in sides]
    names = ", ".join(sorted({str(one.id) for side in found for one in side if key_of(one.id) in keys}))
    return compare(found[0], found[1], ("rendered", "merged")).to_text() or names


def _misfits(site: Site, target: Versions, stage: Stage) -> tuple[str, ...]:
    """The parts that do not fit the new objects but fit the present ones."""
    present = {item.title for item in compose_at(site, target).misfits}
    return tuple(f"{item.title}: {error.what}" for item, error in stage.misfits.items() if item.title not in present)


def profile_texts(changes: Mapping[str, LayerChange]) -> dict[str, str]:
    """The profile.yaml of each layer after its changes, by path."""
    found = {}
    for directory, change in changes.items():
        path = os.path.join(directory, PROFILE)
        found[path] = edited(read_file(path), change.profile)
    return found


def carry_out(changes: Mapping[str, LayerChange], profiles: Mapping[str, str]) -> list[str]:
    """Write the changes: those of a layer, its profile.yaml included, all or none.

    Args:
        changes: the changes, by directory of a layer.
        profiles: the texts of profile.yaml files, by path.

    Returns:
        The paths of the files that were changed or removed.
    """
    rest = dict(profiles)
    for directory, change in changes.items():
        files = dict(change.files)
        own = os.path.join(directory, PROFILE)
        path = next((one for one in rest if os.path.abspath(one) == os.path.abspath(own)), "")
        if path and not os.path.islink(own):
            files[PROFILE] = File(rest.pop(path))
        replace_files(directory, files, change.removed)
    for path, text in rest.items():
        write_file(path, text)
    others = [
        os.path.join(directory, path)
        for directory, change in changes.items()
        for path in (*change.files, *change.removed)
    ]
    return [*profiles, *others]
