"""Files that are read, and files that are refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from manifestgen.yamlio import errors
from manifestgen.yamlio.files import LIMIT, read_file
from manifestgen.yamlio.reader import read


def test_a_file_is_read_as_text(tmp_path: Path) -> None:
    """The text of a file comes as it is, line ends too, but without a byte order mark."""
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffa: é\r\n".encode())
    assert read_file(path) == read_file(str(path)) == "a: é\r\n"
    assert read(path.read_bytes()) == read(path.read_text()) == [{"a": "é"}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: 1\nb: \xff\n", ":2:4: the text is not UTF-8\n  found: the byte 0xff, invalid start byte"),
        (
            "é: 1\r\né: ".encode() + b"\xc3",
            ":2:4: the text is not UTF-8\n  found: the byte 0xc3, unexpected end of data",
        ),
        ("a: é\n".encode("latin-1"), ":1:4: the text is not UTF-8\n  found: the byte 0xe9, invalid continuation byte"),
        ("a: 1\n".encode("utf-16"), ":1:1: the text is not UTF-8\n  found: UTF-16"),
        ("\ufeffa: 1\n".encode("utf-16-be"), ":1:1: the text is not UTF-8\n  found: UTF-16"),
        ("a: 1\n".encode("utf-32"), ":1:1: the text is not UTF-8\n  found: UTF-32"),
        (b"\xed\xa0\x80", ":1:1: the text is not UTF-8\n  found: the byte 0xed, invalid continuation byte"),
    ],
)
def test_what_is_not_utf8_is_refused_at_its_first_byte(tmp_path: Path, data: bytes, message: str) -> None:
    """The place of the first byte that is not UTF-8 is told, and the byte; of other encodings the name."""
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    with pytest.raises(errors.NotUtf8) as from_file:
        read_file(path)
    with pytest.raises(errors.NotUtf8) as from_bytes:
        read(data, str(path))
    assert str(from_file.value) == str(from_bytes.value)
    assert str(from_file.value) == f"{path}{message}\n  next: save the file as UTF-8"


def test_utf16_without_a_mark_is_refused(tmp_path: Path) -> None:
    """Zero bytes, as UTF-16 without a byte order mark has, are no YAML."""
    path = tmp_path / "a.yaml"
    path.write_bytes("a: 1\n".encode("utf-16-le"))
    with pytest.raises(errors.ForbiddenCharacter, match=r":1:2: the character U\+0000"):
        read(read_file(path), str(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Neither a missing file, nor one under a file, nor an empty name is a traceback."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "a.yaml", tmp_path / "file" / "a.yaml", ""):
        with pytest.raises(errors.NoSuchFile, match="no such file"):
            read_file(path)


def test_a_misspelt_name_leads_to_the_files_nearby(tmp_path: Path) -> None:
    """The files beside a missing one with names like its own are told."""
    for name in ("profile.yaml", "values.yaml", "other.txt"):
        (tmp_path / name).touch()
    with pytest.raises(errors.NoSuchFile) as caught:
        read_file(tmp_path / "profle.yml")
    assert caught.value.candidates[0] == str(tmp_path / "profile.yaml")
    assert str(tmp_path / "other.txt") not in caught.value.candidates


def test_a_directory_is_refused(tmp_path: Path) -> None:
    """A directory where a file is expected is told as such."""
    with pytest.raises(errors.IsDirectory) as caught:
        read_file(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: a file is expected here\n  found: a directory\n")


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    """What the operating system says is told: too many links here, no permission elsewhere."""
    path = tmp_path / "loop.yaml"
    path.symlink_to(path)
    with pytest.raises(errors.Unreadable, match="found: Too many levels of symbolic links"):
        read_file(path)
    with pytest.raises(errors.Unreadable, match="null"):
        read_file("a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """A file that the user may not read is told as such."""
    path = tmp_path / "a.yaml"
    path.touch(0)
    with pytest.raises(errors.Unreadable, match="found: Permission denied"):
        read_file(path)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A file of 100 MB is refused by its size: it is sparse here, and its zeros would be refused as such."""
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(errors.FileTooLarge) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}: the file is larger than 32 MiB\n  found: 95.4 MiB\n")
    assert (caught.value.size, caught.value.limit) == (100_000_000, LIMIT)


def test_the_limit_is_the_callers(tmp_path: Path) -> None:
    """A file as large as the limit is read, one byte more is refused."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    assert read_file(path, limit=5) == "a: 1\n"
    with pytest.raises(errors.FileTooLarge):
        read_file(path, limit=4)


def test_a_pipe_is_read_as_far_as_the_limit(tmp_path: Path) -> None:
    """What has no size beforehand, as `<(helm template …)`, is read, and refused when it goes on beyond the limit."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    for limit in (5, 4):
        writer = threading.Thread(target=path.write_text, args=("a: 1\n",))
        writer.start()
        if limit == 5:
            assert read_file(path, limit, pipes=True) == "a: 1\n"
        else:
            with pytest.raises(errors.FileTooLarge):
                read_file(path, limit, pipes=True)
        writer.join()
    with pytest.raises(errors.NotAFile):
        read_file(path)
    with pytest.raises(errors.NotAFile):
        read_file("/dev/zero")
