"""Kubernetes quantities: `500m`, `1Gi`, `2`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def quantity(value: Any) -> Fraction | None:
    """The number that a quantity such as `500m`, `1Gi` or 2 stands for; None if it is not one (resource.Quantity)."""
    match = None if isinstance(value, bool) else _QUANTITY.fullmatch(str(value))
    if not match:
        return None
    number, exponent, suffix = match.groups()
    if exponent:
        return Fraction(f"{number}{exponent}") if len(exponent) < 5 else None
    if suffix in _BINARY:
        return Fraction(number) * (1 << _BINARY[suffix])
    return Fraction(number) * Fraction(f"1e{_DECIMAL[suffix or '']}")
