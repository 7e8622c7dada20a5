"""Differences of an install that a parameter explains: its value, if all its places agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.adoption.bases import without_policy
from manifestgen.catalog.parameter_index import ParameterIndex
from manifestgen.catalog.parameter_types import TYPES
from manifestgen.catalog.parameters import ValueSource, resolve
from manifestgen.compose.parameters import Values
from manifestgen.compose.placement import has_place, in_force, spots
from manifestgen.difference.changes import changes
from manifestgen.difference.delta import Comparison
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from manifestgen.adoption.bases import Base
    from manifestgen.adoption.recognition import Counterparts
    from manifestgen.catalog.model import Parameter
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource

_ORIGIN = Location("adopted values")
_FILLED_IN = "etcd_endpoints"


def bound(given: Mapping[str, Any]) -> Values:
    """Values for a base.

    Raises:
        ManifestgenError: a value is not of its parameter's type.
    """
    declared = ParameterIndex()
    chosen = resolve(declared, [ValueSource(given, _ORIGIN, site_wide=True)], "")
    return Values(
        declared=declared,
        given_names={name: one.value for name, one in chosen.items()},
        where=dict.fromkeys(chosen, _ORIGIN),
        site_wide=frozenset(chosen),
        active_by_default=declared.active_by_default,
    )


def explained(base: Base, pairs: Sequence[Counterparts], absent: Sequence[Resource]) -> dict[str, Any]:
    """The parameter values that explain differences, each only if every place of the parameter agrees.

    Args:
        base: the release and the profile.
        pairs: the objects of the install, with their published counterparts.
        absent: objects of the release that the profile removes; parameters that set their fields cannot be used.
    """
    found: dict[str, Any] = {}
    left = differing(base, found, pairs)
    if not left:
        return found
    sources = [pair.published._replace(content=pair.target) for pair in pairs]
    published = [pair.published for pair in pairs]
    later: list[Parameter] = []
    for parameter in ParameterIndex().values():
        if has_place(parameter, absent, base.context):
            continue
        if _is_map(parameter):
            later.append(parameter)
        elif parameter.type != "file" and not parameter.secret and not parameter.each:
            for value in _candidates(parameter, base, published, sources):
                left = _tried(base, pairs, found, left, {parameter.name: value})
    for parameter in later:
        for item in _items(parameter, base, sources):
            merged = {**found.get(parameter.name, {}), **item}
            left = _tried(base, pairs, found, left, {parameter.name: merged})
    return found


def of_one_field(base: Base, names: Iterable[str]) -> list[frozenset[str]]:
    """Parameters whose values are parts of one field of a list item, as the requests and limits of a container are.

    Args:
        base: the release and the profile.
        names: the parameters to consider.
    """
    found: dict[Tokens, set[str]] = {}
    for name in names:
        steps = [step for patch in in_force(ParameterIndex()[name], base.context) for step in patch.operations]
        items = [max((at for at, token in enumerate(step.path) if token.startswith("[")), default=-1) for step in steps]
        fields = {step.path[: at + 2] for step, at in zip(steps, items, strict=True) if at >= 0}
        if len(fields) == 1 and -1 not in items:
            found.setdefault(fields.pop(), set()).add(name)
    return [frozenset(one) for one in found.values() if len(one) > 1]


def placeholders(base: Base, found: Mapping[str, Any], pairs: Sequence[Counterparts]) -> tuple[str, ...]:
    """Parameters that need a value because the published value is a placeholder, which the install has too."""
    parameter = ParameterIndex()[_FILLED_IN]
    sources = [pair.published._replace(content=pair.target) for pair in pairs]
    texts = [spot.value for spot in spots(parameter, sources, base.context)]
    return (_FILLED_IN,) if _FILLED_IN not in found and any("<" in str(text) for text in texts) else ()


def differing(base: Base, values: Mapping[str, Any], pairs: Sequence[Counterparts]) -> frozenset[Any] | None:
    """The differences between an install and a base with given values; None if the values are not valid."""
    try:
        rendered = {one.id: one for one in base.with_values(bound(values))}
    except ManifestgenError:
        return None
    found = set()
    for number, pair in enumerate(pairs):
        one = rendered.get(pair.published.id)
        if one is None:
            return None
        content = without_policy(one.content, base.policy) if one.id == base.node.id else one.content
        delta = Comparison(one.id.kind).delta(content, pair.target)
        found |= {(number, change.kind, change.name) for change in changes(delta)} if delta else set()
    return frozenset(found)


def _tried(
    base: Base,
    pairs: Sequence[Counterparts],
    found: dict[str, Any],
    left: frozenset[Any] | None,
    value: Mapping[str, Any],
) -> frozenset[Any] | None:
    """The remaining differences after accepting a value, if it explains something and breaks nothing."""
    if not left:
        return left
    now = differing(base, {**found, **value}, pairs)
    if now is None or not now < left:
        return left
    found.update(value)
    return now


def _candidates(
    parameter: Parameter, base: Base, published: Sequence[Resource], sources: Sequence[Resource]
) -> Iterator[Any]:
    """The value that the install has at every place of a parameter, if it differs from the published one."""
    before = [spot.value for spot in spots(parameter, published, base.context)]
    after = [spot.value for spot in spots(parameter, sources, base.context)]
    if before == after or not after or any(value is None for value in after):
        return
    forms = [
        step.binding.form for patch in in_force(parameter, base.context) for step in patch.operations if step.binding
    ]
    read = _read(parameter, after[0], forms[0])
    if read is not None:
        yield read


def _read(parameter: Parameter, value: Any, form: str) -> Any:
    """A value of a parameter's type from the value at one of its places; None if it is not one."""
    if form not in {"value", "string"}:
        return None
    if isinstance(value, str):
        try:
            value = TYPES[parameter.type].from_text(value)
        except (ValueError, ManifestgenError):
            return None
    try:
        return bound({parameter.name: value}).given_names[parameter.name]
    except ManifestgenError:
        return None


def _is_map(parameter: Parameter) -> bool:
    return parameter.type == "map" and any(
        step.binding is not None and step.binding.form == "items"
        for patch, _ in parameter.sets
        for step in patch.operations
    )


def _items(parameter: Parameter, base: Base, sources: Sequence[Resource]) -> Iterator[dict[str, str]]:
    """The variables of the install that a parameter of type map could set."""
    prefix = parameter.bounds.prefix
    for patch in in_force(parameter, base.context):
        for resource in sources:
            if not patch.target.matches(resource):
                continue
            for step in patch.operations:
                for spot in spots(_list_of(parameter, step), [resource], base.context):
                    for item in spot.value if isinstance(spot.value, list) else ():
                        if set(item) == {"name", "value"} and item["name"].startswith(prefix):
                            yield {item["name"]: item["value"]}


def _list_of(parameter: Parameter, step: Any) -> Parameter:
    """The parameter with the list itself as its place."""
    sets = tuple(
        one._replace(
            patch=one.patch._replace(
                operations=tuple(
                    other._replace(path=other.path[:-1]) for other in one.patch.operations if other == step
                )
            )
        )
        for one in parameter.sets
    )
    return parameter._replace(sets=sets)
