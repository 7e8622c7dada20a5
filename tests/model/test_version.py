"""Versions and ranges, against tables of which version is in which range."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from manifestgen.model.version import Version, VersionSyntaxError, parse_range, parse_version, within

RANGES = [
    pytest.param(case["range"], str(version), expected, id=f"{version} {word} {case['range']}")
    for case in yaml.safe_load((Path(__file__).parents[1] / "cases" / "model" / "ranges.yaml").read_text())
    for word, expected in (("holds", True), ("fails", False))
    for version in case["holds" if expected else "fails"]
]


@pytest.mark.parametrize(("bounds", "version", "expected"), RANGES)
def test_a_version_is_in_a_range(bounds: str, version: str, expected: bool) -> None:
    """As the table says."""
    assert within(parse_version(version), parse_range(bounds)) is expected


@pytest.mark.parametrize(
    ("text", "numbers", "shown"),
    [
        ("v3.9", (3, 9, None), "3.9"),
        ("3.9", (3, 9, None), "3.9"),
        ("3.9.6", (3, 9, 6), "3.9.6"),
        (" v3.10.0 ", (3, 10, 0), "3.10.0"),
        ("1.999999", (1, 999999, None), "1.999999"),
    ],
)
def test_a_version(text: str, numbers: tuple[int, int, int | None], shown: str) -> None:
    """Its numbers, and how it is shown."""
    version = parse_version(text)
    assert (version.major, version.minor, version.patch) == numbers
    assert str(version) == shown
    assert version.as_minor == Version(numbers[0], numbers[1])


@pytest.mark.parametrize(
    "text", ["", "3", "v", "3.", ".9", "3.9.", "3.9.6.1", "3.x", "vv3.9", "-3.9", "3.9-beta", "3,9", "٣.٩", "1.1000000"]
)
def test_what_is_no_version(text: str) -> None:
    """It is refused with how to write one."""
    with pytest.raises(VersionSyntaxError) as caught:
        parse_version(text)
    assert str(caught.value) == f"{text!r} is not a version\n  next: write v3.9, 3.9 or 3.9.6"


@pytest.mark.parametrize(
    "text", ["", ",", ">=", ">=3", "=3.9", "=>3.9", "~3.9", "3.9 - 3.10", "3.9 3.10", ">=3.4,,<3.8"]
)
def test_what_is_no_range(text: str) -> None:
    """It is refused as a whole."""
    with pytest.raises(VersionSyntaxError) as caught:
        parse_range(text)
    assert str(caught.value).startswith(f"{text!r} is not a version range\n")
