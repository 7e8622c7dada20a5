"""The files of an adopted profile, as text by path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.adoption.source import is_from_a_server, verbatim, without_server_fields
from manifestgen.emit.directory import File
from manifestgen.errors import visible
from manifestgen.model.record import Record
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from manifestgen.adoption.images import ImageSettings
    from manifestgen.adoption.operations import PatchStep
    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

PROFILE = "profile.yaml"
OVERLAY = "overlays/late"
INJECTOR = "injector.yaml"
WRITTEN = re.compile(
    rf"(?:resources/.+|{OVERLAY}/profile|profile|injector)\.yaml|resources/published/(?:SHA256SUMS|[^/]+\.yaml\.left-out)"
)
"""The paths that are ever written into an adopted profile."""

_API_VERSION = "manifestgen/v1"
_SECRET_MODE = 0o600
_OPERATOR = re.compile(r"([.^$*+?()\[\]{}\\|])")


class ObjectPatch(Record):
    """The changes of a profile to one object.

    Attributes:
        target: the identity of the object before.
        steps: the operations, in order.
        original: the identity of the published object.
    """

    target: Id
    steps: tuple[PatchStep, ...]
    original: Id

    @property
    def removes(self) -> bool:
        """Whether it removes the whole object."""
        return any(step.operation == {"op": "remove", "path": ""} for step in self.steps)


class OwnFile(Record):
    """A file with an object of the install that the release does not publish.

    Attributes:
        path: relative to the profile.
        resource: the object.
        file: the text and its mode.
        rewritten: why the text differs from the source; empty if it does not.
        wanted: the object in the install, if the file has the published one; None if they are equal.
    """

    path: str
    resource: Resource
    file: File
    rewritten: str = ""
    wanted: dict[str, Any] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """What a profile must render of the object."""
        return self.resource.content if self.wanted is None else self.wanted


class ProfileDraft(Record):
    """A profile that has not been written yet.

    Attributes:
        name: of the profile.
        source: where it comes from, for the comment at the top.
        extends: a shipped profile.
        calico: the release with its patch.
        istio: its version; empty if unknown.
        components: the components of the install in addition to the defaults.
        values: of parameters.
        to_fill_in: parameters that still need a value.
        images: images that differ from the release's.
        labels: labels on every object of the install.
        patches: patches of what the release publishes.
        late: patches of the final result, for changes that the profile's patches would be too early for.
        own: the files of the other objects.
        injector: the ConfigMap of Istio's sidecar injector.
        published: whether fixes of what was published are left out.
        others: files that nothing refers to, by path.
    """

    name: str
    source: str
    extends: str
    calico: str
    istio: str
    components: tuple[str, ...]
    values: Mapping[str, Any]
    to_fill_in: tuple[str, ...]
    images: ImageSettings
    labels: Mapping[str, str]
    patches: tuple[ObjectPatch, ...]
    late: tuple[ObjectPatch, ...] = ()
    own: tuple[OwnFile, ...] = ()
    injector: OwnFile | None = None
    published: bool = False
    others: Mapping[str, File] = {}

    def files(self) -> dict[str, File]:
        """The files of the profile by path."""
        found = {PROFILE: File(self._profile(), _mode(self.patches))}
        if self.late:
            found[f"{OVERLAY}/{PROFILE}"] = File(self._overlay(), _mode(self.late))
        if self.injector:
            found[INJECTOR] = self.injector.file
        return found | {one.path: one.file for one in self.own} | dict(self.others)

    def _profile(self) -> str:
        head = {
            "apiVersion": _API_VERSION,
            "kind": "Profile",
            "metadata": {"name": self.name},
            "extends": self.extends,
            "calico": self.calico,
            "istio": self.istio,
            "components": list(self.components),
            "published": self.published,
            "injector": INJECTOR if self.injector else "",
            "registry": self.images.registry,
            "values": dict(self.values),
        }
        tail = {
            "resources": [one.path for one in self.own],
            "overlays": [OVERLAY] if self.late else [],
            "patches": list(patch_entries(self.patches)),
            "labels": [{"pairs": dict(self.labels)}] if self.labels else [],
            "images": [dict(rule) for rule in self.images.rules],
        }
        comment = f"# Adopted from {visible(self.source)}: see manifestgen adopt.\n"
        return "".join([comment, _stated(head), *self._to_fill_in(), _stated(tail)])

    def _to_fill_in(self) -> Iterator[str]:
        if self.to_fill_in:
            yield "# To fill in: what was adopted has a placeholder here.\n"
            yield from [] if self.values else ["# values:\n"]
            yield from (f"#   {name}: …\n" for name in self.to_fill_in)

    def _overlay(self) -> str:
        comment = "# What is changed after policy, parameters and the images of the release have been put in.\n"
        body = {
            "apiVersion": _API_VERSION,
            "kind": "Overlay",
            "metadata": {"name": f"{self.name}-late"},
            "patches": list(patch_entries(self.late)),
        }
        return comment + write_document(body)


def _stated(members: Mapping[str, Any]) -> str:
    """A part of a file: the members that are not empty."""
    said = {member: value for member, value in members.items() if value}
    return write_document(said) if said else ""


def own_files(objects: Iterable[Resource]) -> list[OwnFile]:
    """The files of objects that the release does not publish, in the order of the source."""
    found: list[OwnFile] = []
    names: set[str] = set()
    for one in objects:
        stem = re.sub(r"[^a-z0-9.-]+", "-", f"{one.id.kind}-{one.id.name}".lower()).strip("-.")[:200]
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.add(name)
        text, why = _own_text(one)
        mode = _SECRET_MODE if one.id.kind == "Secret" else File("").mode
        found.append(OwnFile(path=f"resources/{name}.yaml", resource=one, file=File(text, mode), rewritten=why))
    return found


def _own_text(resource: Resource) -> tuple[str, str]:
    if is_from_a_server(resource.content):
        return write_document(without_server_fields(resource.content)), "fields of the API server were removed"
    text = verbatim(resource)
    if text:
        return text, ""
    if resource.ref is not None and resource.ref.path:
        return write_document(resource.content), "it was in a list"
    return write_document(resource.content), "its text cannot be read as a file of a profile"


def patch_entries(patches: Sequence[ObjectPatch]) -> Iterable[dict[str, Any]]:
    """The entries of `patches`: one for each object, and one more for each document in one of its strings."""
    for one in patches:
        target = {"kind": one.target.kind, "name": _OPERATOR.sub(r"\\\1", one.target.name)}
        if one.target.namespace:
            target["namespace"] = one.target.namespace
        grouped: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = {}
        for step in one.steps:
            grouped.setdefault(step.documents, []).append(step.operation)
        for documents, operations in grouped.items():
            entry: dict[str, Any] = {"target": target}
            inside = [{"path": path, "format": form} for path, form in documents]
            if inside:
                entry["document"] = inside[0] if len(inside) == 1 else inside
            yield {**entry, "patch": operations}


def _mode(patches: Iterable[ObjectPatch]) -> int:
    return _SECRET_MODE if any(one.target.kind == "Secret" for one in patches) else File("").mode
