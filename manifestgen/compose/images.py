"""The images of objects: their places, Kustomize's image rules, and registries."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from manifestgen.catalog import releases
from manifestgen.errors import ErrorCollector, ManifestgenError, nearest
from manifestgen.model import pointer
from manifestgen.model.image import InvalidImage, check_digest, check_name, check_tag, is_host, join_image, split_image
from manifestgen.patch.draft import amend
from manifestgen.patch.history import Change
from manifestgen.patch.rfc6902 import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from manifestgen.catalog.model import Image
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource
    from manifestgen.yamlio.locations import SourceRef

_CONTAINER_LISTS = ("initContainers", "containers")
_TEMPLATE_IMAGE = r"""^(\s*(?:- )?image:\s*(?:["']?|.*["`]))([A-Za-z0-9][\w./:-]*[:@][\w.:@-]+)(["']?|["`].*)(?=\s*$)"""
"""A line of an injection template that names an image outright, or as a literal of the action that chooses one."""


class ImageRuleMatchesNothing(ManifestgenError):
    """A rule of `images` names an image that no object uses.

    Attributes:
        name: the image.
    """

    def __init__(self, rule: Image, known: Collection[str]) -> None:
        super().__init__(
            f"no object has an image {rule.name!r}",
            where=rule.ref.location if rule.ref else None,
            candidates=near_images(rule.name, known),
            next_step="correct the name, or remove the rule; manifestgen images lists the images",
        )
        self.name = rule.name


def near_images(name: str, known: Collection[str]) -> tuple[str, ...]:
    """The images that a name can stand for."""
    last = name.rpartition("/")[2]
    same = tuple(sorted(one for one in known if one.rpartition("/")[2] == last))
    return same[:3] or nearest(name, known) or tuple(sorted(known))[:5]


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Every name that a release gives one of its images -> the base's name for that image."""
    found: dict[str, str] = {}
    for product in ("Calico", "Istio"):
        for release in releases.releases_up_to(product, releases.minors(product)[-1]):
            for rule in release.layer.images:
                found[rule.name] = rule.name
                found[rule.new_name or rule.name] = rule.name
    return found


def published_as(name: str) -> str:
    """The base's name for an image of the releases, whatever its registry; empty for other images."""
    return _names().get(name, "")


def is_same_image(asked: str, name: str) -> bool:
    """Whether two names mean the same image: they are equal, or both are names of one image of the releases."""
    return asked == name or (bool(published_as(name)) and published_as(asked) == published_as(name))


def images_of(body: Any, path: Tokens = ()) -> Iterator[tuple[Tokens, str]]:
    """Every container image in an object: its path and its reference, in document order."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key in _CONTAINER_LISTS and isinstance(value, list):
                for index, container in enumerate(value):
                    if isinstance(container, dict) and isinstance(container.get("image"), str):
                        yield (*path, key, str(index), "image"), container["image"]
            elif isinstance(value, (dict, list)):
                yield from images_of(value, (*path, key))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            if isinstance(value, (dict, list)):
                yield from images_of(value, (*path, str(index)))


def all_images(resource: Resource) -> Iterator[str]:
    """Every image that an object needs: those of its containers, and literal ones in injection templates."""
    for _, reference in images_of(resource.content):
        yield reference
    for _, text in _templates(resource):
        yield from (match[2] for match in re.finditer(_TEMPLATE_IMAGE, text, re.MULTILINE))


def names_of(resources: Iterable[Resource]) -> set[str]:
    """The names of all images that objects need."""
    return {split_image(reference)[0] for resource in resources for reference in all_images(resource)}


def apply_image_rule(reference: str, rule: Image, *, names: Callable[[str, str], bool] = str.__eq__) -> str:
    """An image reference after one rule; unchanged if the rule is about another image."""
    name, tag, digest = split_image(reference)
    if not names(rule.name, name):
        return reference
    if rule.new_tag and not rule.digest:
        digest = ""
    if rule.digest:
        tag, digest = rule.new_tag, rule.digest
    return join_image(rule.new_name or name, rule.new_tag or tag, digest)


def transform_images(resources: Iterable[Resource], rules: Sequence[Image], layer: str) -> list[Resource]:
    """Apply image rules by exact name, each to the result of the one before."""
    if not rules:
        return list(resources)
    done = []
    for resource in resources:
        names = names_of([resource])
        present = resource
        for number, rule in enumerate(rules, 1):
            if rule.name in names:
                names.add(rule.new_name)
                present = change_images(present, partial(apply_image_rule, rule=rule), layer, rule.ref, number)
        done.append(present)
    return done


def apply_own_rules(
    resources: Sequence[Resource], rules: Sequence[Image], elsewhere: Collection[str]
) -> list[Resource]:
    """Apply the user's image rules, each to the result of the one before; every rule must match an image.

    Args:
        resources: the objects.
        rules: in order.
        elsewhere: names of images that other components would use.

    Raises:
        Failures, or the only failure: an ImageRuleMatchesNothing for every rule that matches no image.
    """
    gathered = ErrorCollector()
    for rule in rules:
        with gathered:
            _check(rule)
    present, uses = list(resources), _ImageUses(resources)
    others = {_meaning(name) for name in elsewhere}
    for number, rule in enumerate(rules, 1):
        using = uses.of(rule.name)
        for index in using:
            change = partial(apply_image_rule, rule=rule, names=is_same_image)
            present[index] = change_images(present[index], change, "images", rule.ref, number)
            uses.enter(index, present[index])
        if not using and _meaning(rule.name) not in others:
            gathered.add(ImageRuleMatchesNothing(rule, names_of(present) | set(elsewhere)))
    gathered.raise_all()
    return present


class _ImageUses:
    """Tracks which objects use which image while rules change them."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._names: list[set[str]] = [set() for _ in resources]
        self._by_name: dict[str, set[int]] = {}
        for index, resource in enumerate(resources):
            self.enter(index, resource)

    def enter(self, index: int, resource: Resource) -> None:
        """Record the images that an object uses now."""
        for gone in self._names[index]:
            self._by_name[gone].discard(index)
        self._names[index] = {_meaning(name) for name in names_of([resource])}
        for name in self._names[index]:
            self._by_name.setdefault(name, set()).add(index)

    def of(self, name: str) -> list[int]:
        """The objects that use an image, by any of its names."""
        return sorted(self._by_name.get(_meaning(name), ()))


def _meaning(name: str) -> str:
    """The one name for all names of an image."""
    return published_as(name) or name


def _check(rule: Image) -> None:
    """Refuse a rule whose name, tag or digest container runtimes reject, or that changes nothing."""
    written = (("name", check_name), ("newName", check_name), ("newTag", check_tag), ("digest", check_digest))
    if not any(rule[1:4]):
        where = rule.ref.location if rule.ref else None
        raise InvalidImage("the rule changes nothing", where=where, next_step="add newName, newTag or digest")
    for value, (member, check) in zip(rule[:4], written, strict=True):
        try:
            if value:
                check(value, member)
        except InvalidImage as error:
            raise (error.placed(rule.ref.at(member).location) if rule.ref else error) from None


def mirrored(reference: str, registry: str) -> str:
    """An image in another registry, with the same path as in its own. If it is in that registry already, it stays."""
    if reference.startswith(f"{registry}/"):
        return reference
    first, slash, rest = reference.partition("/")
    return f"{registry}/{rest if slash and is_host(first) else reference}"


def mirror(resources: Iterable[Resource], registry: str, ref: SourceRef | None = None) -> list[Resource]:
    """Use one registry for every image.

    Args:
        resources: the objects.
        registry: `HOST[/PATH]`.
        ref: where it is written; None for an option.
    """
    change = partial(mirrored, registry=registry)
    return [change_images(resource, change, "registry", ref, 1) for resource in resources]


def change_images(
    resource: Resource, change: Callable[[str], str], layer: str, ref: SourceRef | None, number: int
) -> Resource:
    """An object with each of its images changed by a function."""

    def in_text(match: re.Match[str]) -> str:
        return f"{match[1]}{change(match[2])}{match[3]}"

    operations = [Operation("replace", path, change(reference)) for path, reference in images_of(resource.content)]
    operations += [
        Operation("replace", path, re.sub(_TEMPLATE_IMAGE, in_text, text, flags=re.MULTILINE))
        for path, text in _templates(resource)
    ]
    steps = tuple(step for step in operations if step.value != pointer.lookup(resource.content, step.path))
    return (
        amend(resource, Change(layer=layer, ref=ref, number=number, inside=(), lowered=steps, shown=steps))
        if steps
        else resource
    )


def _templates(resource: Resource) -> Iterator[tuple[Tokens, str]]:
    """The strings of an object that are injection templates, or contain them."""
    if resource.component == "injector":
        yield from _texts(resource.content, ())


def _texts(value: Any, path: Tokens) -> Iterator[tuple[Tokens, str]]:
    if isinstance(value, str):
        if "image:" in value:
            yield path, value
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*path, str(key)))
