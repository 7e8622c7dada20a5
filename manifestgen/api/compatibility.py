"""`preflight`: checking a combination of versions."""

from __future__ import annotations

import os
from collections.abc import Sequence

from manifestgen.api.arguments import check_types
from manifestgen.api.request import resolve_components, resolve_context
from manifestgen.api.settings import resolve_settings
from manifestgen.catalog import releases
from manifestgen.catalog.loading import profile_chain
from manifestgen.compose.compatibility import Finding as Finding
from manifestgen.compose.compatibility import codes, findings, untested
from manifestgen.compose.skew import skew


def preflight(
    profile: str | os.PathLike[str],
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    components: Sequence[str] = (),
    upgrade_from: str | None = None,
) -> tuple[Finding, ...]:
    """Check a combination without rendering it; returns findings, refusals first and notes last.

    Args:
        profile: as for `render`.
        calico: as for `render`.
        istio: as for `render`.
        kubernetes: the version of the cluster.
        components: as for `render`.
        upgrade_from: the Calico release that this one will replace in a running cluster; adds what happens while it
            does, with the steps in a safe order.

    Raises:
        ManifestgenError: the profile, a version or a component is not known.
    """
    check_types(
        profile=profile,
        calico=calico,
        istio=istio,
        kubernetes=kubernetes,
        components=components,
        upgrade_from=upgrade_from,
    )
    chain = profile_chain(os.fspath(profile))
    settings = resolve_settings(chain, calico=calico, istio=istio, kubernetes=kubernetes, components=components)
    context = resolve_context(chain, settings)
    found = [*findings(context, resolve_components(settings, context), preflight=True), *untested(context)]
    if upgrade_from is not None:
        found += skew(releases.resolve("Calico", upgrade_from), context.calico)
    return tuple(sorted(found, key=lambda finding: (not finding.refused, finding.note)))


def rule_codes() -> tuple[str, ...]:
    """The codes of the rules that `allow` takes, sorted."""
    return tuple(sorted(codes()))
