"""The Python API of comparing: bundles, or what files hold."""

from __future__ import annotations

import os

from manifestgen.api import Bundle, load
from manifestgen.compare.diff import Diff, compare

_Side = Bundle | str | os.PathLike[str]


def diff(left: _Side, right: _Side) -> Diff:
    """The semantic difference of two bundles.

    Objects are matched by identity, and renames are noticed; list items by Kubernetes' merge keys; documents in
    strings are compared inside. The order of members, and how a file writes a value, are no difference.

    Args:
        left: a bundle, or the path of a file or directory that holds one.
        right: another.

    Returns:
        False where nothing differs.

    Raises:
        YamlError: a path cannot be read.
    """
    bundles = [side if isinstance(side, Bundle) else load(side) for side in (left, right)]
    return compare(bundles[0].resources, bundles[1].resources, (_name(left, "left"), _name(right, "right")))


def _name(side: _Side, otherwise: str) -> str:
    if isinstance(side, Bundle):
        return f"{side.profile} as rendered" if side.profile else otherwise
    return os.fspath(side)
