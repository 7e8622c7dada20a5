"""Objects of an install as published by their release, in files that are not edited; edits are patches over them.

They are in `resources/published`, so that the next upgrade can tell the user's changes from the release's. A hash
for each file shows whether it is still as published.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from manifestgen.adoption.edits import edits_of
from manifestgen.adoption.files import ObjectPatch, OwnFile, ProfileDraft, own_files
from manifestgen.adoption.live import settled
from manifestgen.adoption.source import is_from_a_server
from manifestgen.catalog.resource_files import objects
from manifestgen.difference.server import same_groups
from manifestgen.emit.directory import File
from manifestgen.emit.hashes import digest
from manifestgen.emit.inventory import read_inventory, write_inventory
from manifestgen.model.record import Record
from manifestgen.yamlio.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from manifestgen.adoption.operations import PatchStep
    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

    Key = tuple[str, ...]
    """Which object one is, whatever the version of its API."""

PUBLISHED = "resources/published"
"""The folder."""

HASHES = f"{PUBLISHED}/SHA256SUMS"
LEFT_OUT = ".left-out"
"""The ending of a file with an object that the site does not have: nothing refers to it."""

_NAMES = re.compile(rf"[^/]+\.yaml(?:{re.escape(LEFT_OUT)})?")


class PublishedFiles(Record):
    """What a profile has recorded of what its release published.

    Attributes:
        objects: as they were published.
        edited: files that were changed, or whose hash is unknown.
    """

    objects: Mapping[Key, Resource]
    edited: tuple[str, ...]


def key_of(identity: Id) -> Key:
    """A key for an object that is the same for all its API versions, and for groups with the same kinds."""
    return (_groups().get(identity.group, identity.group), identity.kind, identity.namespace, identity.name)


def _groups() -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in same_groups():
        known = {found.get(one, one) for one in pair}
        first = min(known)
        found |= dict.fromkeys((*pair, *(group for group, other in found.items() if other in known)), first)
    return found


def by_key(resources: Iterable[Resource]) -> dict[Key, Resource]:
    """Objects by their key."""
    return {key_of(one.id): one for one in resources}


def published_files(present: Iterable[Resource], left_out: Iterable[Resource]) -> dict[str, OwnFile]:
    """The files of objects as they were published, by path.

    Args:
        present: objects that the site has.
        left_out: objects that it does not.
    """
    here, gone = list(present), list(left_out)
    found = {}
    for one in own_files([*here, *gone]):
        ending = LEFT_OUT if one.resource in gone and one.resource not in here else ""
        path = f"{PUBLISHED}/{os.path.basename(one.path)}{ending}"
        found[path] = one._replace(path=path)
    return found


def over_published(
    foreign: Iterable[Resource], published: Mapping[Key, Resource], skipped: Iterable[Resource]
) -> tuple[list[OwnFile], dict[str, File]]:
    """The files of an install's other objects, as published if possible, and additional files by path.

    Args:
        foreign: the objects of the install that no shipped profile renders.
        published: their published counterparts.
        skipped: objects of the install that are not written.
    """
    mine = by_key(foreign)
    known = {key: one for key, one in published.items() if key in mine}
    left_out = [one for key, one in published.items() if key not in mine and key not in by_key(skipped)]
    files = published_files(known.values(), left_out)
    found = own_files(one for key, one in mine.items() if key not in known)
    others = {path: one.file for path, one in files.items() if path.endswith(LEFT_OUT)}
    for path, one in files.items():
        if path not in others:
            given = mine[key_of(one.resource.id)]
            found.append(one._replace(wanted=_as_applied(given, one.resource)))
    others[HASHES] = file_of_hashes({path: one.file for path, one in files.items()})
    return found, others if files else {}


def _as_applied(given: Resource, published: Resource) -> dict[str, Any]:
    """An object as it was applied, without what a cluster has filled in."""
    if not is_from_a_server(given.content):
        return given.content
    found: dict[str, Any] = settled(given.id.kind, given.content, published.content)
    return found


def own_edits(draft: ProfileDraft, rendered: Mapping[Key, Resource]) -> Iterator[ProfileDraft]:
    """A draft with patches for the edits of published objects, in the forms to try.

    Args:
        draft: the draft without them.
        rendered: what it renders.
    """
    edits = {
        one.resource.id: edits_of(one.resource, one.content, rendered[key_of(one.resource.id)].content, one.content)
        for one in draft.own
        if one.wanted is not None
    }
    rules = [rule for one in edits.values() for rule in one.images]
    if rules:
        images = draft.images._replace(rules=(*draft.images.rules, *rules))
        yield _patched(draft._replace(images=images), {key: one.steps for key, one in edits.items()})
    yield _patched(draft, {key: one.plain for key, one in edits.items()})


def _patched(draft: ProfileDraft, steps: Mapping[Id, tuple[PatchStep, ...]]) -> ProfileDraft:
    patches = (ObjectPatch(identity, those, identity) for identity, those in steps.items() if those)
    return draft._replace(patches=(*draft.patches, *patches))


def file_of_hashes(files: Mapping[str, File]) -> File:
    """The file of hashes, as `sha256sum --check` reads it from the folder."""
    return File(
        write_inventory({os.path.basename(path): [digest(file.text.encode())] for path, file in files.items()}).decode()
    )


def read_published(directory: str) -> PublishedFiles:
    """What is recorded as published in the folder of a profile.

    Args:
        directory: the directory of the profile.
    """
    folder = os.path.join(directory, PUBLISHED)
    listed: Mapping[str, frozenset[str]] = {}
    if os.path.isfile(os.path.join(directory, HASHES)):
        listed = read_inventory(read_file(os.path.join(directory, HASHES)).encode(), _NAMES)
    found: dict[Key, Resource] = {}
    edited = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        if not name.endswith((".yaml", LEFT_OUT)):
            continue
        text = read_file(path)
        if digest(text.encode()) in listed.get(name, ()):
            found |= by_key(objects(text, path, lenient=True))
        else:
            edited.append(path)
    return PublishedFiles(found, tuple(edited))
