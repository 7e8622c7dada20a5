"""The Python API: every public name, imported on first use, so that callers only pay for what they use."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manifestgen.adoption.outcome import Adoption as Adoption
    from manifestgen.api.adoption import adopt as adopt
    from manifestgen.api.bundle import Bundle as Bundle
    from manifestgen.api.comparison import diff as diff
    from manifestgen.api.compatibility import preflight as preflight
    from manifestgen.api.errors import *  # noqa: F403 - the same names
    from manifestgen.api.explanation import Explanation as Explanation
    from manifestgen.api.explanation import explain as explain
    from manifestgen.api.fleet_rendering import FleetResult as FleetResult
    from manifestgen.api.fleet_rendering import fleet as fleet
    from manifestgen.api.golden_trees import check_golden as check_golden
    from manifestgen.api.golden_trees import init_golden as init_golden
    from manifestgen.api.golden_trees import update_golden as update_golden
    from manifestgen.api.injection import inject as inject
    from manifestgen.api.krm_function import run_krm_function as run_krm_function
    from manifestgen.api.listing import components as components
    from manifestgen.api.listing import parameters as parameters
    from manifestgen.api.listing import profiles as profiles
    from manifestgen.api.listing import releases as releases
    from manifestgen.api.live import drift as drift
    from manifestgen.api.loading import load as load
    from manifestgen.api.overlaying import apply_overlay as apply_overlay
    from manifestgen.api.patching import apply_patch as apply_patch
    from manifestgen.api.policy import policy_notes as policy_notes
    from manifestgen.api.rendering import render as render
    from manifestgen.api.upgrading import upgrade as upgrade
    from manifestgen.api.validation import validate as validate
    from manifestgen.difference.diff import Diff as Diff
    from manifestgen.difference.drift import Drift as Drift
    from manifestgen.patch.history import Origin as Origin
    from manifestgen.patch.resource import Resource as Resource
    from manifestgen.upgrades.outcome import Upgrade as Upgrade

_MODULES = {
    "Adoption": "adoption.outcome",
    "adopt": "api.adoption",
    "Bundle": "api.bundle",
    "diff": "api.comparison",
    "preflight": "api.compatibility",
    "Explanation": "api.explanation",
    "explain": "api.explanation",
    "FleetResult": "api.fleet_rendering",
    "fleet": "api.fleet_rendering",
    "check_golden": "api.golden_trees",
    "init_golden": "api.golden_trees",
    "update_golden": "api.golden_trees",
    "inject": "api.injection",
    "components": "api.listing",
    "parameters": "api.listing",
    "profiles": "api.listing",
    "releases": "api.listing",
    "drift": "api.live",
    "load": "api.loading",
    "run_krm_function": "api.krm_function",
    "apply_overlay": "api.overlaying",
    "apply_patch": "api.patching",
    "policy_notes": "api.policy",
    "render": "api.rendering",
    "upgrade": "api.upgrading",
    "validate": "api.validation",
    "Diff": "difference.diff",
    "Drift": "difference.drift",
    "Origin": "patch.history",
    "Resource": "patch.resource",
    "Upgrade": "upgrades.outcome",
}
"""The module that each public function and class comes from; errors are in `api.errors`."""


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        module = import_module(f"manifestgen.{_MODULES[name]}")
    elif name[:1].isupper():
        module = import_module("manifestgen.api.errors")
    else:
        raise AttributeError(f"manifestgen has no attribute {name!r}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    from manifestgen.api import errors

    return sorted({*_MODULES, *(name for name in dir(errors) if name[:1].isupper())})
