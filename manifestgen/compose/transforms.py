"""Transforms that reach every object: images and labels, with Kustomize's meaning."""

from __future__ import annotations

from typing import Any

from manifestgen.patch.apply import amend
from manifestgen.patch.resource import Change
from manifestgen.patch.rfc6902 import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.catalog.layer import Image, Labels
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource

_CONTAINER_LISTS = ("initContainers", "containers")
_POD_TEMPLATES: tuple[Tokens, ...] = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))


def split_image(reference: str) -> tuple[str, str, str]:
    """An image reference as name, tag and digest; the latter two may be empty."""
    rest, _, digest = reference.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        return rest, "", digest
    return name, tag, digest


def join_image(name: str, tag: str, digest: str) -> str:
    """The reference of an image."""
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def images_of(body: Any, path: Tokens = ()) -> Iterator[tuple[Tokens, str]]:
    """Every container image in an object: its place and its reference, in document order."""
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


def renamed(reference: str, rule: Image) -> str:
    """An image reference under one rule; the same where the rule is about another image."""
    name, tag, digest = split_image(reference)
    if name != rule.name:
        return reference
    if rule.new_tag and not rule.digest:
        digest = ""
    if rule.digest:
        tag, digest = rule.new_tag, rule.digest
    return join_image(rule.new_name or name, rule.new_tag or tag, digest)


def transform_images(resources: Iterable[Resource], rules: Sequence[Image], layer: str) -> list[Resource]:
    """Apply image rules, each to the result of the one before."""
    if not rules:
        return list(resources)
    by_name = {rule.name for rule in rules}
    return [_with_images(resource, rules, by_name, layer) for resource in resources]


def _with_images(resource: Resource, rules: Sequence[Image], names: set[str], layer: str) -> Resource:
    for path, found in list(images_of(resource.body)):
        if split_image(found)[0] not in names:
            continue
        reference = found
        for number, rule in enumerate(rules, 1):
            present = renamed(reference, rule)
            if present != reference:
                operation = Operation("replace", path, present)
                resource = amend(resource, Change(layer, rule.anchor, number, (), (operation,), (operation,)))
                reference = present
    return resource


def mirror(resources: Iterable[Resource], registry: str) -> list[Resource]:
    """Take every image from one registry; the path below its own registry is kept.

    Args:
        resources: the objects.
        registry: `HOST[/PATH]`.
    """
    moved = []
    for resource in resources:
        for path, reference in list(images_of(resource.body)):
            first, slash, rest = reference.partition("/")
            is_host = slash and ("." in first or ":" in first or first == "localhost")
            present = f"{registry.rstrip('/')}/{rest if is_host else reference}"
            operation = Operation("replace", path, present)
            resource = amend(resource, Change("registry", None, 1, (), (operation,), (operation,)))  # noqa: PLW2901
        moved.append(resource)
    return moved


def transform_labels(resources: Iterable[Resource], rules: Sequence[Labels], layer: str) -> list[Resource]:
    """Set labels on every object, and on pod templates where a rule says so; selectors are never touched."""
    return [_with_labels(resource, rules, layer) for resource in resources]


def _with_labels(resource: Resource, rules: Sequence[Labels], layer: str) -> Resource:
    for number, rule in enumerate(rules, 1):
        operations = list(_label_operations(resource.body, (), rule))
        if rule.include_templates:
            for template in _POD_TEMPLATES:
                owner: Any = resource.body
                for token in template:
                    owner = owner.get(token) if isinstance(owner, dict) else None
                if isinstance(owner, dict):
                    operations += _label_operations(owner, template, rule)
        change = Change(layer, rule.anchor, number, (), tuple(operations), tuple(operations))
        resource = amend(resource, change)
    return resource


def _label_operations(owner: Any, path: Tokens, rule: Labels) -> Iterator[Operation]:
    metadata = owner.get("metadata")
    if not isinstance(metadata, dict):
        yield Operation("add", (*path, "metadata"), {})
    if not isinstance(metadata, dict) or not isinstance(metadata.get("labels"), dict):
        yield Operation("add", (*path, "metadata", "labels"), {})
    for name, value in rule.pairs.items():
        yield Operation("add", (*path, "metadata", "labels", name), value)
