"""The page of every public name: which there are, by subject; the site fills it from the docstrings."""

from __future__ import annotations

import manifestgen

HEAD = """\
# Python reference

Every public name, from the docstrings. [The guide to the Python API](python.md) shows how they are used together.
Errors have [a page of their own](errors.md). This page is filled when the site is built (`make docs`).

All of these are attributes of the package: `manifestgen.render`, `manifestgen.Bundle`. Modules are imported when a name
is first used.
"""
SUBJECTS = {
    "Rendering": ["render", "load", "apply_overlay", "apply_patch", "inject", "run_krm_function", "fleet"],
    "Checking and comparing": ["preflight", "validate", "diff", "drift", "explain"],
    "Golden trees": ["check_golden", "update_golden", "init_golden"],
    "From an install, and to another release": ["adopt", "upgrade"],
    "What there is": ["profiles", "components", "releases", "parameters", "policy_notes"],
    "Values": ["Bundle", "Resource", "Origin", "Diff", "Drift", "Explanation", "FleetResult", "Adoption", "Upgrade"],
}
TAIL = """\
::: manifestgen.ManifestgenError
::: manifestgen.Failures

## The authorization client

Needs the extra `authz`.

::: manifestgen.authz.client.AuthorizationClient
::: manifestgen.authz.client.Decision
"""


def page() -> str:
    """The whole page."""
    public = {name for name in dir(manifestgen) if not name.startswith("_") and not _is_error(name)}
    new = sorted(public - {name for names in SUBJECTS.values() for name in names})
    subjects = {"More": new, **SUBJECTS} if new else SUBJECTS
    parts = [HEAD]
    for title, names in subjects.items():
        parts.append(f"\n## {title}\n\n" + "".join(f"::: manifestgen.api.{name}\n" for name in names if name in public))
    return "".join([*parts, TAIL])


def _is_error(name: str) -> bool:
    value = getattr(manifestgen, name)
    return isinstance(value, type) and issubclass(value, manifestgen.ManifestgenError)
