"""Parts of objects that a target version of Kubernetes does not know.

The data is `profiles/kubernetes/served.yaml`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model import pointer
from manifestgen.model.path_pattern import compile_pattern
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_version

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource

_FILE = "kubernetes/served.yaml"
_NODE_SELECTOR = ("spec", "template", "spec", "nodeSelector")
_FIRST, _LAST = Version(1, 0), Version(1, 1_000_000)
API, FIELD, LABEL = "kubernetes-api", "kubernetes-field", "kubernetes-node-label"
CODES = frozenset({API, FIELD, LABEL})
"""The codes by which such a fault is allowed."""


class Unknown(Record):
    """A part of an object that a version of Kubernetes does not know.

    Attributes:
        code: one of `CODES`.
        path: its path in the object.
        text: what is wrong.
        next_step: what to do.
    """

    code: str
    path: Tokens
    text: str
    next_step: str


class _Api(Record):
    """An API version of some kinds, and the minors that serve it."""

    api: str
    first: Version
    last: Version

    def serves(self, minor: Version) -> bool:
        return self.first <= minor <= self.last


class _VersionedField(Record):
    """A field, and the version that introduced it."""

    kind: re.Pattern[str]
    path: re.Pattern[str]
    first: Version


def unknown(resource: Resource, kubernetes: Version) -> Iterator[Unknown]:
    """The parts of an object that a version of Kubernetes does not know.

    Args:
        resource: the object.
        kubernetes: the target version.
    """
    minor = kubernetes.as_minor
    yield from _api(resource, minor)
    if _is_built_in(resource.id.group):
        yield from _unknown_fields(resource, minor)
    selector: Any = resource.content
    for name in _NODE_SELECTOR:
        selector = selector.get(name) if isinstance(selector, dict) else None
    for label, first in _table().labels.items():
        if isinstance(selector, dict) and label in selector and minor < first:
            text = f"nodes of Kubernetes {minor} have no label {label}, so the pods are scheduled nowhere"
            yield Unknown(
                code=LABEL, path=(*_NODE_SELECTOR, label), text=text, next_step="select nodes by a label that they have"
            )


def _is_built_in(group: str) -> bool:
    """Whether an API group is Kubernetes' own."""
    return "." not in group or group.endswith(".k8s.io")


def _api(resource: Resource, minor: Version) -> Iterator[Unknown]:
    api, kind = str(resource.content["apiVersion"]), resource.id.kind
    versions = _table().apis.get(kind, ())
    if any(one.api == api for one in versions) and not any(one.api == api and one.serves(minor) for one in versions):
        served = [one.api for one in versions if one.serves(minor)]
        yield Unknown(
            code=API,
            path=("apiVersion",),
            text=f"Kubernetes {minor} does not serve {api} {kind}",
            next_step=f"write apiVersion: {served[0]}"
            if served
            else f"leave the {kind} out, or take a newer Kubernetes",
        )


def _unknown_fields(resource: Resource, minor: Version) -> Iterator[Unknown]:
    newer = _newer(minor)
    places: list[Tokens] = []
    if newer:
        _collect(resource.content, (), newer, places)
    for path in places:
        at = pointer.to_text(path)
        for field in newer[path[-1]]:
            if field.kind.fullmatch(resource.id.kind) and field.path.fullmatch(at):
                text = f"Kubernetes {minor} does not know the field {at}, which came with {field.first}"
                yield Unknown(
                    code=FIELD, path=path, text=text, next_step="remove it with a patch, or take a newer Kubernetes"
                )


def _collect(value: Any, path: Tokens, names: Container[str], places: list[Tokens]) -> None:
    """The paths of members with given names; most objects have none and need no further checks."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in names:
                places.append((*path, name))
            if isinstance(member, (dict, list)):
                _collect(member, (*path, name), names, places)
    else:
        for index, item in enumerate(value):
            if isinstance(item, (dict, list)):
                _collect(item, (*path, str(index)), names, places)


@cache
def _newer(minor: Version) -> Mapping[str, tuple[_VersionedField, ...]]:
    """The fields that were introduced after a minor, by name."""
    found: dict[str, tuple[_VersionedField, ...]] = {}
    for name, field in _table().fields:
        if minor < field.first:
            found[name] = (*found.get(name, ()), field)
    return found


class _Table(Record):
    """The content of the file."""

    apis: Mapping[str, tuple[_Api, ...]]
    fields: tuple[tuple[str, _VersionedField], ...]
    labels: Mapping[str, Version]


@cache
def _table() -> _Table:
    written = shipped_documents(_FILE)[0][0]
    apis: dict[str, tuple[_Api, ...]] = {}
    for entry in written["apis"]:
        one = _Api(entry["api"], _version(entry, "from", _FIRST), _version(entry, "until", _LAST))
        for kind in entry["kinds"]:
            apis[kind] = (*apis.get(kind, ()), one)
    fields = (
        (
            pointer.parse_pointer(entry["path"].removeprefix("**"))[-1],
            _VersionedField(
                re.compile(entry.get("kind", ".*")), compile_pattern(entry["path"]), parse_version(entry["from"])
            ),
        )
        for entry in written["fields"]
    )
    return _Table(apis, tuple(fields), {entry["label"]: parse_version(entry["from"]) for entry in written["labels"]})


def _version(entry: Mapping[str, str], member: str, otherwise: Version) -> Version:
    return parse_version(entry[member]) if member in entry else otherwise
