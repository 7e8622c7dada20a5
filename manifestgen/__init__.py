"""Compose, prove and compare the manifests that enable Calico application layer policy on Istio.

    import manifestgen
    bundle = manifestgen.render("kdd", calico="v3.9", components=("node", "policy"))
    bundle.write("out/")

Names are imported when they are first used: what a program does not use, it does not pay for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manifestgen._version import __version__ as __version__
    from manifestgen.api import *  # noqa: F403 - the same names


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "__version__":
        return import_module("manifestgen._version").__version__
    if name.startswith("__") and name != "__all__":
        raise AttributeError(f"module 'manifestgen' has no attribute {name!r}")
    api = import_module("manifestgen.api")
    if name == "__all__":
        return ["__version__", *dir(api)]
    value = globals()[name] = getattr(api, name)
    return value


def __dir__() -> list[str]:
    from importlib import import_module

    return ["__version__", *dir(import_module("manifestgen.api"))]
