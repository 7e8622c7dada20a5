"""What a comparison with a cluster leaves out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from manifestgen.difference.ignore import from_document, from_words
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.difference.ignore import Ignore


def ignored_fields(words: Sequence[str], files: Sequence[str | os.PathLike[str]]) -> tuple[Ignore, ...]:
    """The fields to ignore: those named, and those that files list.

    Raises:
        InvalidIgnore: a field is not written as it must be.
        YamlError: a file cannot be read.
    """
    found = list(from_words(words))
    for file in files:
        found += _from_file(os.fspath(file))
    return tuple(found)


def _from_file(file: str) -> tuple[Ignore, ...]:
    text = read_file(file)
    documents = read(text, file)
    return from_document(documents[0] if len(documents) == 1 else None, SourceRef(SourceFile(file, lambda: text)))
