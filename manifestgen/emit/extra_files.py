"""Objects that kubectl must not apply: they are written beside the bundle, for the program that they are for.

The data is `extraFiles` in `profiles/catalog.yaml`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS, When, read_when
from manifestgen.catalog.loading import catalog_index, shipped_documents
from manifestgen.catalog.placeholders import filled
from manifestgen.emit.file_names import file_name, file_part
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch.select import fits
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.patch.resource import Resource


class _ExtraFile(Record):
    """A rule for objects that kubectl must not apply, and their files.

    Attributes:
        group, kind, name: anchored regular expressions.
        when: the condition under which it applies.
        folder: the folder of the files.
        files: for each file name (`<kind>` and `<name>` are the object's) a JSON Pointer to its content, or several
            pointers by the key for their value; the one without a key is merged.
    """

    group: str
    kind: str
    name: str
    when: When
    folder: str
    files: Mapping[str, str | Mapping[str, str]]

    def holds(self, resource: Resource, context: Context | None) -> bool:
        """Whether the rule applies to a resource; for a loaded one only its identity counts."""
        if not (fits(self.group, resource.id.group) and fits(self.kind, resource.id.kind)):
            return False
        if not fits(self.name, resource.id.name):
            return False
        return self.when is ALWAYS or (context is not None and self.when.holds(context))


@cache
def _rules() -> tuple[_ExtraFile, ...]:
    ref = SourceRef(shipped_documents("catalog.yaml")[1]).at("extraFiles")
    return tuple(
        _ExtraFile(
            group=entry["group"],
            kind=entry.get("kind", ".*"),
            name=entry.get("name", ".*"),
            when=read_when(entry["when"], ref.at(index, "when")) if "when" in entry else ALWAYS,
            folder=entry["folder"],
            files=entry["files"],
        )
        for index, entry in enumerate(catalog_index()["extraFiles"])
    )


def patterns() -> tuple[str, ...]:
    """The paths, as shell patterns, of files with whole objects."""
    whole = [
        f"{rule.folder}/{filled(name, {'kind': '*', 'name': '*'})}"
        for rule in _rules()
        for name, part in rule.files.items()
        if not part
    ]
    numbered = [f"{stem}-*{dot}{suffix}" for stem, dot, suffix in (path.rpartition(".") for path in whole)]
    return tuple(dict.fromkeys([*whole, *numbered]))


def split(
    resources: Sequence[Resource], context: Context | None
) -> tuple[tuple[Resource, ...], dict[str, tuple[Resource, Any]]]:
    """Splits resources into those that kubectl applies and those that it must not.

    Args:
        resources: in apply order.
        context: what they were rendered for; None for loaded resources, all of which kubectl applies.

    Returns:
        The resources for kubectl, and files for others: path -> the resource, and the file's document.
    """
    applied = []
    others: list[tuple[Resource, _ExtraFile]] = []
    for resource in resources:
        rule = next((rule for rule in _rules() if rule.holds(resource, context)), None)
        if rule is None:
            applied.append(resource)
        else:
            others.append((resource, rule))
    extra: dict[str, tuple[Resource, Any]] = {}
    # Objects of components get the names in the rule; a user's object of the same kind gets its own name.
    for resource, rule in sorted(others, key=lambda one: not one[0].component):
        words = {"kind": resource.id.kind.lower(), "name": resource.id.name}
        for name, part in rule.files.items():
            document = _document(resource.content, part)
            if document:  # an IstioOperator can lack values
                extra[_free(f"{rule.folder}/{filled(name, words)}", resource, extra)] = (resource, document)
    return tuple(applied), extra


def _free(path: str, resource: Resource, taken: Container[str]) -> str:
    """A unique path: with the object's name and, if necessary, its namespace."""
    folder, slash, whole = path.rpartition("/")
    stem, dot, suffix = whole.rpartition(".")
    names = (resource.id.name, f"{resource.id.namespace}-{resource.id.name}")
    fitting = (file_name(f"{stem}-{file_part(name)}", dot + suffix) for name in names)
    paths = (path, *(f"{folder}{slash}{name}" for name in fitting))
    return next((one for one in paths if one not in taken), paths[-1])


def _document(body: Any, part: str | Mapping[str, str]) -> Any:
    """The document of a file, made from an object."""
    if isinstance(part, str):
        return pointer.find(body, pointer.parse_pointer(part))
    found: dict[str, Any] = {}
    for key, path in part.items():
        value = pointer.find(body, pointer.parse_pointer(path))
        if key and value is not None:
            found = {**found, key: value}
        elif isinstance(value, dict):  # anything else has no members to merge
            found = {**found, **value}
    return found
