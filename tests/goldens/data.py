"""Golden trees in a temporary directory, and what the table does to them."""

from __future__ import annotations

import hashlib
import json
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


def digest(identity: str, pointer: str, value: str) -> str:
    """What a golden tree holds in place of a value of a Secret."""
    return "salted-sha256:" + hashlib.sha256(json.dumps([identity, pointer, value]).encode()).hexdigest()


def plant(directory: Path) -> None:
    """Write the golden tree of the table's bundle."""
    value = "b25lIHNlY3JldA=="
    for path, file in bundle().files().items():
        full = directory / path
        full.parent.mkdir(parents=True, exist_ok=True)
        text = file.text.replace(value, digest("v1/Secret kube-system/certs", "/data/key", value))
        full.write_bytes(text.encode())


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
