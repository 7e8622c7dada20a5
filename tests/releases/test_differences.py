"""What differs between two releases is what the files say of the later one: all of it, and nothing that is not so."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import shipped_layer
from manifestgen.model.image import join_image, split_image
from manifestgen.model.version import parse_version
from tests.releases.catalog import MINORS, PROFILES, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.catalog.model import ConditionalPatch, Layer
    from manifestgen.model.version import Version
    from manifestgen.patch.operation import PatchOperation
    from manifestgen.patch.resource import Resource

COMPONENTS = ("node", "config", "felix", "csi")
PAIRS = list(pairwise(MINORS))
ISTIO = parse_version("1.1")

Path = tuple[str, ...]


class Change(NamedTuple):
    """A field that one of two releases has, or both with different values."""

    resource: Resource
    path: Path
    before: Any
    after: Any


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("older", "newer"), PAIRS)
def test_every_difference_is_written_down(older: str, newer: str, profile: str) -> None:
    """Two releases differ only where a patch says so that is in force for one of them and not for the other."""
    said = list(_said(older, newer, profile))
    release = _release(newer)
    silent = [
        change
        for change in _changes(older, newer, profile)
        if not any(_speaks_of(patch, step, change) for patch, step in said)
        and change.resource.layer != release.name
        and not _is_image_of(release, older, newer, change)
    ]
    assert [(str(change.resource.id), change.path, change.before, change.after) for change in silent] == []


@pytest.mark.parametrize(("older", "newer"), PAIRS)
def test_every_operation_makes_a_difference(older: str, newer: str) -> None:
    """No operation of a release is without effect everywhere, unless it takes over from a patch that ends there."""
    changes = {profile: list(_changes(older, newer, profile)) for profile in PROFILES}
    ended = {place for profile in PROFILES for place in _ended(older, newer, profile)}
    idle = [
        str(step.ref)
        for patch in _release(newer).patches
        for step in patch.patch.operations
        if ended.isdisjoint(_places(step))
        and not any(
            patch.when.holds(_context(newer, profile)) and _speaks_of(patch, step, change)
            for profile in PROFILES
            for change in changes[profile]
        )
    ]
    assert idle == []


def _ended(older: str, newer: str, profile: str) -> Iterator[Path]:
    """The places written by patches of profiles and of ALP that are in force for the older release only."""
    for patch in _ranged(profile):
        if patch.when.holds(_context(older, profile)) and not patch.when.holds(_context(newer, profile)):
            yield from (place for step in patch.patch.operations for place in _places(step))


def _ranged(profile: str) -> tuple[ConditionalPatch, ...]:
    """The patches beside the releases' own."""
    return (*shipped_layer(f"{profile}/profile.yaml").patches, *shipped_layer("alp/profile.yaml").patches)


def _said(older: str, newer: str, profile: str) -> Iterator[tuple[ConditionalPatch, PatchOperation]]:
    """The operations in force for one of two releases only: the release's own, and those with a range of versions."""
    before, after = _context(older, profile), _context(newer, profile)
    for patch in _release(newer).patches:
        if patch.when.holds(after):
            yield from ((patch, step) for step in patch.patch.operations)
    for patch in _ranged(profile):
        if patch.when.holds(before) != patch.when.holds(after):
            yield from ((patch, step) for step in patch.patch.operations)


def _release(minor: str) -> Layer:
    return releases.release("Calico", parse_version(minor)).layer


def _version(minor: str) -> Version:
    return releases.resolve("Calico", minor)


def _context(minor: str, profile: str) -> Context:
    return Context(_version(minor), ISTIO, profiles=(profile,), published=True)


def _changes(older: str, newer: str, profile: str) -> Iterator[Change]:
    left = {(one.original.kind, one.original.name): one for one in rendered(profile, older, COMPONENTS)}
    right = {(one.original.kind, one.original.name): one for one in rendered(profile, newer, COMPONENTS)}
    assert left.keys() <= right.keys()
    for key, resource in right.items():
        before = _fields(left[key].body) if key in left else {}
        after = _fields(resource.body)
        for path in dict.fromkeys([*before, *after]):
            if before.get(path) != after.get(path) or (path in before) != (path in after):
                yield Change(resource, path, before.get(path), after.get(path))
        yield from (Change(resource, path, "", "another order") for path in _reordered(before, after))


def _fields(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every leaf by a path in which list items are named as in patches."""
    if isinstance(value, dict) and value:
        return {at: leaf for key, item in value.items() for at, leaf in _fields(item, (*path, key)).items()}
    if isinstance(value, list) and value:
        return {at: leaf for item in value for at, leaf in _fields(item, (*path, _named(item))).items()}
    return {path: value}


def _named(item: Any) -> str:
    """The segment that names a list item."""
    if not isinstance(item, dict):
        return f"[={item}]"
    return f"[name={item['name']}]" if "name" in item else f"[{sorted(item)}]"


def _reordered(before: dict[Path, Any], after: dict[Path, Any]) -> Iterator[Path]:
    """The lists whose common items stand in another order."""
    for parent in {path[:at] for path in after for at, token in enumerate(path) if token.startswith("[")}:
        left, right = _items(before, parent), _items(after, parent)
        if [one for one in left if one in right] != [one for one in right if one in left]:
            yield parent


def _items(fields: dict[Path, Any], parent: Path) -> list[str]:
    below = [path[len(parent)] for path in fields if path[: len(parent)] == parent and len(path) > len(parent)]
    return list(dict.fromkeys(below))


def _speaks_of(patch: ConditionalPatch, step: PatchOperation, change: Change) -> bool:
    """Whether an operation is about a field, or about something that holds it, or about a part of it."""
    if not patch.patch.target.matches(change.resource):
        return False
    inside = patch.patch.inside
    places = [inside[0].path] if inside else _places(step)
    return any(place[: len(change.path)] == change.path[: len(place)] for place in places)


def _places(step: PatchOperation) -> list[Path]:
    """The places that an operation writes, list items named."""
    *parent, last = step.path
    if step.op == "move":
        places = [step.source, (*parent, step.source[-1])]
        return [place[:-1] if place[-1].isdecimal() else place for place in places]
    if step.insert and not last.startswith("["):  # members, beside one that is there
        return [(*parent, name) for name in step.value]
    if step.insert or last == "-":
        return [(*parent, _named(step.value))]
    if step.op == "replace" and last == "name":  # the item gets another name
        return [tuple(parent), (*parent[:-1], f"[name={step.value}]")]
    if step.op == "replace" and last.startswith("[name="):
        return [step.path, (*parent, _named(step.value))]
    return [step.path]


def _is_image_of(release: Layer, older: str, newer: str, change: Change) -> bool:
    """Whether an image follows the release's version, or a rule of the release."""
    if change.path[-1] != "image" or change.before is None:
        return False
    name, tag, _ = split_image(change.before)
    if change.after == join_image(name, _tag(newer), "") and tag == _tag(older):
        return True
    ruled = [join_image(rule.new_name or rule.name, rule.new_tag or _tag(newer), "") for rule in release.images]
    return change.after in ruled


def _tag(minor: str) -> str:
    return str(_release(minor).info.get("imageTag", f"v{_version(minor)}"))
