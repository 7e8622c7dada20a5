"""The new texts of a site's files whose objects come from a published install."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.adoption.published import HASHES, PUBLISHED, file_of_hashes, key_of, published_files
from manifestgen.adoption.source import documents_of
from manifestgen.embedded import FORMATS
from manifestgen.emit.directory import File
from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import Operation
from manifestgen.upgrades.errors import FileHoldsList
from manifestgen.upgrades.installs import COMES, GOES, LEFT_OUT, MERGED, REPLACED, SAME, STAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from manifestgen.adoption.published import Key
    from manifestgen.patch.resource import Resource
    from manifestgen.upgrades.installs import ObjectMerge

_LATER = ("overlays", "patches", "patchesStrategicMerge", "labels", "images")
"""Members of a profile that people write after its resources."""

_PRESENT = (SAME, REPLACED, MERGED, COMES)


class SiteFile(Record):
    """A file of objects in a user's layer.

    Attributes:
        layer: the number of the layer.
        entry: its number among the layer's resources.
        path: relative to the layer's directory.
        text: the text of the file.
        objects: its objects, in order.
    """

    layer: int
    entry: int
    path: str
    text: str
    objects: tuple[Resource, ...]


class LayerChange(Record):
    """The changes in the directory of one layer.

    Attributes:
        files: files to write, by path.
        removed: paths of files to remove.
        profile: operations on its profile.yaml.
    """

    files: Mapping[str, File]
    removed: tuple[str, ...]
    profile: tuple[Operation, ...]


def layer_changes(
    merges: Sequence[ObjectMerge], present: Sequence[SiteFile], home: int, listed: bool
) -> dict[int, LayerChange]:
    """The changes in each layer that give the site the newly published objects.

    Args:
        merges: the outcome for each object.
        present: the files of the site's objects.
        home: the layer for new objects and the hashes.
        listed: whether that layer lists resources already.

    Raises:
        FileHoldsList: an object is in a list with others.
    """
    here = {key_of(one.resource.id): one for one in merges if one.outcome in _PRESENT}
    gone = {key_of(one.resource.id) for one in merges if one.outcome == GOES}
    holders = {key_of(one.id): file.layer for file in present for one in file.objects}
    found: dict[int, LayerChange] = {}
    for layer in sorted({file.layer for file in present} | {home}):
        mine = [one for key, one in here.items() if holders.get(key, home) == layer]
        left_out = [one.resource for one in merges if one.outcome == LEFT_OUT] if layer == home else []
        if not mine and not left_out and not any(holders[key] == layer for key in gone):
            continue
        files = published_files([one.resource for one in mine], left_out)
        paths = {key_of(one.resource.id): path for path, one in files.items()}
        written = {path: one.file for path, one in files.items()}
        written[HASHES] = file_of_hashes(written)
        those = [file for file in present if file.layer == layer]
        for key, path, file in _taken_over(merges, those):
            paths[key] = path
            written[path] = file
        removed, rest, steps = _entries(those, paths, gone)
        new = [paths[key_of(one.resource.id)] for one in mine if one.outcome == COMES]
        found[layer] = LayerChange(
            files={**rest, **written},
            removed=tuple(path for path in removed if path not in written),
            profile=(*steps, *_added("resources", new, listed=listed or bool(those))),
        )
    return found


def _taken_over(merges: Sequence[ObjectMerge], files: Sequence[SiteFile]) -> Iterator[tuple[Key, str, File]]:
    """The objects that are no longer published but stay: they become the user's own and get their own files."""
    kept = {key_of(one.resource.id) for one in merges if one.outcome == STAYS}
    for file in files:
        keys = [key_of(one.id) for one in file.objects]
        if file.path.startswith(f"{PUBLISHED}/") and kept & set(keys):
            yield from ((key, f"resources/{os.path.basename(file.path)}", File(file.text)) for key in keys)


def _entries(
    files: Sequence[SiteFile], paths: Mapping[Key, str], gone: Collection[Key]
) -> tuple[list[str], dict[str, File], list[Operation]]:
    """The removed files, those that lose some objects, and the operations on the list of files, from its end."""
    removed: list[str] = []
    rest: dict[str, File] = {}
    steps: list[Operation] = []
    for file in sorted(files, key=lambda file: -file.entry):
        keys = [key_of(one.id) for one in file.objects]
        now = [paths[key] for key in keys if key in paths]
        own = [index for index, key in enumerate(keys) if key not in paths and key not in gone]
        if len(own) == len(keys) or now == [file.path]:
            continue
        if own:
            rest[file.path] = _only(file, own)
            now.insert(0, file.path)
        else:
            removed.append(file.path)
        at = str(file.entry)
        if not now:
            steps.append(Operation("remove", ("resources", at)))
        elif now[0] != file.path:
            steps.append(Operation("replace", ("resources", at), now[0]))
        steps += [
            Operation("add", ("resources", str(file.entry + number)), path) for number, path in enumerate(now[1:], 1)
        ]
    return removed, rest, steps


def _only(file: SiteFile, kept: Sequence[int]) -> File:
    """A file reduced to some of its objects, with their text."""
    documents = documents_of(file.text)
    if len(documents) != len(file.objects):
        raise FileHoldsList(file.path)
    return File("---\n".join(documents[index] for index in kept))


def _added(member: str, values: Sequence[Any], *, listed: bool) -> Iterator[Operation]:
    if listed:
        yield from (Operation("add", (member, "-"), value) for value in values)
    elif values:
        yield Operation("add", (member,), list(values))


def patch_operations(
    replaced: Mapping[int, Sequence[Mapping[str, Any]]],
    added: Sequence[Mapping[str, Any]],
    *,
    count: int,
    first: bool,
) -> Iterator[Operation]:
    """The operations on a profile.yaml that change its patches.

    Args:
        replaced: for the number of an existing patch, the entries that replace it; empty to remove it.
        added: additional entries.
        count: the number of existing patches.
        first: put the additional entries before the existing ones.
    """
    for number in sorted(replaced, reverse=True):
        entries = replaced[number]
        at = ("patches", str(number))
        yield Operation("replace", at, entries[0]) if entries else Operation("remove", at)
        yield from (Operation("add", ("patches", str(number + more)), one) for more, one in enumerate(entries[1:], 1))
    if first and count:
        yield from (Operation("add", ("patches", str(number)), one) for number, one in enumerate(added))
    else:
        yield from _added("patches", added, listed=count > 0)


def image_operations(rules: Sequence[Mapping[str, str]], *, listed: bool) -> Iterator[Operation]:
    """The operations on a profile.yaml that add rules for images.

    Args:
        rules: the rules to add.
        listed: whether the profile has some already.
    """
    yield from _added("images", rules, listed=listed)


def edited(text: str, steps: Sequence[Operation]) -> str:
    """A profile.yaml after some operations; everything else keeps its bytes."""
    form = FORMATS["yaml"]
    for step in steps:
        text = form.apply(text, _placed(step, form.parse(text)) if len(step.path) == 1 and step.op == "add" else step)
    return text


def _placed(step: Operation, profile: Mapping[str, Any]) -> Operation:
    """An operation that adds a member at its usual place."""
    member = step.path[0]
    if member in profile:  # it exists and is empty
        return step._replace(op="replace")
    later = _LATER[_LATER.index(member) + 1 :] if member in _LATER else _LATER
    return step._replace(before=next((name for name in profile if name in later), ""))


def leftovers(change: LayerChange, names: Sequence[str]) -> tuple[str, ...]:
    """Paths of files whose objects are no longer published.

    Args:
        change: the changes of the layer.
        names: the files in its folder of published objects.
    """
    paths = (f"{PUBLISHED}/{os.path.basename(name)}" for name in names)
    return tuple(path for path in paths if path not in change.files and path not in change.removed)
