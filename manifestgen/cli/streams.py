"""Standard input, output and error of the process, in whatever state the caller left them.

A shell may start a program with any of them closed (`2>&-`, as some cron and CI runners do), full (`> /dev/full`) or
connected to a reader that has gone. Output for one of them must then not end up in another, and the exit status
must still say what the command found.
"""

from __future__ import annotations

import errno
import io
import os
import sys

from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_CLOSED = (os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)
"""How the null device stands in for a closed stream: input and output such that to use them fails."""


class CannotPrint(ManifestgenError):
    """The result cannot be written to standard output: it is closed, or the device is full."""

    def __init__(self, error: OSError) -> None:
        why = "it is closed" if error.errno == errno.EBADF else error.strerror
        super().__init__(
            f"cannot be written: {why}",
            where=Location("standard output"),
            next_step="the result is lost or cut off: run the same command again with an output that has room",
        )


class CannotRead(ManifestgenError):
    """Standard input cannot be read: it is closed."""

    def __init__(self) -> None:
        super().__init__(
            "cannot be read: it is closed",
            where=Location("standard input"),
            next_step="pipe the text in, or name a file",
        )


class _ClosedInput(io.FileIO):
    """What stands in for a standard input that is closed."""

    def readinto(self, _buffer: object, /) -> int:
        """Say so."""
        raise CannotRead

    def readall(self) -> bytes:
        """Say so."""
        raise CannotRead


class _Results(io.FileIO):
    """Standard output."""

    def write(self, data: object, /) -> int:
        """Write as much as possible. A reader that has gone (`… | head`) has what it wanted."""
        return _written(super().write, data, CannotPrint)


class _Diagnostics(io.FileIO):
    """Standard error: what cannot be written is dropped, since the exit status says what matters."""

    def write(self, data: object, /) -> int:
        """Write as much as possible."""
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
    """Make the process's standard streams safe to use."""
    for number, flags in enumerate(_CLOSED):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # takes the lowest free number: this one
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_ClosedInput(0, closefd=False)), encoding="utf-8")
    sys.stdout = _text(_Results(1, "w", closefd=False))
    sys.stderr = _text(_Diagnostics(2, "w", closefd=False), line_buffering=True)


def _text(raw: io.FileIO, *, line_buffering: bool = False) -> io.TextIOWrapper:
    """A text stream with the same bytes in every locale."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8",
        errors="surrogateescape",
        newline="\n",
        line_buffering=line_buffering or raw.isatty(),
    )


def discard_results() -> None:
    """Drop pending output, so that the interpreter does not try to write it again when it exits."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
