"""Binding parameters to the operations that take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.parameters import UnknownParameter, encode
from manifestgen.model.record import Record
from manifestgen.patch.operation import VALUE_WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.catalog.conditions import Context
    from manifestgen.catalog.model import ConditionalPatch, Parameter
    from manifestgen.errors import Where
    from manifestgen.patch.model import Patch
    from manifestgen.patch.operation import PatchOperation


class Values(Record):
    """Parameter values for one bundle.

    Attributes:
        declared: the parameters.
        given_names: the values that were set, checked.
        where: where each was set.
        site_wide: those that describe a site rather than this call.
        active_by_default: the parameters that have an effect without a value.
    """

    declared: Mapping[str, Parameter] = {}
    given_names: Mapping[str, Any] = {}
    where: Mapping[str, Where] = {}
    site_wide: frozenset[str] = frozenset()
    active_by_default: tuple[str, ...] = ()

    @property
    def active(self) -> list[Parameter]:
        """The parameters that were set or that have an effect without a value, in order of declaration."""
        return [
            self.declared[name] for name in self.declared if name in self.given_names or name in self.active_by_default
        ]

    def of(self, name: str) -> Any:
        """The value of a parameter: set, or its declared default; None if it has neither."""
        return self.given_names[name] if name in self.given_names else self.declared[name].default


def bind(patches: Iterable[ConditionalPatch], context: Context, values: Values) -> tuple[list[Patch], frozenset[str]]:
    """The patches that apply, with every operand filled in.

    An operation whose parameter has no value is left out, so the published value stays.

    Returns:
        The patches, and the names of the parameters that they used.

    Raises:
        UnknownParameter: an operation is bound to a parameter that is not declared.
    """
    bound: list[Patch] = []
    used: set[str] = set()
    for patch, when in patches:
        if not when.holds(context):
            continue
        if when.parameters:
            used |= set(when.parameters)
        if all(step.binding is None for step in patch.operations):
            bound.append(patch)
            continue
        steps = tuple(step for step in (_bound(step, values) for step in patch.operations) if step)
        used |= {step.binding.parameter for step in steps if step.binding}
        if steps:
            bound.append(patch._replace(operations=steps))
    return bound, frozenset(used)


def _bound(step: PatchOperation, values: Values) -> PatchOperation | None:
    """An operation with its operand filled in; None if its parameter has no value."""
    if step.binding is None:
        return step
    name = step.binding.parameter
    if name not in values.declared:
        raise UnknownParameter(name=name, known=values.declared, profile="", where=step.ref.location)
    value = values.of(name)
    if value is None:
        return None
    origin = f"{name}, given at {values.where[name]}" if name in values.where else f"{name}, its default"
    present = encode(value, step.binding.form)
    if step.binding.text:
        present = step.binding.text.replace(VALUE_WORD, str(present))
    return step._replace(value=present, origin=origin)
