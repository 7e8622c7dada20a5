"""Golden trees in a temporary directory, and what the table does to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import manifestgen
from manifestgen.catalog.resource_files import objects
from manifestgen.yamlio.reader import read

CASES = Path(__file__).parents[1] / "cases" / "difference"
TABLE: dict[str, Any] = read((CASES / "golden.yaml").read_text(), "golden.yaml")[0]


def bundle() -> manifestgen.Bundle:
    """The table's bundle."""
    return manifestgen.Bundle(objects(TABLE["bundle"], "wanted.yaml"))


def plant(directory: Path) -> None:
    """Write the golden tree of the table's bundle."""
    for path, file in bundle().files().items():
        full = directory / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(file.text.encode())


def edit(directory: Path, edits: dict[str, Any]) -> None:
    """Do to a golden tree what a case says."""
    for path, what in edits.items():
        full = directory / path
        if "remove" in what:
            full.unlink()
        elif "write" in what:
            full.write_text(what["write"])
        else:
            before, after = what["replace"]
            text = full.read_bytes()
            assert before.encode() in text
            full.write_bytes(text.replace(before.encode(), after.encode()))
