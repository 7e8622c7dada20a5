"""What `preflight` checked: the combination with every version resolved, and what is not known about it."""

from __future__ import annotations

import os
from typing import Any

from manifestgen.api.combination import resolve_combination
from manifestgen.compose.compatibility import tested_range
from manifestgen.model.record import Record


class Judged(Record):
    """The combination that a preflight checks.

    Attributes:
        profile: its name.
        calico, istio: the versions, given or chosen.
        kubernetes: the version of the cluster; empty if none was given.
        components: the components.
        unknown_ranges: products, such as `Calico 3.14.1`, for which it is not known with which Kubernetes they were
            tested; empty if no Kubernetes was given.
    """

    profile: str
    calico: str
    istio: str
    kubernetes: str
    components: tuple[str, ...]
    unknown_ranges: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line that names everything that was checked."""
        kubernetes = f"Kubernetes {self.kubernetes}" if self.kubernetes else "any Kubernetes (--kubernetes names one)"
        parts = ", ".join(self.components)
        return f"{self.profile}, Calico {self.calico}, Istio {self.istio}, {kubernetes}; components {parts}"


def judged(profile: str | os.PathLike[str], **asked: Any) -> Judged:
    """What a preflight with these arguments checks; for the arguments and errors see `preflight`."""
    combination = resolve_combination(profile, **asked)
    context = combination.context
    target = context.kubernetes
    products = (("Calico", context.calico), ("Istio", context.istio))
    unknown = [f"{product} {version}" for product, version in products if not tested_range(product, version)]
    return Judged(
        profile=context.profiles[0],
        calico=str(context.calico),
        istio=str(context.istio),
        kubernetes=str(target or ""),
        components=combination.components,
        unknown_ranges=tuple(unknown) if target else (),
    )
