"""The cache of parsed data is believed only where it is whole and made from what is there now."""

from __future__ import annotations

import marshal
import os
import random
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from manifestgen.catalog.document_cache import DocumentCache
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location
from tests.support.prove import times

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {"a.yaml": "image: calico/node:v3.9\n", "below/b.yaml": "b: [1, 2.5, true, null]\n", "apart/c.yaml": "c: 1\n"}


class Parser:
    """Reads YAML, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, path: str) -> list[Any]:
        """The documents of a file."""
        self.asked.append(os.path.basename(path))
        with open(path) as opened:
            text = opened.read()
        if "wrong" in text:
            raise ManifestgenError("wrong", where=Location(os.path.basename(path)))
        return list(yaml.safe_load_all(text))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Some files, and the cache of them."""
    for name, text in TEXTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    parse = Parser()
    assert opened(tmp_path, parse).documents("a.yaml") == [{"image": "calico/node:v3.9"}]
    assert sorted(parse.asked) == ["a.yaml", "b.yaml"]
    return tmp_path


def opened(root: Path, parse: Parser) -> DocumentCache:
    """The cache, as another process opens it."""
    return DocumentCache(str(root), parse, apart=("apart",))


def cache_file(root: Path) -> Path:
    """Where the cache is."""
    (found,) = (root / "__pycache__").iterdir()
    return found


def test_what_is_cached_is_not_parsed(root: Path) -> None:
    """Whichever file is asked for."""
    parse = Parser()
    cache = opened(root, parse)
    assert cache.documents("below/b.yaml") == [{"b": [1, 2.5, True, None]}]
    assert cache.documents("a.yaml") == [{"image": "calico/node:v3.9"}]
    assert parse.asked == []


def test_a_changed_source_is_parsed(root: Path) -> None:
    """Even where its size and modification time are those of before; the others are not parsed again."""
    path = root / "a.yaml"
    before = path.stat()
    path.write_text("image: calico/node:v3.8\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    parse = Parser()
    assert opened(root, parse).documents("a.yaml") == [{"image": "calico/node:v3.8"}]
    assert parse.asked == ["a.yaml"]


def test_a_copied_source_is_not_parsed(root: Path) -> None:
    """What says the same is the same, whatever its times: as where an image of a container was unpacked."""
    os.utime(root / "a.yaml", (1, 1))
    parse = Parser()
    assert opened(root, parse).documents("a.yaml") == [{"image": "calico/node:v3.9"}]
    assert parse.asked == []


def test_a_changed_cache_is_made_again(root: Path) -> None:
    """Whichever bit of it is another: the data is what the sources say."""
    sound = cache_file(root).read_bytes()
    chosen = random.Random(1)
    for _ in range(times(60, 2000)):
        broken = bytearray(sound)
        broken[chosen.randrange(len(broken))] ^= 1 << chosen.randrange(8)
        cache_file(root).write_bytes(broken)
        assert opened(root, Parser()).documents("a.yaml") == [{"image": "calico/node:v3.9"}]
    cache_file(root).write_bytes(sound.replace(b"calico/node", b"evil/image!"))
    assert opened(root, Parser()).documents("a.yaml") == [{"image": "calico/node:v3.9"}]


@pytest.mark.parametrize(
    "content",
    [b"", b"x", marshal.dumps(None), marshal.dumps((1, 2)), marshal.dumps(("manifestgen 1", {"a.yaml": (0, 0, [5])}))],
)
def test_a_cache_of_another_shape_is_made_again(root: Path, content: bytes) -> None:
    """As another version, or nobody, would write it."""
    cache_file(root).write_bytes(content)
    assert opened(root, Parser()).documents("a.yaml") == [{"image": "calico/node:v3.9"}]
    parse = Parser()
    opened(root, parse).documents("a.yaml")
    assert parse.asked == []


def test_mistakes_of_all_files_come_together(root: Path) -> None:
    """When the cache is written, whichever file was asked for; what is sound is kept."""
    (root / "a.yaml").write_text("wrong: 1\n")
    (root / "below" / "d.yaml").write_text("wrong: 2\n")
    for asked in ("a.yaml", "below/d.yaml"):
        parse = Parser()
        with pytest.raises(ManifestgenError) as caught:
            opened(root, parse).documents(asked)
        assert str(caught.value) == "a.yaml: wrong\nd.yaml: wrong"
        assert sorted(parse.asked) == ["a.yaml", "d.yaml"]


def test_where_no_cache_can_be_written_the_data_is_parsed(root: Path) -> None:
    """Only what is asked for, each time."""
    cache_file(root).unlink()
    (root / "__pycache__").rmdir()
    (root / "__pycache__").write_text("in the way")
    for _ in range(2):
        assert opened(root, Parser()).documents("a.yaml") == [{"image": "calico/node:v3.9"}]
