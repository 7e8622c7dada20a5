"""`parameters`: what there is to choose from."""

from __future__ import annotations

import os

from manifestgen.api.request import layer_values, resolve_values, resolve_versions
from manifestgen.catalog.loading import catalog_index, profile_chain
from manifestgen.compose.parameter_docs import ParameterInfo, describe
from manifestgen.compose.pipeline import Request


def parameters(
    profile: str | os.PathLike[str], *, calico: str | None = None, istio: str | None = None
) -> tuple[ParameterInfo, ...]:
    """What can be set in a profile, with the defaults and places that it has in these versions.

    Args:
        profile: as for `render`.
        calico: as for `render`.
        istio: as for `render`.

    Raises:
        ManifestgenError: the profile or a version is not known, or does not fit.
    """
    chain = profile_chain(os.fspath(profile))
    bound = resolve_values(chain, [layer_values(layer) for layer in chain if layer.values])
    context = resolve_versions(chain, calico, istio)._replace(values=bound.given_names)
    return describe(
        Request(chain=chain, context=context, components=tuple(catalog_index()["components"]), values=bound)
    )
