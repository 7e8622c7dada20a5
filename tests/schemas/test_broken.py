"""Manifests with one fault each give exactly their finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen
from tests.schemas.data import cases

CASES = cases("broken")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fault_gives_its_finding(case: dict[str, Any], tmp_path: Path) -> None:
    """Its code, severity, place and pointer, and no other finding."""
    file = tmp_path / "manifest.yaml"
    file.write_text(case["manifest"])
    found = manifestgen.validate(file, kubernetes=case.get("kubernetes", "1.36"), istio="1.28").findings
    kept = [finding for finding in found if case.get("notes") or finding.severity != "note"]
    assert [
        (one.code, one.severity, f"{one.location.line}:{one.location.column}" if one.location else "", one.pointer)
        for one in kept
    ] == [
        (
            case["finding"]["code"],
            case["finding"].get("severity", "error"),
            case["finding"]["at"],
            case["finding"]["pointer"],
        )
    ]
    assert kept[0].text == case.get("says", kept[0].text)
    assert kept[0].next_step == case.get("next", kept[0].next_step)


def test_there_are_enough_of_them() -> None:
    """Forty faults, a quarter of them from public reports."""
    faults = [case for case in CASES if not case.get("notes")]
    assert len(faults) >= 40
    assert len([case for case in faults if "report" in case]) * 4 >= len(faults)
