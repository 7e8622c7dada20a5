"""A location in a file: line and column."""

from __future__ import annotations

from manifestgen.model.record import Record


class Location(Record):
    """Where something is written that an error, a finding or a difference is about.

    Attributes:
        file: the path as the user would write it, or `<stdin>`; relative for shipped data. Where no file holds it,
            what does: an option, an argument, an address, an object, or a pointer into a document that was handed in.
        line: from 1; 0 where the whole file is meant.
        column: from 1; 0 where the whole line or file is meant.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column`, as editors and compilers write it."""
        if not self.line:
            return self.file
        if not self.column:
            return f"{self.file}:{self.line}"
        return f"{self.file}:{self.line}:{self.column}"
