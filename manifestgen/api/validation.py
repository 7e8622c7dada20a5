"""What a bundle is validated for, and its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.api.request import resolve_kubernetes
from manifestgen.catalog import releases
from manifestgen.schemas.kubernetes import versions
from manifestgen.schemas.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.api.bundle import Bundle
    from manifestgen.patch.resource import Resource
    from manifestgen.schemas.report import Report


def validate_bundle(
    bundle: Bundle, *, kubernetes: str | None, istio: str | None, beside: Iterable[Resource], name: str
) -> Report:
    """What is wrong with a bundle; for the arguments and errors see `manifestgen.validate`."""
    context = bundle.context
    version = resolve_kubernetes(kubernetes) or (context.kubernetes if context else None) or versions()[-1]
    if istio is not None:
        mesh = releases.resolve("Istio", istio)
    else:
        mesh = context.istio if context else releases.minors("Istio")[-1]
    return validate(bundle.resources, version=version, istio=mesh, beside=tuple(beside), name=name)
