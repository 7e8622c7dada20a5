"""`diff`: the semantic difference of two bundles."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from manifestgen.api.arguments import check_types, path_of
from manifestgen.api.bundle import Bundle
from manifestgen.api.sources import bundle_from
from manifestgen.compose.cluster import cluster_findings
from manifestgen.compose.finding import Finding
from manifestgen.difference.diff import Diff, compare
from manifestgen.difference.report import Report
from manifestgen.difference.text import report_lines, to_lines
from manifestgen.model.frozen import evolve

if TYPE_CHECKING:
    from manifestgen.yamlio.documents import Known
from manifestgen.patch.resource import Resource


def diff(
    left: Bundle | str | os.PathLike[str], right: Bundle | str | os.PathLike[str], *, ignore_order: bool = False
) -> Diff:
    """The semantic difference of two bundles.

    Objects are matched by identity, and renames are noticed; list items by Kubernetes' merge keys; documents in
    strings are compared inside. The order of members and the formatting of values do not count.

    Args:
        left: a bundle, the path of a file or directory with one, or a profile to render.
        right: another.
        ignore_order: leave out the order of objects, and of lists whose order says nothing to Kubernetes, Calico or
            Istio, such as volumes; the order of containers, arguments or Calico's rules still counts.

    Returns:
        The difference; false if there is none. Its `order` has the ignored differences of order,
        its `warnings` are reasons in the objects of one side against applying the other to the same cluster.

    Raises:
        YamlError: a path cannot be read.
    """
    check_types(ignore_order=ignore_order)
    known: Known = {}
    bundles = [_loaded("left", left, known), _loaded("right", right, known)]
    names = (name_of(left, "left"), name_of(right, "right"))
    found = compare(bundles[0].resources, bundles[1].resources, names, ignore_order=ignore_order)
    warnings = [
        warning
        for cluster, bundle in (bundles, bundles[::-1])
        for warning in against(cluster.resources, bundle.resources, bundle.profile)
    ]
    return evolve(found, warnings=tuple(warnings))


def against(cluster: Sequence[Resource], bundle: Sequence[Resource], profile: str) -> tuple[Finding, ...]:
    """Reasons in a cluster's objects against applying a bundle of a profile (empty if unknown)."""
    return tuple(cluster_findings(cluster, bundle, profile))


def _loaded(name: str, side: Bundle | str | os.PathLike[str], known: Known) -> Bundle:
    return side if isinstance(side, Bundle) else bundle_from(path_of(name, side, "a Bundle or a path"), known)


def name_of(side: Bundle | str | os.PathLike[str], otherwise: str) -> str:
    """The name of a side of a comparison."""
    if not isinstance(side, Bundle):
        return os.fspath(side)
    return f"{side.profile} of Calico {side.context.calico}" if side.context else otherwise


def report_text(found: Report, *, color: bool = False) -> str:
    """What `Bundle.check` found, as text.

    Args:
        found: the differences.
        color: whether to use a terminal's escape codes.
    """
    return to_lines(report_lines(found), color=color)
