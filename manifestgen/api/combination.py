"""The combination that `preflight` checks: versions, components and values, resolved as in a render."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from manifestgen.api.request import layer_values, resolve_components, resolve_context, resolve_values
from manifestgen.api.settings import Settings, resolve_settings
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import profile_chain, user_layer
from manifestgen.catalog.parameters import ValueSource
from manifestgen.model.location import Location
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from manifestgen.catalog.model import Layer


class Combination(Record):
    """A fully resolved combination.

    Attributes:
        settings: what the caller and the profile state.
        context: the versions, the names of the profiles, and the values that are given.
        components: the components that a render would include.
    """

    settings: Settings
    context: Context
    components: tuple[str, ...]


def resolve_combination(
    profile: str | os.PathLike[str],
    *,
    values: Mapping[str, Any] | None = None,
    overlays: Sequence[str | os.PathLike[str]] = (),
    given: Sequence[ValueSource] = (),
    **asked: Any,
) -> Combination:
    """Resolve a combination without composing it.

    Args:
        profile: as for `render`.
        values: see `render`.
        overlays: see `render`; they are read, and their values apply.
        given: more parameter values with their sources; `values` take precedence.
        asked: the versions, components and allowed rules, by the arguments of `render`.

    Raises:
        ManifestgenError: the profile, a version, a component, a parameter, a value or an overlay is wrong.
    """
    chain = profile_chain(os.fspath(profile))
    settings = resolve_settings(chain, **asked)
    context = resolve_context(chain, settings)
    stated = [path for layer in chain for path in layer.overlays]
    layers: list[Layer] = [*chain, *(user_layer(os.fspath(overlay)) for overlay in (*stated, *overlays))]
    sources = [layer_values(layer) for layer in layers if layer.values]
    own = ValueSource(dict(values or {}), Location("values"))
    bound = resolve_values(chain, [*sources, *given, own])
    context = context._replace(values=bound.given_names)
    return Combination(settings, context, resolve_components(settings, context))
