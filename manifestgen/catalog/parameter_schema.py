"""The format of `parameters`: their types, and the places that their values are written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import InvalidProfile
from manifestgen.catalog.model import ConditionalPatch, Parameter, Prototype
from manifestgen.catalog.parameter_types import TYPES, Bounds
from manifestgen.catalog.parameters import validate
from manifestgen.catalog.patch_schema import PATCH_HEAD, below, read_head, read_one_operation
from manifestgen.patch.model import Patch
from manifestgen.patch.select import check_pattern
from manifestgen.yamlio.typed import (
    any_string,
    anything,
    boolean,
    choice,
    integer,
    list_of,
    mapping,
    mapping_of,
    one_or_list_of,
    parsed,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.yamlio.locations import SourceRef
    from manifestgen.yamlio.typed import Readers

_BOUND = ("add", "replace", "test")
"""The operations that take the parameter's value."""


def read_parameters(value: Any, ref: SourceRef) -> Mapping[str, Parameter]:
    """The parameters that a profile declares, by name.

    Raises:
        Failures, or the only failure: every mistake, with its location.
    """
    return _PARAMETERS(value, ref)


def _parameter(value: Any, ref: SourceRef) -> Parameter:
    name = str(ref.path[-1])
    entry = _PARAMETER(value, ref)
    parameter = Parameter(
        name=name,
        type=entry["type"],
        description=entry.get("description", ""),
        bounds=Bounds(**{member: entry[member] for member in Bounds._fields if member in entry}),
        default=None,
        secret=entry.get("secret", False),
        sets=entry.get("sets", ()),
        ref=ref,
        each=entry.get("each", ()),
        example=entry.get("example", ""),
    )
    if "default" not in entry:
        return parameter
    at = ref.at("default")
    if parameter.type == "file":
        raise InvalidProfile("a file has no default", where=at.location, next_step="give its path under values")
    return parameter._replace(default=validate(parameter, entry["default"], lambda: at.location))


def _place(value: Any, ref: SourceRef) -> ConditionalPatch:
    """One entry of `sets`: a patch whose operations take the parameter's value.

    An operation that has its own value, or needs none, is used as it is. A list of paths means each of them.
    """
    return _patch(_PLACE(value, ref), ref)


def _prototype(value: Any, ref: SourceRef) -> Prototype:
    """One entry of `each`: the operations that put an item into its copy."""
    entry = _PROTOTYPE(value, ref)
    return Prototype(_patch(entry, ref), entry.get("without", "drop") == "keep")


def _patch(entry: Mapping[str, Any], ref: SourceRef) -> ConditionalPatch:
    # The parameter's name is part of the path: …/NAME/sets/0.
    parameter = ref.path[-3]
    operation = {"op": "add", **{member: entry[member] for member in _OPERATION if member in entry}}
    if "value" not in entry and operation["op"] in _BOUND:
        operation["valueFrom"] = {
            "parameter": parameter,
            **{part: entry[part] for part in ("as", "text") if part in entry},
        }
    head = read_head(entry)
    steps = tuple(below(read_one_operation({**operation, "path": path}, ref), head.base) for path in entry["path"])
    return ConditionalPatch(
        Patch(target=head.target, expect=head.expect, inside=head.inside, operations=steps, ref=ref), head.when
    )


_OPERATION: Readers = {
    "op": string,
    "from": string,
    "value": anything,
    "create": boolean,
    "insert": string,
    "if": string,
}
_SETS: Readers = {**PATCH_HEAD, **_OPERATION, "as": string, "text": string}
_SETS_REQUIRED: Readers = {"target": PATCH_HEAD["target"], "path": one_or_list_of(any_string)}
_PLACE = mapping("a place of a parameter", required=_SETS_REQUIRED, optional=_SETS)
_PROTOTYPE = mapping(
    "a prototype of a parameter", required=_SETS_REQUIRED, optional={**_SETS, "without": choice("drop", "keep")}
)
_PARAMETER = mapping(
    "a parameter",
    required={"type": choice(*TYPES)},
    optional={
        "description": any_string,
        "default": anything,
        "example": any_string,
        "secret": boolean,
        "sets": list_of(_place),
        "each": list_of(_prototype),
        "choices": list_of(string, nonempty=True),
        "minimum": integer,
        "maximum": integer,
        "family": integer,
        "prefix": string,
        "pattern": parsed(check_pattern),
        "form": string,
        "also": list_of(string),
    },
)
_PARAMETERS = mapping_of(_parameter)
