"""Building blocks of the formats of shipped files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.schema import API_VERSION
from manifestgen.patch.select import check_pattern
from manifestgen.yamlio.typed import (
    choice,
    list_of,
    mapping,
    parsed,
    string,
)

if TYPE_CHECKING:
    from manifestgen.yamlio.typed import Reader, Readers

strings = list_of(string, nonempty=True)
pattern = parsed(check_pattern)


def file_of_kind(kind: str, members: Readers) -> Reader[dict[str, Any]]:
    """A file with the common header."""
    header = {"apiVersion": choice(API_VERSION), "kind": choice(kind)}
    return mapping(f"a file of kind {kind}", required={**header, **members})
