"""Fields to ignore in a comparison with a cluster: `--ignore PATH`, and files that list them.

A PATH is a JSON Pointer in which `*` is any list item or member and a leading `**` any path; list items can be
named, as in `[name=calico-node]`. `KIND:PATH` and `KIND/NAME:PATH` only concern these objects. Fields below the path
are ignored too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError
from manifestgen.model.identity import Id
from manifestgen.model.location import Location
from manifestgen.model.path_pattern import compile_pattern
from manifestgen.model.record import Record
from manifestgen.yamlio.typed import any_string, list_of, mapping, string

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.errors import Where
    from manifestgen.yamlio.locations import SourceRef

_WORD = re.compile(r"(?:(?P<kind>[A-Za-z]+)(?:/(?P<name>[^:/]+))?:)?(?P<path>/.*|\*\*.*)", re.DOTALL)


class InvalidIgnore(ManifestgenError):
    """A field to ignore has a syntax error."""

    def __init__(self, found: str, where: Where | None = None) -> None:
        super().__init__(
            "this is not a field to ignore",
            where=where,
            found=found,
            next_step="write [KIND[/NAME]:]PATH, for example DaemonSet/calico-node:/spec/template/metadata/annotations",
        )


class Ignore(Record):
    """A field to ignore.

    Attributes:
        path: matches the JSON Pointer of the field and of fields below it.
        kind, name, namespace: the objects that it concerns; empty for any.
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
            raise InvalidIgnore(word, Location("--ignore"))
        found.append(Ignore(compile_pattern(match["path"], below=True), match["kind"] or "", match["name"] or ""))
    return tuple(found)


def from_document(document: Any, ref: SourceRef) -> tuple[Ignore, ...]:
    """The fields in an ignore file: `ignore:` is a list of mappings with a path and the objects that it concerns.

    Raises:
        FormatError, InvalidIgnore: every mistake in the file, with its location.
    """
    found: tuple[Ignore, ...] = _FILE(document, ref)["ignore"]
    return found


def _path(value: Any, ref: SourceRef) -> re.Pattern[str]:
    path = string(value, ref)
    if not path.startswith(("/", "**")):
        raise InvalidIgnore(path, ref.location)
    return compile_pattern(path, below=True)


def _entry(value: Any, ref: SourceRef) -> Ignore:
    entry = _ENTRY(value, ref)
    return Ignore(
        path=entry["path"], kind=entry.get("kind", ""), name=entry.get("name", ""), namespace=entry.get("namespace", "")
    )


_ENTRY = mapping(
    "a field to ignore",
    required={"path": _path},
    optional=dict.fromkeys(("kind", "name", "namespace", "reason"), any_string),
)
_FILE = mapping("a file of fields to ignore", required={"ignore": list_of(_entry)})
