"""Transforms that reach every object: images and labels, with Kustomize's meaning."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from manifestgen.model import pointer
from manifestgen.patch.draft import amend
from manifestgen.patch.history import Change
from manifestgen.patch.rfc6902 import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from manifestgen.catalog.model import Image, Labels
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource
    from manifestgen.yamlio.locations import SourceRef

_CONTAINER_LISTS = ("initContainers", "containers")
_TEMPLATE_IMAGE = r"""^(\s*(?:- )?image:\s*(?:["']?|.*["`]))([A-Za-z0-9][\w./:-]*[:@][\w.:@-]+)(["']?|["`].*)(?=\s*$)"""
"""A line of an injection template that names an image outright, or as a literal of the action that chooses one."""
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


def apply_image_rule(reference: str, rule: Image) -> str:
    """An image reference under one rule; the same where the rule is about another image."""
    name, tag, digest = split_image(reference)
    if name != rule.name:
        return reference
    if rule.new_tag and not rule.digest:
        digest = ""
    if rule.digest:
        tag, digest = rule.new_tag, rule.digest
    return join_image(rule.new_name or name, rule.new_tag or tag, digest)


def all_images(resource: Resource) -> Iterator[str]:
    """Every image that an object needs: of its containers, and those that an injection template names outright."""
    for _, reference in images_of(resource.content):
        yield reference
    for _, text in _templates(resource):
        yield from (match[2] for match in re.finditer(_TEMPLATE_IMAGE, text, re.MULTILINE))


def transform_images(resources: Iterable[Resource], rules: Sequence[Image], layer: str) -> list[Resource]:
    """Apply image rules, each to the result of the one before."""
    done = []
    for resource in resources:
        names = {split_image(reference)[0] for reference in all_images(resource)} if rules else set()
        present = resource
        for number, rule in enumerate(rules, 1):
            if rule.name in names:
                names.add(rule.new_name)
                present = _with_images(present, partial(apply_image_rule, rule=rule), layer, rule.ref, number)
        done.append(present)
    return done


def mirror(resources: Iterable[Resource], registry: str) -> list[Resource]:
    """Take every image from one registry; the path below its own registry is kept.

    Args:
        resources: the objects.
        registry: `HOST[/PATH]`.
    """

    def mirrored(reference: str) -> str:
        first, slash, rest = reference.partition("/")
        is_host = slash and ("." in first or ":" in first or first == "localhost")
        return f"{registry.rstrip('/')}/{rest if is_host else reference}"

    return [_with_images(resource, mirrored, "registry", None, 1) for resource in resources]


def _with_images(
    resource: Resource, change: Callable[[str], str], layer: str, ref: SourceRef | None, number: int
) -> Resource:
    """An object with each of its images changed."""

    def in_text(match: re.Match[str]) -> str:
        return f"{match[1]}{change(match[2])}{match[3]}"

    operations = [Operation("replace", path, change(reference)) for path, reference in images_of(resource.content)]
    operations += [
        Operation("replace", path, re.sub(_TEMPLATE_IMAGE, in_text, text, flags=re.MULTILINE))
        for path, text in _templates(resource)
    ]
    steps = tuple(step for step in operations if step.value != pointer.lookup(resource.content, step.path))
    return amend(resource, Change(layer, ref, number, (), steps, steps)) if steps else resource


def _templates(resource: Resource) -> Iterator[tuple[Tokens, str]]:
    """The texts of an object that are injection templates, or hold them."""
    if resource.component == "injector":
        yield from _texts(resource.content, ())


def _texts(value: Any, path: Tokens) -> Iterator[tuple[Tokens, str]]:
    if isinstance(value, str):
        if "image:" in value:
            yield path, value
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*path, str(key)))


def transform_labels(resources: Iterable[Resource], rules: Sequence[Labels], layer: str) -> list[Resource]:
    """Set labels on every object, and on pod templates where a rule says so; selectors are never touched."""
    return [_with_labels(resource, rules, layer) for resource in resources]


def _with_labels(resource: Resource, rules: Sequence[Labels], layer: str) -> Resource:
    for number, rule in enumerate(rules, 1):
        operations = list(_label_operations(resource.content, (), rule))
        if rule.include_templates:
            for template in _POD_TEMPLATES:
                owner: Any = resource.content
                for token in template:
                    owner = owner.get(token) if isinstance(owner, dict) else None
                if isinstance(owner, dict):
                    operations += _label_operations(owner, template, rule)
        change = Change(layer, rule.ref, number, (), tuple(operations), tuple(operations))
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
