"""Prototypes: objects of which there is one for each item of a parameter's value, such as one Namespace a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.compose.parameters import Values, bind
from manifestgen.embedded import FORMATS
from manifestgen.patch.apply import apply_patches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.patch.resource import Resource


def replicate(
    resources: Sequence[Resource], context: Context, values: Values, layer: str
) -> tuple[list[Resource], frozenset[str]]:
    """Put copies in the place of every prototype, one for each item; without a value it stays or goes.

    Args:
        resources: the present state.
        context: decides which prototypes are in force.
        values: of the parameters that say what there is one of for each item.
        layer: the name of the layer in the history.

    Returns:
        The new state, and the names of the parameters that it used.

    Raises:
        WrongNumberOfTargets: a parameter's prototype is not there, or is not the only one.
    """
    present = list(resources)
    used: set[str] = set()
    for parameter in values.active:
        name = parameter.name
        items = values.of(name)
        for each in parameter.each:
            if not each.landing.when.holds(context) or (items is None and each.keep):
                continue
            used.add(name)
            matched = [resource for resource in present if each.landing.patch.target.matches(resource)]
            copies: list[Resource] = []
            for item in dict.fromkeys(items or ()):
                landing, _ = bind([each.landing], context, values._replace(given_names={name: item}))
                copies += apply_patches(matched, landing, layer=layer, formats=FORMATS)
            present = _exchanged(present, matched, copies)
    return present, frozenset(used)


def _exchanged(present: Sequence[Resource], gone: Sequence[Resource], copies: Sequence[Resource]) -> list[Resource]:
    """Copies in the place of the first of what they were made from."""
    if not gone:
        return list(present)
    first = present.index(gone[0])
    names = {resource.id for resource in gone}
    return [*present[:first], *copies, *(resource for resource in present[first:] if resource.id not in names)]
