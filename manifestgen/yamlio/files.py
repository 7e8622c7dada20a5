"""Files and bytes to text: the only module of this package that touches the file system."""

from __future__ import annotations

import os
import stat

from manifestgen.errors import nearest
from manifestgen.model.location import Location
from manifestgen.yamlio.errors import FileTooLarge, IsDirectory, NoSuchFile, NotAFile, NotUtf8, Unreadable

LIMIT = 32 << 20
"""Default of how large a file may be, in bytes: 32 MiB, ninety times Calico's largest install manifest."""

_OTHER_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def read_file(path: str | os.PathLike[str], limit: int = LIMIT, *, pipes: bool = False) -> str:
    """The text of a UTF-8 file, without the byte order mark at its start.

    Args:
        path: the file.
        limit: the most bytes it may have; a larger regular file is refused before it is read.
        pipes: whether pipes and devices are read too. A command line can name one, as in `manifestgen diff <(…) FILE`;
            a file must not, because reading it might never end.

    Raises:
        FileRefused: it is missing, a directory, not readable or too large.
        NotUtf8: it is not UTF-8.
    """
    name = os.fspath(path)
    try:
        status = os.stat(name)
        if stat.S_ISDIR(status.st_mode):
            raise IsDirectory(name)
        if not stat.S_ISREG(status.st_mode) and not pipes:
            raise NotAFile(name)
        if stat.S_ISREG(status.st_mode) and status.st_size > limit:
            raise FileTooLarge(name, status.st_size, limit)
        with open(name, "rb") as file:
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NoSuchFile(name, _nearby(name)) from None
    except (OSError, ValueError) as error:
        raise Unreadable(name, getattr(error, "strerror", None) or str(error)) from None
    if len(data) > limit:
        raise FileTooLarge(name, 0, limit)
    return decode(data, name)


def read_range(path: str, start: int, end: int) -> str:
    """A part of a file, by its first byte and the one after its last; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(start)
            return file.read(end - start).decode(errors="replace")
    except OSError:
        return ""


def _nearby(path: str) -> list[str]:
    """The files in the directory of a missing one whose names are closest to its name."""
    directory, name = os.path.split(path)
    try:
        present = os.listdir(directory or os.curdir)
    except (OSError, ValueError):
        return []
    return [os.path.join(directory, near) for near in nearest(name, present)]


def decode(data: str | bytes, file: str) -> str:
    """A text without its byte order mark; bytes are decoded from UTF-8.

    Raises:
        NotUtf8: with the location of the first invalid byte.
    """
    text = data if isinstance(data, str) else _decoded(data, file)
    return text[1:] if text.startswith("\ufeff") else text


def _decoded(data: bytes, file: str) -> str:
    for mark, encoding in _OTHER_ENCODINGS:
        if data.startswith(mark):
            raise NotUtf8(encoding, Location(file, 1, 1))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        location = location_of(before, len(before), file)
        raise NotUtf8(f"the byte 0x{data[error.start]:02x}, {error.reason}", location) from None


def location_of(text: str, index: int, file: str) -> Location:
    """The location of the character at an index."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return Location(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
