"""Prototypes: objects that exist once for each item of a parameter's value, such as one Namespace per name."""

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
    """Replace every prototype by copies, one per item; without a value it stays or is removed.

    Args:
        resources: the current state.
        context: decides which prototypes apply.
        values: the values of the parameters with prototypes.
        layer: the name of the layer in the history.

    Returns:
        The new state, and the names of the parameters that it used.

    Raises:
        WrongNumberOfTargets: a prototype does not exist, or is not the only one.
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
    """Copies, at the place of the first object that they were made from."""
    if not gone:
        return list(present)
    first = present.index(gone[0])
    names = {resource.id for resource in gone}
    return [*present[:first], *copies, *(resource for resource in present[first:] if resource.id not in names)]
