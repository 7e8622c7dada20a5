"""`load`: a bundle from files."""

from __future__ import annotations

import io
import os
from typing import IO, TYPE_CHECKING

from manifestgen.api.arguments import path_of
from manifestgen.api.bundle import Bundle
from manifestgen.catalog.resource_files import objects
from manifestgen.errors import ErrorCollector
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.files import decode, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator


def load(source: str | os.PathLike[str] | IO[str] | IO[bytes]) -> Bundle:
    """A bundle from a file, a directory or a stream.

    Args:
        source: the path of a file; or of a directory, of which a bundle's own files are read, or else every YAML and
            JSON file below it; or an open file such as `sys.stdin`.

    Raises:
        YamlError: a file cannot be read, or holds something that is not a Kubernetes object.
    """
    if isinstance(source, (io.TextIOBase, io.BufferedIOBase, io.RawIOBase)):
        name = getattr(source, "name", None)
        file = name if isinstance(name, str) else "<stream>"
        return Bundle(objects(decode(source.read(), file), file))
    source = path_of("source", source, "a path or an open file")
    gathered = ErrorCollector()
    found: list[Resource] = []
    for path in _files_of(source):
        with gathered:
            found += objects(read_file(path), path)
    gathered.raise_all()
    return Bundle(found)


def load_applied(source: str | os.PathLike[str]) -> tuple[Resource, ...]:
    """What kubectl applies of a bundle in a file or a directory, without what is there for istioctl, Helm or calicoctl.

    Raises:
        YamlError: as for `load`.
    """
    beside = {os.path.normpath(path) for path in _extra_files(os.fspath(source))}
    return tuple(
        one for one in load(source).applied() if one.ref is None or os.path.normpath(one.ref.source.name) not in beside
    )


def _files_of(source: str) -> list[str]:
    if not os.path.isdir(source):
        return [source]
    numbered = os.path.join(source, "resources")
    is_bundle = os.path.isdir(numbered)
    root = numbered if is_bundle else source
    paths = [os.path.join(parent, name) for parent, _, names in os.walk(root) for name in names]
    kept = (".yaml", ".yml", ".json")
    found = sorted(path for path in paths if path.endswith(kept) and os.path.basename(path) != "kustomization.yaml")
    return found + ([path for path in _extra_files(source) if os.path.isfile(path)] if is_bundle else [])


def _extra_files(directory: str) -> Iterator[str]:
    """Where a bundle keeps whole objects that kubectl must not apply."""
    from glob import escape, glob

    from manifestgen.emit.extra_files import patterns

    found = (sorted(glob(os.path.join(escape(directory), pattern))) for pattern in patterns())
    yield from dict.fromkeys(path for paths in found for path in paths)
