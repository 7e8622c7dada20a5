"""The shipped files, parsed, and what each is held to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from manifestgen.authz.cases import read_suite
from manifestgen.authz.releases import read_releases
from manifestgen.catalog.formats import judge
from manifestgen.catalog.loading import data_root
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

ROOT = Path(data_root())
PATHS = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.yaml"))


@cache
def source(path: str) -> SourceFile:
    """A shipped file."""
    return SourceFile(f"profiles/{path}", (ROOT / path).read_text())


@cache
def documents(path: str) -> list[Any]:
    """What a shipped file holds."""
    return read((ROOT / path).read_text(), f"profiles/{path}")


def hold(path: str, found: list[Any]) -> None:
    """Hold documents to the format of a shipped file, as reading it does."""
    if path.startswith("authz/"):
        {"authz/dikastes.yaml": read_releases, "authz/cases.yaml": read_suite}[path](found[0], SourceRef(source(path)))
        return
    folder = path.rpartition("/")[0]
    judge(
        path,
        found,
        source(path),
        lambda name, _: [(one, SourceRef(source(f"{folder}/{name}"))) for one in documents(f"{folder}/{name}")],
    )
