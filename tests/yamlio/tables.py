"""The tables of cases, and what several tests compare by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manifestgen.yamlio.reader import read

ROOT = Path(__file__).parents[2]


def table(name: str) -> list[dict[str, Any]]:
    """The cases of `tests/cases/yaml/NAME.yaml`."""
    path = ROOT / "tests/cases/yaml" / f"{name}.yaml"
    (cases,) = read(path.read_text(), str(path))
    return list(cases)


def same(left: Any, right: Any) -> bool:
    """Equal, of equal types and in equal order all through: 1 is not true, 1.0 is not 1, -0.0 is not 0.0."""
    return repr(left) == repr(right)
