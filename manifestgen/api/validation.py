"""`validate`: checking objects without a cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence

from manifestgen.api.arguments import check_types, path_of
from manifestgen.api.bundle import Bundle
from manifestgen.api.loading import load
from manifestgen.api.rendering import render
from manifestgen.api.request import resolve_kubernetes
from manifestgen.api.sources import names_profile
from manifestgen.catalog import releases
from manifestgen.schemas.kubernetes import versions
from manifestgen.schemas.report import ValidationReport
from manifestgen.schemas.validation import validate as validate_objects


def validate(
    source: Bundle | str | os.PathLike[str],
    *,
    kubernetes: str | None = None,
    istio: str | None = None,
    beside: Sequence[Bundle | str | os.PathLike[str]] = (),
) -> ValidationReport:
    """Validate objects without a cluster: against schemas, and with checks that schemas cannot express.

    Args:
        source: a bundle; or the path of a file or directory; or a profile, which is rendered.
        kubernetes: the version of the cluster; by default that of the bundle's render, else the newest with
            schemas.
        istio: the version of Istio; by default the one that the bundle was rendered for, else the newest known.
        beside: other objects in the cluster, which can be referred to.

    Raises:
        SchemasMissing: Kubernetes' schemas, which are in the extra `validate`, are not installed.
        ManifestgenError: the source cannot be read or rendered, or a version is not known.
    """
    check_types(kubernetes=kubernetes, istio=istio)
    if isinstance(source, Bundle):
        bundle, name = source, source.profile
    else:
        name = path_of("source", source, "a Bundle or a path")
        bundle = render(name, kubernetes=kubernetes, istio=istio) if names_profile(name) else load(name)
    context = bundle.context
    version = resolve_kubernetes(kubernetes) or (context.kubernetes if context else None) or versions()[-1]
    if istio is not None:
        mesh = releases.resolve("Istio", istio)
    else:
        mesh = context.istio if context else releases.minors("Istio")[-1]
    others = [other if isinstance(other, Bundle) else load(other) for other in beside]
    resources = tuple(resource for other in others for resource in other)
    return validate_objects(bundle.resources, version=version, istio=mesh, beside=resources, name=name)
