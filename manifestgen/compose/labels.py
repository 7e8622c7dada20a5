"""The transform that sets labels on every object, with Kustomize's meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.patch.draft import amend
from manifestgen.patch.history import Change
from manifestgen.patch.rfc6902 import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.catalog.model import Labels
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource

_POD_TEMPLATES: tuple[Tokens, ...] = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))


def transform_labels(resources: Iterable[Resource], rules: Sequence[Labels], layer: str) -> list[Resource]:
    """Set labels on every object, and on pod templates if a rule says so; selectors are never changed."""
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
        change = Change(
            layer=layer, ref=rule.ref, number=number, inside=(), lowered=tuple(operations), shown=tuple(operations)
        )
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
