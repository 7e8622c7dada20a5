"""One operation of a patch as written in a profile: RFC 6902 with our extensions, read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import as_message
from manifestgen.model.record import Record
from manifestgen.patch.expect import Expect, InvalidExpect, read_expect
from manifestgen.patch.rfc6902 import InvalidOperation, operation
from manifestgen.yamlio.typed import UnknownKey

if TYPE_CHECKING:
    from manifestgen.model.pointer import Tokens
    from manifestgen.yamlio.locations import SourceRef

_ALWAYS = ("if", "expect")
_MEMBERS = {
    "add": ("op", "path", "value", "valueFrom", "insert", "create", *_ALWAYS),
    "replace": ("op", "path", "value", "valueFrom", *_ALWAYS),
    "test": ("op", "path", "value", "valueFrom", *_ALWAYS),
    "remove": ("op", "path", *_ALWAYS),
    "move": ("op", "path", "from", "create", *_ALWAYS),
    "copy": ("op", "path", "from", "create", *_ALWAYS),
}
_CONDITIONS = ("present", "absent")
EACH = "[*]"
"""The segment that goes over every item of a list."""
_INSERT = ("before", "after")
_AS = ("value", "string", "json", "base64", "items", "names", "seconds")
VALUE_WORD = "<value>"


class Binding(Record):
    """`valueFrom`: the operand is the value of a parameter.

    Attributes:
        parameter: its name.
        form: how it is written: as the `value` itself, a `string`, `json` text, `base64` of the text, `items` (a
            mapping as a list of name and value), `names` (a list of names as objects that have one) or `seconds` (a
            duration as Protobuf writes it in JSON).
        text: a longer text that the value is a part of, with `<value>` where the value goes.
    """

    parameter: str
    form: str = "value"
    text: str = ""


class PatchOperation(Record):
    """An operation with our extensions, not yet lowered.

    Attributes:
        op: one of the six of RFC 6902.
        path: reference tokens; those in brackets name list items.
        value: the operand, if given or bound.
        source: reference tokens of `from`.
        insert: `before` or `after` the item or member that the path ends in; for a member, its new neighbours are
            the members of `value`; empty for the meaning of RFC 6902.
        create: make missing parents.
        binding: the parameter that gives the operand.
        ref: where the operation is written.
        origin: once bound: the parameter, and where its value was set.
        condition: `present` or `absent`: carried out only where the path is there, or is not; empty for always. A move
            or copy that asks for `present` asks about `from`.
        expect: the number of places in a resource at which it must be carried out.
    """

    op: str
    path: Tokens
    value: Any
    source: Tokens
    insert: str
    create: bool
    binding: Binding | None
    ref: SourceRef
    origin: str = ""
    condition: str = ""
    expect: Expect = Expect()

    @property
    def is_plain(self) -> bool:
        """Whether it always concerns exactly one place."""
        return not self.condition and EACH not in self.path and EACH not in self.source


def read_operation(written: Any, ref: SourceRef) -> PatchOperation:
    """A patch operation from its JSON form; unlike RFC 6902 alone, an unknown member is an error.

    Raises:
        InvalidOperation, UnknownKey, PointerSyntaxError: with the location of the operation.
    """
    if isinstance(written, dict) and "valueFrom" in written:
        plain = operation({**written, "value": None})
    else:
        plain = operation(written)
    known = _MEMBERS[plain.op]
    for member in written:
        if member not in known:
            raise UnknownKey(member, known, ref.at(member).location, plain.op)
    insert = written.get("insert", "")
    if insert and (insert not in _INSERT or not plain.path):
        raise InvalidOperation(
            f"insert cannot be {as_message(insert)}",
            candidates=_INSERT,
            where=ref.at("insert").location,
            next_step="say on which side of the item that the path names",
        )
    if not isinstance(create := written.get("create", False), bool):
        raise InvalidOperation(
            "create must be true or false",
            found=as_message(create),
            where=ref.at("create").location,
            next_step="write create: true, or leave it out",
        )
    binding = _binding(written, ref) if "valueFrom" in written else None
    step = PatchOperation(
        op=plain.op,
        path=plain.path,
        value=plain.value,
        source=plain.source,
        insert=insert,
        create=create,
        binding=binding,
        ref=ref,
    )
    if "if" not in written and "expect" not in written and step.is_plain:
        return step
    return _conditional(step, written, ref)


def _conditional(step: PatchOperation, written: dict[str, Any], ref: SourceRef) -> PatchOperation:
    """An operation with `if`, `[*]` or `expect`."""
    condition = written.get("if", "")
    if condition not in _CONDITIONS and "if" in written:
        raise InvalidOperation(
            f"if cannot be {as_message(condition)}",
            candidates=_CONDITIONS,
            where=ref.at("if").location,
            next_step="write one of them, or leave it out",
        )
    step = step._replace(condition=condition)
    if step.is_plain:
        raise InvalidOperation(
            "expect counts the places of an operation that has if, or [*] in its path; any other has exactly one",
            where=ref.at("expect").location,
            next_step="remove it, or put it beside the target to count resources",
        )
    if step.path[-1:] == (EACH,) and step.op in {"add", "move", "copy"}:
        raise InvalidOperation(
            f"{step.op} needs one place to write to, and [*] at the end of a path is every item that is there",
            where=ref.at("path").location,
            next_step="write - for the end of the list, or replace the items",
        )
    if EACH in step.source and step.path[: _shared(step.source)] != step.source[: _shared(step.source)]:
        raise InvalidOperation(
            "from goes over items that path does not go over",
            where=ref.at("from").location,
            next_step="begin both with the same segments, up to the last [*]",
        )
    if "expect" in written:
        return step._replace(expect=_expect(written["expect"], ref.at("expect")))
    return step._replace(expect=Expect(0 if condition else 1, None))


def _expect(written: Any, ref: SourceRef) -> Expect:
    try:
        return read_expect(written)
    except InvalidExpect as error:
        raise error.placed(ref.location) from None


def _shared(path: Tokens) -> int:
    """The number of segments of a path up to the last [*]."""
    return max((at + 1 for at, token in enumerate(path) if token == EACH), default=0)


def _binding(written: dict[str, Any], ref: SourceRef) -> Binding:
    bound = written["valueFrom"]
    if "value" in written:
        raise InvalidOperation(
            "value and valueFrom exclude each other", where=ref.at("valueFrom").location, next_step="remove one of them"
        )
    if (
        not isinstance(bound, dict)
        or not isinstance(bound.get("parameter"), str)
        or set(bound) - {"parameter", "as", "text"}
    ):
        raise InvalidOperation(
            "valueFrom names a parameter",
            where=ref.at("valueFrom").location,
            found=as_message(bound),
            next_step="write valueFrom: {parameter: NAME}, with as: string|json|base64|items where the form differs",
        )
    form = bound.get("as", "value")
    if form not in _AS:
        raise InvalidOperation(
            f"as cannot be {as_message(form)}",
            where=ref.at("valueFrom", "as").location,
            candidates=_AS,
            next_step="write one of them, or leave it out",
        )
    text = bound.get("text", VALUE_WORD)
    if not isinstance(text, str) or VALUE_WORD not in text:
        raise InvalidOperation(
            f"text is {as_message(text)}, without {VALUE_WORD}",
            where=ref.at("valueFrom", "text").location,
            next_step=f"write {VALUE_WORD} where the value belongs",
        )
    return Binding(bound["parameter"], form, "" if text == VALUE_WORD else text)
