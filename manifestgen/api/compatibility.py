"""`preflight`: checking a combination of versions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from manifestgen.api.arguments import check_types
from manifestgen.api.combination import resolve_combination
from manifestgen.catalog import releases
from manifestgen.catalog.parameters import ValueSource
from manifestgen.compose.compatibility import codes, findings, refuse_unknown_codes, untested
from manifestgen.compose.finding import Finding as Finding
from manifestgen.compose.skew import skew


def preflight(
    profile: str | os.PathLike[str],
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    components: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    overlays: Sequence[str | os.PathLike[str]] = (),
    allow: Sequence[str] = (),
    upgrade_from: str | None = None,
    given: Sequence[ValueSource] = (),
) -> tuple[Finding, ...]:
    """Check a combination without rendering it; returns findings, refusals first and notes last.

    Rules about single objects are only checked by `render`, which has the objects.

    Args:
        profile: as for `render`.
        calico: as for `render`.
        istio: as for `render`.
        kubernetes: the version of the cluster.
        components: as for `render`.
        values: see `render`.
        overlays: see `render`; their values apply, their patches are only read.
        allow: codes of rules that you accept; a finding of one is marked as allowed and does not refuse.
        upgrade_from: the Calico release that this one will replace in a running cluster; adds what happens while it
            does, with the steps in a safe order.
        given: more parameter values with their sources; `values` take precedence.

    Raises:
        ManifestgenError: the profile, a version, a component, a value, an overlay or a rule code is not known or wrong.
    """
    check_types(
        profile=profile,
        calico=calico,
        istio=istio,
        kubernetes=kubernetes,
        components=components,
        values=values,
        overlays=overlays,
        allow=allow,
        upgrade_from=upgrade_from,
    )
    combination = resolve_combination(
        profile,
        calico=calico,
        istio=istio,
        kubernetes=kubernetes,
        components=components,
        values=values,
        overlays=overlays,
        allow=allow,
        given=given,
    )
    context, allowed = combination.context, combination.settings.allow
    with combination.settings.placed("allow"):
        refuse_unknown_codes(allowed)
    found = [*findings(context, combination.components, preflight=True), *untested(context)]
    if upgrade_from is not None:
        found += skew(releases.resolve("Calico", upgrade_from), context.calico)
    marked = [one._replace(refused=False, allowed=True) if one.code in allowed else one for one in found]
    return tuple(sorted(marked, key=lambda finding: (not finding.refused, finding.note, finding.allowed)))


def rule_codes() -> tuple[str, ...]:
    """The codes of the rules that `allow` takes, sorted."""
    return tuple(sorted(codes()))
