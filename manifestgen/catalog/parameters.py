"""Parameters: values from every source in one order of precedence, and refusing invalid ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.parameter_types import TYPES, requirement, seconds
from manifestgen.errors import ErrorCollector, ManifestgenError, Where, as_message, nearest
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from manifestgen.catalog.model import Parameter


class ValueSource(Record):
    """Values from one source.

    Attributes:
        values: by parameter name.
        where: the source: a reference if each value has its own location, otherwise the location of all of them.
        as_text: they are command-line words that still have to be parsed by type.
        site_wide: they describe a site rather than a single call, so a call can leave out a component that
            some of them concern.
    """

    values: Mapping[str, Any]
    where: SourceRef | Location
    as_text: bool = False
    site_wide: bool = False

    def location(self, name: str) -> Where:
        """The location of one value."""
        return self.where if isinstance(self.where, Location) else self.where.at(name).location

    def path(self, encode: str) -> str:
        """The path of a file that a value refers to: relative to the file with the value, if there is one."""
        if isinstance(self.where, Location):
            folder = os.path.dirname(self.where.file) if self.where.line else ""  # an option has no line
        else:
            folder = os.path.dirname(self.where.source.name)
        return os.path.join(folder, encode)


class ResolvedValue(Record):
    """The effective value of one parameter, and its source."""

    value: Any
    source: ValueSource


class UnknownParameter(ManifestgenError):
    """A value is set for a parameter that the profile does not have.

    Attributes:
        name: the parameter.
    """

    def __init__(self, name: str, known: Iterable[str], profile: str, where: Where) -> None:
        super().__init__(
            f"{f'profile {profile} has' if profile else 'there is'} no parameter {name!r}",
            where=where,
            candidates=nearest(name, known),
            next_step=f"run manifestgen parameters {profile or 'PROFILE'} to see them all",
        )
        self.name = name


class BadValue(ManifestgenError):
    """A value does not match its parameter's type.

    Attributes:
        parameter: its name.
        reason: what is wrong with the value; empty if the description of the type says it all.
    """

    def __init__(self, parameter: Parameter, value: Any, reason: str, where: Where) -> None:
        super().__init__(
            f"{parameter.name} must be {requirement(parameter.type, parameter.bounds)}{reason and f': {reason}'}",
            where=where,
            found="" if parameter.secret else as_message(value),
            candidates=nearest(str(value), parameter.bounds.choices),
            next_step=f"for example {parameter.assignment()}",
        )
        self.parameter = parameter.name
        self.reason = reason


def resolve(declared: Mapping[str, Parameter], given: Iterable[ValueSource], profile: str) -> dict[str, ResolvedValue]:
    """The effective values: for each parameter the last one that was set, checked. This alone decides precedence.

    Args:
        declared: the profile's parameters.
        given: sources in order of precedence, the strongest last.
        profile: its name, for messages.

    Returns:
        Values that were set; defaults are not among them.

    Raises:
        Failures, or the only failure: unknown parameters and bad values, from whichever source.
    """
    gathered = ErrorCollector()
    chosen: dict[str, ResolvedValue] = {}
    for source in given:
        for name, value in source.values.items():
            with gathered:
                if name not in declared:
                    raise UnknownParameter(name, declared, profile, source.location(name))
                parameter = declared[name]
                if source.as_text and isinstance(value, str):
                    value = TYPES[parameter.type].from_text(value)  # noqa: PLW2901 - the same value, read
                chosen[name] = ResolvedValue(validate(parameter, value, partial(source.location, name)), source)
    gathered.raise_all()
    return chosen


def validate(parameter: Parameter, value: Any, location: Callable[[], Where]) -> Any:
    """One value in the form that its type uses.

    Args:
        parameter: whose value it is.
        value: the value.
        location: returns where it is written, for the error.

    Raises:
        BadValue: with the reason, the location and an example.
    """
    try:
        return TYPES[parameter.type].check(value, parameter.bounds)
    except ValueError as error:
        raise BadValue(parameter, value, str(error), location()) from None


def encode(value: Any, form: str) -> Any:
    """A value as an operation's operand.

    Args:
        value: a checked value.
        form: `value`, `string`, `json`, `base64`, `items`, `names` or `seconds`.
    """
    if form == "seconds":
        return seconds(value)
    if form == "string":
        return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    if form == "items":
        return [{"name": name, "value": text} for name, text in value.items()]
    if form == "names":
        return [{"name": name} for name in value]
    if form == "json":
        import json

        return json.dumps(value, ensure_ascii=False)
    if form == "base64":
        import base64

        return base64.b64encode(value.encode() if isinstance(value, str) else value).decode("ascii")
    return value
