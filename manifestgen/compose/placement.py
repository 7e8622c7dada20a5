"""The places of parameters in a bundle, and the values there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog import releases
from manifestgen.catalog.loading import shipped_profiles
from manifestgen.embedded import FORMATS
from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.catalog.model import Parameter
    from manifestgen.errors import Where
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.model import Patch
    from manifestgen.patch.resource import Resource


class ParameterHasNoPlace(ManifestgenError):
    """A value is set for a parameter that nothing in this bundle uses.

    Attributes:
        parameter: its name.
    """

    def __init__(self, parameter: Parameter, where: Where | None, context: Context) -> None:
        targets = sorted({str(patch.target) for patch in in_force(parameter, context)})
        super().__init__(
            f"parameter {parameter.name} has no place in profile {context.profiles[0]} of Calico {context.calico}"
            f" with Istio {context.istio}",
            where=where,
            found=f"no object with {' or '.join(targets)}" if targets else "",
            candidates=() if targets else elsewhere(parameter, context),
            next_step="bring the object as a resource of a profile of your own"
            if targets
            else "leave it out; manifestgen parameters PROFILE lists the parameters",
        )
        self.parameter = parameter.name


class LandingField(Record):
    """A place in a bundle that a parameter's value is written to.

    Attributes:
        resource: the object.
        path: the path in it, with named list items; in the innermost embedded document, if any.
        inside: the paths of the strings with those documents, outermost first.
        value: the value there; None if there is none.
    """

    resource: Resource
    path: str
    inside: tuple[str, ...]
    value: Any


def in_force(parameter: Parameter, context: Context) -> list[Patch]:
    """The patches of a parameter whose conditions hold."""
    return [patch for patch, when in parameter.sets if when.holds(context)]


def has_place(parameter: Parameter, resources: Sequence[Resource], context: Context) -> bool:
    """Whether one of the objects takes the parameter's value."""
    patches = in_force(parameter, context)
    return any(patch.target.matches(resource) for patch in patches for resource in resources)


def spots(parameter: Parameter, resources: Iterable[Resource], context: Context) -> Iterator[LandingField]:
    """The places of a parameter's value itself, without its other effects."""
    for patch in in_force(parameter, context):
        for step in patch.operations:
            if step.binding is None:
                continue
            inside = tuple(pointer.to_text(document.path) for document in patch.inside)
            for resource in resources:
                if patch.target.matches(resource):
                    yield LandingField(
                        resource=resource,
                        path=pointer.to_text(step.path),
                        inside=inside,
                        value=_present(resource, patch, step.path),
                    )


def elsewhere(parameter: Parameter, context: Context) -> tuple[str, ...]:
    """Where a parameter without a place here does have one: other profiles of these versions, else other releases."""
    profiles = [
        f"profile {name}"
        for name in shipped_profiles()
        if name not in context.profiles and in_force(parameter, context._replace(profiles=(name,)))
    ]
    if profiles:
        return tuple(profiles)
    minors = [m for m in releases.minors("Calico") if in_force(parameter, context._replace(calico=m))]
    if not minors:
        return ()
    return (f"Calico v{minors[0]}" + (f" to v{minors[-1]}" if len(minors) > 1 else ""),)


def _present(resource: Resource, patch: Patch, path: Tokens) -> Any:
    body: Any = resource.content
    for document in patch.inside:
        text = _walk(body, document.path)
        try:
            body = FORMATS[document.format].parse(text) if isinstance(text, str) else None
        except ManifestgenError:
            return None
    return _walk(body, path)


def _walk(body: Any, path: Tokens) -> Any:
    """The value at a path with named list items; None unless there is exactly one."""
    for token in path:
        if isinstance(body, dict):
            body = body.get(token)
        elif isinstance(body, list) and token.startswith("["):
            match = segments.parse(token)
            found = [item for item in body if match.holds(item)] if isinstance(match, segments.Match) else []
            body = found[0] if len(found) == 1 else None
        elif isinstance(body, list) and pointer.is_index(token) and int(token) < len(body):
            body = body[int(token)]
        else:
            return None
    return body
