"""The objects of an install as given, each with its text, and those that a profile leaves out."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.adoption.errors import DuplicateObject
from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.resource_files import objects
from manifestgen.errors import ErrorCollector, ManifestgenError
from manifestgen.model import pointer
from manifestgen.model.plain import copied
from manifestgen.model.record import Record
from manifestgen.patch.select import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from manifestgen.patch.resource import Resource

RULES_FILE = "adoption.yaml"
_DEFAULTS_FILE = "kubernetes/defaults.yaml"
_DOCUMENT = re.compile(r"^---(?=\s|$).*\n?", re.MULTILINE)
_FROM_A_SERVER = ("uid", "resourceVersion", "managedFields")
"""Members of metadata that only an API server writes."""


class LeftOut(Record):
    """An object of the source that the profile leaves out.

    Attributes:
        resource: the object.
        because: the reason.
    """

    resource: Resource
    because: str


class InstallSource(Record):
    """An install as given.

    Attributes:
        objects: the objects for the profile.
        left_out: the other objects.
    """

    objects: tuple[Resource, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_source(resources: Iterable[Resource]) -> InstallSource:
    """An install from its objects.

    Raises:
        DuplicateObject: an object occurs twice; for several, Failures.
    """
    gathered = ErrorCollector()
    known: dict[tuple[str, ...], Resource] = {}
    kept: list[Resource] = []
    left_out: list[LeftOut] = []
    for resource in resources:
        because = _left_out(resource.content)
        key = (resource.id.group, *resource.id[2:])
        if because:
            left_out.append(LeftOut(resource, because))
        elif key in known:
            gathered.add(DuplicateObject(known[key], resource))
        else:
            known[key] = resource
            kept.append(resource)
    gathered.raise_all()
    return InstallSource(tuple(kept), tuple(left_out))


def is_from_a_server(body: Mapping[str, Any]) -> bool:
    """Whether an object was read from a cluster, which fills in fields."""
    return any(body["metadata"].get(member) for member in _FROM_A_SERVER)


def without_server_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an object without its status and the server's metadata."""
    found: dict[str, Any] = copied(dict(body))
    for path in _owned():
        parent: Any = found
        for token in path[:-1]:
            parent = parent.get(token) if isinstance(parent, dict) else None
        if isinstance(parent, dict):
            parent.pop(path[-1], None)
    if found["metadata"].get("annotations") == {}:
        del found["metadata"]["annotations"]
    return found


def verbatim(resource: Resource) -> str:
    """The text of the document with an object, with comments; empty if it cannot be used unchanged.

    That is so if it has several objects, if a profile's files are read more strictly (aliases), or if a
    kustomization has changed the object.
    """
    ref = resource.ref
    if ref is None or ref.path or resource.content != resource.base:
        return ""
    documents = documents_of(ref.source.text)
    if ref.document >= len(documents):
        return ""
    text = documents[ref.document]
    try:
        found = objects(text, ref.source.name)
    except ManifestgenError:
        return ""
    return text if len(found) == 1 and found[0].content == resource.content else ""


@cache
def documents_of(text: str) -> tuple[str, ...]:
    """The documents of a YAML stream that are not empty, each as its text without the `---` before it."""
    found = []
    for part in _DOCUMENT.split(text):
        lines = [line for line in part.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        if lines:
            found.append(part.strip("\n") + "\n")
    return tuple(found)


def _left_out(body: Mapping[str, Any]) -> str:
    for owner in body["metadata"].get("ownerReferences") or ():
        if isinstance(owner, dict) and owner.get("controller"):
            return f"{owner.get('kind')} {owner.get('name')} owns it"
    group = body["apiVersion"].rpartition("/")[0]
    for rule in shipped_documents(RULES_FILE)[0][0]["leftOut"]:
        facts = (
            (rule.get("group"), group),
            (rule["kind"], body["kind"]),
            (rule.get("name"), body["metadata"].get("name") or ""),
            (rule.get("type"), str(body.get("type"))),
        )
        if all(pattern is None or fits(pattern, text) for pattern, text in facts):
            return str(rule["because"])
    return ""


@cache
def _owned() -> Sequence[tuple[str, ...]]:
    entries = shipped_documents(_DEFAULTS_FILE)[0][0]["owned"]
    paths = [entry["path"] for entry in entries if "kind" not in entry]
    return [pointer.parse_pointer(path) for path in paths if path == "/status" or path.startswith("/metadata/")]
