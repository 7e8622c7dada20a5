"""Pods in the form that an API server stores, so that applying them again changes nothing.

The data is `profiles/kubernetes/stored-form.yaml`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch.draft import amend
from manifestgen.patch.history import Change
from manifestgen.patch.rfc6902 import Operation, same
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource

_FILE = "kubernetes/stored-form.yaml"
_LAYER = "stored form"
_POD = ("spec", "template", "spec")


class _Member(Record):
    """A member that the server removes or fills in.

    Attributes:
        op: `remove` or `add`.
        path: to it in the pod's spec; `*` is any list item.
        value: its value.
        ref: where this is written.
    """

    op: str
    path: Tokens
    value: Any
    ref: SourceRef


def to_stored_form(resources: Iterable[Resource]) -> list[Resource]:
    """The objects, with their pod templates in the form that a server stores."""
    return [_stored(resource) for resource in resources]


def _stored(resource: Resource) -> Resource:
    pod: Any = resource.content
    for name in _POD:
        pod = pod.get(name) if isinstance(pod, dict) else None
    if not isinstance(pod, dict):
        return resource
    for number, member in enumerate(_members(), 1):
        operations = tuple(_operations(pod, member))
        if operations:
            resource = amend(
                resource,
                Change(layer=_LAYER, ref=member.ref, number=number, inside=(), lowered=operations, shown=operations),
            )
    return resource


def _operations(pod: dict[str, Any], member: _Member) -> Iterator[Operation]:
    for path, parent in _parents(pod, member.path[:-1], _POD):
        name = member.path[-1]
        if member.op == "remove" and name in parent and same(parent[name], member.value):
            yield Operation("remove", (*path, name))
        elif member.op == "add" and name not in parent:
            yield Operation("add", (*path, name), member.value)


def _parents(value: Any, path: Tokens, at: Tokens) -> Iterator[tuple[Tokens, dict[str, Any]]]:
    """The mappings that a path with `*` leads to."""
    if not path:
        if isinstance(value, dict):
            yield at, value
    elif path[0] == "*":
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _parents(item, path[1:], (*at, str(index)))
    elif isinstance(value, dict) and path[0] in value:
        yield from _parents(value[path[0]], path[1:], (*at, path[0]))


@cache
def _members() -> tuple[_Member, ...]:
    documents, source = shipped_documents(_FILE)
    ref = SourceRef(source)
    return tuple(
        _Member(op=op, path=pointer.parse_pointer(entry["path"]), value=entry["value"], ref=ref.at(part, index))
        for op, part in (("remove", "removed"), ("add", "added"))
        for index, entry in enumerate(documents[0][part])
    )
