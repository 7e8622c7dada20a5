"""Every shipped file keeps its format, and a mistake in one is an error at its place: never silence or a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path as FilePath
from typing import Any

import pytest
import yaml

from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location
from tests.catalog.shipped import PATHS, documents, hold
from tests.support.program import manifestgen
from tests.support.prove import times

PACKAGE = FilePath(__file__).parents[2] / "manifestgen"
TABLE = yaml.safe_load((FilePath(__file__).parents[1] / "cases" / "catalog" / "mistakes.yaml").read_text())

Path = tuple[Any, ...]
"""Keys and indexes down to a value."""


@pytest.mark.parametrize("path", PATHS)
def test_a_shipped_file_keeps_its_format(path: str) -> None:
    """As it is shipped."""
    hold(path, documents(path))


class Freedom:
    """What the table says of one shipped file."""

    def __init__(self, path: str) -> None:
        entries = [
            entry
            for entry in TABLE
            if any(fnmatchcase(path, pattern) for pattern in entry["files"]) and path not in entry.get("besides", ())
        ]
        self.known = bool(entries)
        self._required = [item for entry in entries for item in entry.get("required", {}).items()]
        self._names = [pattern for entry in entries for pattern in entry.get("names", ())]
        self._free = [pattern for entry in entries for pattern in entry.get("free", ())]

    def is_required(self, path: Path) -> bool:
        """Whether a key must be there."""
        return any(path[-1] in keys and is_at(path[:-1], pattern) for pattern, keys in self._required)

    def is_name(self, path: Path) -> bool:
        """Whether a key is one that nobody can misspell."""
        return any(is_at(path[:-1], pattern) for pattern in self._names)

    def is_free(self, path: Path) -> bool:
        """Whether a value may be anything."""
        return any(is_at(path[:length], pattern) for pattern in self._free for length in range(1, len(path) + 1))


def is_at(path: Path, pattern: str) -> bool:
    """Whether a path is one of those that a pattern of the table means."""
    parts = pattern.split("/") if pattern else []
    if parts[:1] == ["**"]:
        parts = parts[1:]
        path = path[max(0, len(path) - len(parts)) :]
    return len(parts) == len(path) and all(part in {"*", str(token)} for part, token in zip(parts, path, strict=True))


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every key and item of a value."""
    for token, below in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, token)
        if isinstance(below, (dict, list)):
            yield from places(below, (*path, token))


def changed(value: Any, path: Path, change: Callable[[Any, Any], Any]) -> Any:
    """A copy of a document in which the container of one place is changed."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        return change(copy, path[0])
    copy[path[0]] = changed(value[path[0]], path[1:], change)
    return copy


def dropped(container: dict[str, Any], key: str) -> Any:
    """Without a key."""
    return {name: value for name, value in container.items() if name != key}


def misspelled(container: dict[str, Any], key: str) -> Any:
    """With a slip in a key."""
    return {f"{name}q" if name == key else name: value for name, value in container.items()}


def mistyped(container: Any, key: Any) -> Any:
    """With a value of another type: what nothing takes that takes the one that was there."""
    value = container[key]
    container[key] = (
        7.5 if isinstance(value, (dict, list)) else {"mistyped": [1]} if isinstance(value, str) else "mistyped"
    )
    return container


def mistakes(path: str) -> Iterator[tuple[str, int, Path, Any]]:
    """Every mistake that the table knows to be one, in a shipped file: what it is, where, and the document with it."""
    freedom = Freedom(path)
    for index, document in enumerate(documents(path)):
        for place in places(document):
            if freedom.is_free(place):
                continue
            yield "mistyped", index, place, lambda d=document, p=place: changed(d, p, mistyped)
            if isinstance(place[-1], str) and not freedom.is_name(place):
                yield "misspelled", index, place, lambda d=document, p=place: changed(d, p, misspelled)
            if isinstance(place[-1], str) and freedom.is_required(place):
                yield "dropped", index, place, lambda d=document, p=place: changed(d, p, dropped)


CHECKED = [path for path in PATHS if Freedom(path).known]


@pytest.mark.parametrize("path", CHECKED)
def test_a_mistake_in_a_shipped_file_is_an_error_at_its_place(path: str) -> None:
    """Whatever required key is left out, key misspelled or value mistyped: an error of ours with file and line."""
    every = list(mistakes(path))
    assert every
    silent = []
    for what, index, place, document in every[:: times(max(1, len(every) // 12), 1)]:
        wrong = [*documents(path)[:index], document(), *documents(path)[index + 1 :]]
        try:
            hold(path, wrong)
        except ManifestgenError as error:
            for one in getattr(error, "errors", (error,)):
                assert isinstance(one.where, Location), f"{what} {place}: {one}"
                assert one.where.file.startswith("profiles/"), f"{what} {place}: {one}"
                assert one.where.line or "must hold one document" in str(one), f"{what} {place}: {one}"
                assert one.exit_status == 2
        else:
            silent.append((what, place))
    assert silent == []


def test_the_table_knows_every_file_with_a_format_of_its_own() -> None:
    """What is not in the table holds objects or operations, or belongs to the authorization contract."""
    for path in set(PATHS) - set(CHECKED):
        for document in documents(path):
            is_ours = isinstance(document, dict) and document.get("apiVersion") == "manifestgen/v1"
            assert not is_ours or path.startswith("authz/"), path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("version: v3.32.1", ""), "v3.32.yaml:1:1: a release must have the member version"),
        (("version: v3.32.1", "version: 3.32"), "must be a string: without quotes, YAML reads 3.10 as 3.1"),
        (("version: v3.32.1", "version: v3.31.1"), "version must be of the minor that the file is named for"),
        (("documented: {istio", "documented: {isto"), 'documented has no member "isto"\n  nearest: istio'),
        (("documented:", "documnted:"), 'has no member "documnted"\n  nearest: documented'),
    ],
)
def test_a_maintainers_mistake_in_a_process(tmp_path: FilePath, change: tuple[str, str], message: str) -> None:
    """The whole way: a copy of the package with one slip in a release gives status 2, file and line."""
    package = tmp_path / "manifestgen"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    file = package / "profiles" / "releases" / "v3.32.yaml"
    text = file.read_text()
    assert change[0] in text
    file.write_text(text.replace(*change))
    run = manifestgen("render", "kdd", "--calico", "3.32", "-o", "-", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    assert run.stderr.startswith("error: profiles/releases/v3.32.yaml:")
    assert message in run.stderr
