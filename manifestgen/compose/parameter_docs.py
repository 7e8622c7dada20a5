"""The documentation of a profile's parameters: help, default and places of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.model import ConditionalPatch, Parameter
from manifestgen.catalog.parameter_types import TYPES, requirement
from manifestgen.compose.pipeline import assemble
from manifestgen.compose.placement import spots
from manifestgen.compose.value_rules import checked_only
from manifestgen.model import pointer
from manifestgen.model.plain import copied
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.compose.pipeline import Request
    from manifestgen.patch.resource import Resource


class Landing(Record):
    """A place that a value is written to, or an object that it adds.

    Attributes:
        object: `KIND/NAME`.
        component: the component that the object belongs to.
        pointer: the path in it, with named list items.
        inside: the strings of the embedded documents that contain the place, outermost first.
    """

    object: str
    component: str
    pointer: str
    inside: tuple[str, ...]


class ParameterInfo(Record):
    """A parameter, as a profile has it.

    Attributes:
        parameter: its declaration.
        default: the value if none is set: declared, set by the profile, or published; None if that
            is absent or secret.
        places: where it is written; empty if it only serves checks.
    """

    parameter: Parameter
    default: Any
    places: tuple[Landing, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        bounds = self.parameter.bounds
        limits = {name: value for name, value in bounds._asdict().items() if value not in (None, "", ())}
        return {
            "name": self.parameter.name,
            "type": self.parameter.type,
            "default": copied(self.default),
            "help": self.parameter.description,
            "wanted": requirement(self.parameter.type, bounds),
            **{name: list(value) if isinstance(value, tuple) else value for name, value in limits.items()},
            "lands": [{**location._asdict(), "inside": list(location.inside)} for location in self.places],
            "example": self.parameter.assignment(),
        }


def describe(request: Request) -> tuple[ParameterInfo, ...]:
    """The parameters that have a place in the result of a request, or serve its checks.

    Args:
        request: for all components, with the values of the profile itself.

    Raises:
        ManifestgenError: a layer of the profile cannot be applied.
    """
    resources = assemble(request).resources
    found = []
    for name, parameter in request.values.declared.items():
        places = tuple(dict.fromkeys(_places(parameter, request, resources)))
        if places or checked_only(parameter):
            found.append(ParameterInfo(parameter, copied(_default(name, request, resources)), places))
    return tuple(found)


def _places(parameter: Parameter, request: Request, resources: Sequence[Resource]) -> Iterator[Landing]:
    for patch, when in (*parameter.sets, *_bound(parameter.name, request)):
        # Conditions on values are assumed to hold: readers want to know what setting a value would do.
        if not when._replace(parameters=None).holds(request.context):
            continue
        inside = tuple(pointer.to_text(document.path) for document in patch.inside)
        for resource in resources:
            if patch.target.matches(resource):
                for step in patch.operations:
                    yield Landing(
                        object=resource.id.short,
                        component=resource.component,
                        pointer=pointer.to_text(step.path),
                        inside=inside,
                    )
    for each in parameter.each:
        if each.landing.when._replace(parameters=None).holds(request.context):
            target = each.landing.patch.target
            for step in each.landing.patch.operations:
                yield Landing(object=f"each {target.kind}", component="", pointer=pointer.to_text(step.path), inside=())


def _bound(name: str, request: Request) -> Iterator[ConditionalPatch]:
    """The patches in the profile's layers that take a parameter's value."""
    for layer in request.chain:
        for patch, when in layer.patches:
            steps = tuple(step for step in patch.operations if step.binding and step.binding.parameter == name)
            if steps:
                yield ConditionalPatch(patch._replace(operations=steps), when)


def _default(name: str, request: Request, resources: Sequence[Resource]) -> Any:
    parameter = request.values.declared[name]
    if parameter.secret:
        return None
    value = request.values.of(name)
    if value is not None:
        return value
    for spot in spots(parameter, resources, request.context):
        if isinstance(spot.value, str):
            return TYPES[parameter.type].from_text(spot.value) if parameter.type != "file" else None
        if spot.value is not None:
            return spot.value
    return None
