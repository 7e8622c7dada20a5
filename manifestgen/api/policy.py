"""`policy_notes`: what a Calico release does with policy."""

from __future__ import annotations

from manifestgen.api.arguments import check_types
from manifestgen.catalog import releases
from manifestgen.compose import policy_notes as data
from manifestgen.compose.policy_notes import PolicyNote as PolicyNote


def policy_notes(calico: str | None = None) -> tuple[PolicyNote, ...]:
    """Unexpected behaviour of a release's Felix and Dikastes with policy.

    Args:
        calico: as for `render`.

    Raises:
        NoSuchRelease, VersionSyntaxError: the release is not known, or is not a version.
    """
    check_types(calico=calico)
    version = releases.resolve_calico(calico)
    return data.policy_notes(version)
