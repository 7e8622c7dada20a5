"""Results that depend only on the shipped data and the code, kept on disk beside the parsed data.

Some seventy layers make up what Calico publishes for a profile and a release; composing them, and reading the layers,
takes a third of a whole render. As with the parsed data, hashes tell whether a result is intact and up to date,
and nothing depends on the cache: if it cannot be written, results are computed each time.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from manifestgen._version import __version__
from manifestgen.catalog.cache_file import hashed, load, made, save
from manifestgen.catalog.loading import data_root, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_FORMAT = b"manifestgen results 1\n"
_MOST = 512
"""Results on disk at the most; when there are so many, they are removed."""
_WRITES = iter(range(8))
"""A process writes few results: one that renders many combinations has them in memory."""
_CODE = ("model", "yamlio", "patch", "embedded", "catalog", "compose", "injector")
"""The packages that results are made by."""


def kept(key: str, make: Callable[[], T]) -> T:
    """A result, from disk if it is cached.

    Args:
        key: identifies it, with everything it depends on besides the shipped data and the code. It must not contain a
            secret.
        make: computes it; the result must be picklable.
    """
    file = os.path.join(_folder(), f"{hashed(key.encode()).hex()}.pickle")
    found = _load(file)
    if found is not None and found[0] == key:
        known: T = found[1]
        return known
    result = make()
    _save(file, (key, result))
    return result


@cache
def _folder() -> str:
    """The directory of results that were computed from the current data and code."""
    told = hashed(fingerprint() + repr([__version__, *_code()]).encode()).hex()
    return os.path.join(data_root(), "__pycache__", f"results.{sys.implementation.cache_tag}.{told}")


def _code() -> Iterator[tuple[str, int, int]]:
    """Every module that can influence a result, with its size and modification time."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for room in _CODE:
        for parent, _, names in os.walk(os.path.join(package, room)):
            for name in sorted(names):
                if name.endswith(".py"):
                    status = os.stat(os.path.join(parent, name))
                    yield name, status.st_size, status.st_mtime_ns


def _load(file: str) -> tuple[str, Any] | None:
    payload = load(file, _FORMAT)
    if payload is None:
        return None
    from _pickle import loads  # importing the module pickle takes longer than this

    found: tuple[str, Any] = loads(payload)
    return found


def _save(file: str, found: tuple[str, Any]) -> None:
    folder = os.path.dirname(file)
    if next(_WRITES, None) is None or not made(os.path.dirname(folder)):
        return
    try:
        if not os.path.isdir(folder) or len(os.listdir(folder)) >= _MOST:
            _remove_all(folder)
    except OSError:
        return
    if made(folder):
        from _pickle import dumps

        save(file, _FORMAT, dumps(found, 5))


def _remove_all(folder: str) -> None:
    """Remove all results, most of which belong to data or code that has changed."""
    parent, name = os.path.split(folder)
    beginning = name.rpartition(".")[0]
    for other in os.listdir(parent) if os.path.isdir(parent) else ():
        if other.startswith(f"{beginning}.") and not os.path.islink(os.path.join(parent, other)):
            for file in os.listdir(os.path.join(parent, other)):
                os.remove(os.path.join(parent, other, file))
            os.rmdir(os.path.join(parent, other))
