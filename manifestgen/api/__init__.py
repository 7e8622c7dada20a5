"""The Python API: every public name, imported when it is first used, so that nobody pays for what he does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manifestgen.api.bundle import Bundle as Bundle
    from manifestgen.api.comparison import diff as diff
    from manifestgen.api.compatibility import preflight as preflight
    from manifestgen.api.injection import inject as inject
    from manifestgen.api.listing import parameters as parameters
    from manifestgen.api.live import drift as drift
    from manifestgen.api.loading import load as load
    from manifestgen.api.policy import policy_notes as policy_notes
    from manifestgen.api.rendering import render as render
    from manifestgen.api.request import NoSuchComponent as NoSuchComponent
    from manifestgen.api.validation import validate as validate
    from manifestgen.difference.diff import Diff as Diff
    from manifestgen.difference.drift import Drift as Drift
    from manifestgen.errors import Failures as Failures
    from manifestgen.errors import ManifestgenError as ManifestgenError
    from manifestgen.patch.history import Origin as Origin
    from manifestgen.patch.resource import Resource as Resource

_MODULES = {
    "Bundle": "api.bundle",
    "diff": "api.comparison",
    "preflight": "api.compatibility",
    "inject": "api.injection",
    "parameters": "api.listing",
    "drift": "api.live",
    "load": "api.loading",
    "policy_notes": "api.policy",
    "render": "api.rendering",
    "NoSuchComponent": "api.request",
    "validate": "api.validation",
    "Diff": "difference.diff",
    "Drift": "difference.drift",
    "Failures": "errors",
    "ManifestgenError": "errors",
    "Origin": "patch.history",
    "Resource": "patch.resource",
}
"""The module that each public name comes from."""


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'manifestgen.api' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"manifestgen.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted(_MODULES)
