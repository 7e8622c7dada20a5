"""Fields that a user does not want to hear of in a comparison with a cluster: `--ignore PATH`, and a file of them.

A PATH is a JSON Pointer in which `*` is any list item or member and a leading `**` may be anything; a list item may be
named, as `[name=calico-node]`. `KIND:PATH` and `KIND/NAME:PATH` are about these objects only. What is below the path
is ignored with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector, ManifestgenError
from manifestgen.model.path_pattern import compile_pattern
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.errors import Where
    from manifestgen.model.identity import Id
    from manifestgen.yamlio.locations import SourceRef

_WORD = re.compile(r"(?:(?P<kind>[A-Za-z]+)(?:/(?P<name>[^:/]+))?:)?(?P<path>/.*|\*\*.*)", re.DOTALL)
_MEMBERS = ("kind", "name", "namespace", "path", "reason")


class InvalidIgnore(ManifestgenError):
    """A field to ignore is not written as it must be."""

    def __init__(self, found: str, where: Where = "") -> None:
        super().__init__(
            "this names no field to ignore",
            where=where,
            found=found,
            next_step="write [KIND[/NAME]:]PATH, for example DaemonSet/calico-node:/spec/template/metadata/annotations",
        )


class Ignore(Record):
    """A field to ignore.

    Attributes:
        path: matches the JSON Pointer of the field, and of what is below it.
        kind, name, namespace: of the objects that it is about; empty for any.
    """

    path: re.Pattern[str]
    kind: str = ""
    name: str = ""
    namespace: str = ""

    def about(self, identity: Id) -> bool:
        """Whether it is about an object."""
        return all(
            not wanted or wanted == actual
            for wanted, actual in (
                (self.kind, identity.kind),
                (self.name, identity.name),
                (self.namespace, identity.namespace),
            )
        )


def from_words(words: Iterable[str]) -> tuple[Ignore, ...]:
    """Fields written as `[KIND[/NAME]:]PATH`.

    Raises:
        InvalidIgnore: one is not.
    """
    found = []
    for word in words:
        match = _WORD.fullmatch(word)
        if not match:
            raise InvalidIgnore(word, "--ignore")
        found.append(Ignore(compile_pattern(match["path"], below=True), match["kind"] or "", match["name"] or ""))
    return tuple(found)


def from_document(document: Any, ref: SourceRef) -> tuple[Ignore, ...]:
    """The fields that an ignore file lists: under `ignore:` mappings with a path and what it is about.

    Raises:
        InvalidIgnore: an entry has another form; all of them together.
    """
    entries = document.get("ignore") if isinstance(document, dict) else None
    if not isinstance(entries, list) or set(document) - {"ignore"}:
        raise InvalidIgnore("a file of another form", ref.location)
    found = []
    errors = ErrorCollector()
    for index, entry in enumerate(entries):
        at = ref.at("ignore", index)
        with errors:
            if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
                raise InvalidIgnore(f"entry {index} is no mapping of texts", at.location)
            unknown = [name for name in entry if name not in _MEMBERS]
            if unknown or not entry.get("path", "").startswith(("/", "**")):
                problem = f"unknown key {unknown[0]!r}" if unknown else "no path that starts with / or **"
                raise InvalidIgnore(problem, at.location)
            names = {name: entry.get(name, "") for name in ("kind", "name", "namespace")}
            found.append(Ignore(compile_pattern(entry["path"], below=True), **names))
    errors.raise_all()
    return tuple(found)
