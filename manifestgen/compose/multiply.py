"""Prototypes: objects of which there is one for each item of a parameter's value, such as one Namespace a name."""

from __future__ import annotations

from manifestgen.compose.binding import Values, bind
from manifestgen.embedded import FORMATS
from manifestgen.patch.apply import WrongNumberOfTargets, apply_patches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.catalog.parameters import Each
    from manifestgen.catalog.when import Context
    from manifestgen.patch.resource import Resource


def multiply(
    resources: Sequence[Resource], context: Context, values: Values, layer: str
) -> tuple[list[Resource], set[str]]:
    """Put copies in the place of every prototype, one for each item; without a value it stays or goes.

    Args:
        resources: the present state.
        context: decides which prototypes are in force.
        values: of the parameters that say what there is one of for each item.
        layer: how the history calls the stage.

    Returns:
        The new state, and the names of the parameters that it used.

    Raises:
        WrongNumberOfTargets: a parameter's prototype is not there, or is not the only one.
    """
    present = list(resources)
    used: set[str] = set()
    for name, parameter in values.declared.items():
        items = values.of(name)
        for each in parameter.each:
            if not each.landing.when.holds(context) or (items is None and each.keep):
                continue
            used.add(name)
            present = _multiplied(present, each, name, items or [], context, values, layer)
    return present, used


def _multiplied(
    resources: Sequence[Resource],
    each: Each,
    name: str,
    items: Sequence[str],
    context: Context,
    values: Values,
    layer: str,
) -> list[Resource]:
    patch = each.landing.patch
    matched = [resource for resource in resources if patch.target.matches(resource)]
    if not patch.expect.holds(len(matched)):
        raise WrongNumberOfTargets(patch, matched, resources)
    found: list[Resource] = []
    for resource in resources:
        if not patch.target.matches(resource):
            found.append(resource)
            continue
        for item in dict.fromkeys(items):
            landing, _ = bind([each.landing], context, values._replace(explicit={name: item}))
            found += apply_patches([resource], landing, layer=layer, formats=FORMATS)
    return found
