"""Lists whose order has no meaning; the table is `profiles/kubernetes/unordered.yaml`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model import pointer
from manifestgen.model.path_pattern import compile_pattern
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.model.identity import Id
    from manifestgen.model.pointer import Tokens

_FILE = "kubernetes/unordered.yaml"


class _UnorderedList(Record):
    """An entry of the table."""

    group: re.Pattern[str]
    kind: re.Pattern[str]
    path: re.Pattern[str]
    unless: re.Pattern[str] | None


class FreeLists:
    """The lists of an object whose order has no meaning.

    Args:
        identity: the identity of the object.
    """

    def __init__(self, identity: Id) -> None:
        self._entries = [
            one for one in _table() if one.group.fullmatch(identity.group) and one.kind.fullmatch(identity.kind)
        ]

    def is_free(self, path: Tokens, left: Sequence[Any], right: Sequence[Any]) -> bool:
        """Whether the order of a list has no meaning; in embedded documents it always counts."""
        if "" in path:
            return False
        at = pointer.to_text(path)
        return any(
            one.path.fullmatch(at) and not (one.unless and _says(one.unless, (*left, *right))) for one in self._entries
        )


@cache
def _table() -> tuple[_UnorderedList, ...]:
    return tuple(
        _UnorderedList(
            group=re.compile(entry.get("group", ".*")),
            kind=re.compile(entry.get("kind", ".*")),
            path=compile_pattern(entry["path"]),
            unless=re.compile(entry["unless"], re.DOTALL) if "unless" in entry else None,
        )
        for entry in shipped_documents(_FILE)[0][0]["lists"]
    )


def _says(pattern: re.Pattern[str], values: Sequence[Any]) -> bool:
    return any(pattern.fullmatch(text) for value in values for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _texts(member)
