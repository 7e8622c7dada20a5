"""Standard input, output and error of the process, whatever state the caller left them in.

A shell may start a program with any of them closed (`2>&-`, as some cron and CI runners do), full (`> /dev/full`) or
connected to a reader that has gone. What is meant for one of them must then not land in another, and the exit status
must still say what the command found.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Callable

_CLOSED = (os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)
"""How the null device stands in for a closed stream: input and output such that to use them fails."""


class CannotPrint(ManifestgenError):
    """The result cannot be written to standard output: it is closed, or what it leads to is full."""

    def __init__(self, error: OSError) -> None:
        why = "it is closed" if error.errno == errno.EBADF else error.strerror
        super().__init__(
            f"cannot be written: {why}",
            where=Location("standard output"),
            next_step="the result is lost or cut off: run the same again with an output that takes it",
        )


class _Results(io.FileIO):
    """Standard output."""

    def write(self, data: object, /) -> int:
        """Write what the system takes. A reader that has gone (`… | head`) has what it wanted."""
        return _written(super().write, data, CannotPrint)


class _Diagnostics(io.FileIO):
    """Standard error: what cannot be written there is dropped, for the exit status says what matters."""

    def write(self, data: object, /) -> int:
        """Write what the system takes."""
        return _written(super().write, data, None)


def _written(write: Callable[..., int | None], data: object, failure: type[CannotPrint] | None) -> int:
    size = memoryview(data).nbytes  # type: ignore[arg-type]
    try:
        return write(data) or 0
    except BrokenPipeError:
        return size
    except OSError as error:
        if failure:
            raise failure(error) from None
        return size


def open_streams() -> None:
    """Make the process's standard streams such that they can be used safely."""
    for number, flags in enumerate(_CLOSED):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # takes the lowest number that is free: this one
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    sys.stdout = _text(_Results(1, "w", closefd=False))
    sys.stderr = _text(_Diagnostics(2, "w", closefd=False), line_buffering=True)


def _text(raw: io.FileIO, *, line_buffering: bool = False) -> io.TextIOWrapper:
    """A text stream with the same bytes whatever the locale."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8",
        errors="surrogateescape",
        newline="\n",
        line_buffering=line_buffering or raw.isatty(),
    )


def discard_results() -> None:
    """Drop what is still to be written to standard output, so that the interpreter does not try again as it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
