"""The cases of this folder, which are data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parents[1] / "cases" / "schemas"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of a file."""
    found: list[dict[str, Any]] = yaml.safe_load((CASES / f"{name}.yaml").read_text())
    return found


def every_bundle() -> dict[tuple[str, str], tuple[str | None, ...]]:
    """Profile and Calico release -> the oldest and newest Kubernetes that it was tested with and that have a schema.

    Where none has one it is the newest that it was tested with, and None where the release does not say.
    """
    root = Path(__file__).parents[2] / "profiles"
    profiles = yaml.safe_load((root / "catalog.yaml").read_text())["profiles"]
    found: dict[tuple[str, str], tuple[str | None, ...]] = {}
    for file in sorted((root / "releases").glob("v3.*.yaml")):
        tested = yaml.safe_load(file.read_text()).get("tested", {}).get("kubernetes")
        versions: tuple[str | None, ...] = (None,)
        if tested:
            oldest, newest = (int(bound.rpartition(".")[2]) for bound in tested.split(","))
            minors = [max(oldest, 25), newest] if newest >= 25 else [newest]
            versions = tuple(f"1.{minor}" for minor in dict.fromkeys(minors))
        for profile in profiles:
            found[profile, file.stem] = versions
    return found
