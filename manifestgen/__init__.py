"""Compose, prove and compare the manifests that enable Calico application layer policy on Istio.

    import manifestgen
    bundle = manifestgen.render("kdd", calico="v3.9", components=("node", "policy"))
    bundle.write("out/")

Names are imported when first used: what a program does not use, it does not pay for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen._version import __version__

if TYPE_CHECKING:
    from manifestgen.api import Bundle, diff, drift, inject, load, parameters, preflight, render, validate
    from manifestgen.api.policy import policy_notes
    from manifestgen.difference.diff import Diff
    from manifestgen.errors import Failures, ManifestgenError
    from manifestgen.patch.history import Origin
    from manifestgen.patch.resource import Resource

_HOMES = {
    "Bundle": "api",
    "Diff": "difference.diff",
    "diff": "api",
    "drift": "api",
    "inject": "api",
    "load": "api",
    "parameters": "api",
    "policy_notes": "api.policy",
    "preflight": "api",
    "render": "api",
    "validate": "api",
    "Failures": "errors",
    "ManifestgenError": "errors",
    "Origin": "patch.history",
    "Resource": "patch.resource",
}

__all__ = [
    "Bundle",
    "Diff",
    "Failures",
    "ManifestgenError",
    "Origin",
    "Resource",
    "__version__",
    "diff",
    "drift",
    "inject",
    "load",
    "parameters",
    "policy_notes",
    "preflight",
    "render",
    "validate",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'manifestgen' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"manifestgen.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
