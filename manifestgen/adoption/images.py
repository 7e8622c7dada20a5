"""The images of an install that differ from its release's: another registry, or rules by image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.compose.images import all_images, is_same_image, mirrored
from manifestgen.model.image import split_image
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.adoption.operations import ImageChange
    from manifestgen.patch.resource import Resource


class ImageSettings(Record):
    """The image settings of a profile.

    Attributes:
        registry: the registry of all images; empty for the published ones.
        rules: Kustomize's image rules.
    """

    registry: str = ""
    rules: tuple[Mapping[str, str], ...] = ()


def image_settings(
    changed: Sequence[ImageChange], published: Sequence[Resource], foreign: Sequence[Resource]
) -> Iterator[ImageSettings]:
    """The image settings to try, the best first; the last is empty and leaves it to patches.

    Args:
        changed: the images that differ.
        published: the objects of the release.
        foreign: the other objects of the install, whose images must not change.
    """
    others = {reference for one in foreign for reference in all_images(one)}
    if changed:
        registry = _registry(changed, published)
        if registry and all(mirrored(reference, registry) == reference for reference in others):
            yield ImageSettings(registry=registry)
        rules = _rules(changed, published)
        names = {split_image(reference)[0] for reference in others}
        if rules and not any(is_same_image(rule["name"], name) for rule in rules for name in names):
            yield ImageSettings(rules=rules)
    yield ImageSettings()


def _registry(changed: Sequence[ImageChange], published: Sequence[Resource]) -> str:
    """The registry of all images of the install; empty if they do not have one in common."""
    used = [reference for one in published for reference in all_images(one)]
    if len(changed) != len(used):
        return ""
    rest = mirrored(changed[0].before, "")
    if not changed[0].after.endswith(rest):
        return ""
    registry = changed[0].after.removesuffix(rest)
    return registry if all(mirrored(one.before, registry) == one.after for one in changed) else ""


def _rules(changed: Sequence[ImageChange], published: Sequence[Resource]) -> tuple[Mapping[str, str], ...]:
    """A rule for each image, if all containers with one image get the same other image; else empty."""
    after: dict[str, set[str]] = {}
    for one in changed:
        after.setdefault(one.before, set()).add(one.after)
    used = [reference for one in published for reference in all_images(one)]
    rules = []
    for before, found in after.items():
        whole = used.count(before) == sum(one.before == before for one in changed)
        if len(found) > 1 or not whole:
            return ()
        rule = _rule(before, next(iter(found)))
        if not rule:
            return ()
        rules.append(rule)
    return tuple(rules)


def _rule(before: str, after: str) -> dict[str, str]:
    old_name, old_tag, _ = split_image(before)
    name, tag, digest = split_image(after)
    if old_tag and not tag and not digest:
        return {}
    rule = {"name": old_name}
    if name != old_name:
        rule["newName"] = name
    if tag and tag != old_tag:
        rule["newTag"] = tag
    if digest:
        rule |= {"newTag": tag, "digest": digest} if tag else {"digest": digest}
    return rule
