"""A file that was read, kept so that errors can name a line and column in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Callable

    from manifestgen.yamlio.documents import Part

    Apart = tuple[tuple[Part, ...], Callable[[int, int], str]]
    """The documents of a file, and what gives the text of a part of it."""
    Positions = dict[tuple[Any, ...], tuple[int, int]]

Path = tuple[Any, ...]
"""Keys and indexes from the top of a document to a value."""


class SourceFile:
    """A YAML file by its name and text.

    Lines and columns are computed on first use: a render that succeeds needs none.

    Args:
        name: how messages call the file.
        text: the file's text, or what gives it: a function that can be pickled.
        apart: the documents of a file whose text is not kept, with a function that reads one of them.
    """

    __slots__ = ("_located", "_parts", "_read_part", "_text", "name")

    def __init__(self, name: str, text: str | Callable[[], str], apart: Apart | None = None) -> None:
        self.name = name
        self._text = text
        self._parts: tuple[Part, ...] | None = apart[0] if apart else None
        self._read_part: Callable[[int, int], str] | None = apart[1] if apart else None
        self._located: dict[int, Positions] = {}

    @property
    def text(self) -> str:
        """The text of the file."""
        return self._text if isinstance(self._text, str) else self._text()

    def location(self, path: Path = (), document: int = 0) -> Location:
        """The location of a value, or of its nearest parent if the value itself is not in the file."""
        positions = self._positions_in(document)
        for length in range(len(path), -1, -1):
            if path[:length] in positions:
                return Location(self.name, *positions[path[:length]])
        return Location(self.name)

    def _positions_in(self, document: int) -> Positions:
        """The positions in one document, read on first use: alone if the text allows it."""
        if document not in self._located:
            from manifestgen.yamlio.documents import parts  # the parser is loaded only when needed
            from manifestgen.yamlio.reader import locate, locate_document

            found, read_part = None, self._read_part
            if self._parts is None:
                self._parts = parts(self.text)
            if document < len(self._parts):
                start, end, line = self._parts[document]
                found = locate_document(read_part(start, end) if read_part else self.text[start:end], self.name, line)
            if found is None:
                self._located = {document: {}, **dict(enumerate(locate(self.text, self.name)))}
            else:
                self._located[document] = found
        return self._located[document]

    def __reduce__(self) -> tuple[Any, ...]:
        apart = (self._parts, self._read_part) if self._parts is not None and self._read_part else None
        return SourceFile, (self.name, self._text, apart)

    def __repr__(self) -> str:
        return f"SourceFile({self.name!r})"


class SourceRef:
    """A value in a source file; its `str()` is `file:line:column`.

    Args:
        source: the file.
        path: keys and indexes down to the value.
        document: index of the document among those of the file that are not empty.
    """

    __slots__ = ("document", "path", "source")

    def __init__(self, source: SourceFile, path: Path = (), document: int = 0) -> None:
        self.source = source
        self.path = path
        self.document = document

    def at(self, *path: Any) -> SourceRef:
        """The reference of a value below this one."""
        return SourceRef(self.source, (*self.path, *path), self.document)

    @property
    def location(self) -> Location:
        """The file, line and column."""
        return self.source.location(self.path, self.document)

    def __str__(self) -> str:
        return str(self.location)
