"""A patch as a value: its target, the document that it edits, and its operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.expect import Expect
    from manifestgen.patch.operation import PatchOperation
    from manifestgen.patch.rfc6902 import Operation
    from manifestgen.patch.select import Selector
    from manifestgen.patch.strategic import StrategicMerge
    from manifestgen.yamlio.locations import SourceRef


class Embedded(Record):
    """A document held in a string.

    Attributes:
        path: where the string is, extended reference tokens.
        format: how it is written: the name of a `Format`.
    """

    path: Tokens
    format: str


class Format(Record):
    """How to read and edit the text of an embedded document.

    Attributes:
        parse: text to plain values, for looking list items up.
        apply: carries out one plain operation on the text; bytes that it does not concern stay.
        apply_all: carries out several operations in order, like `apply`, but parses the text as rarely as possible.
        as_read: an operation with its value as it will be parsed, for formats that cannot express every value.
    """

    parse: Callable[[str], Any]
    apply: Callable[[str, Operation], str]
    apply_all: Callable[[str, Sequence[Operation]], str]
    as_read: Callable[[Operation], Operation]


class Patch(Record):
    """Operations and what they are for.

    Attributes:
        target: the resources it applies to.
        expect: how many there must be.
        inside: the embedded document that it edits, outermost first; empty for the object itself.
        operations: in order.
        ref: where the patch is declared.
        merge: a strategic merge patch, from which the operations on each object are made; None for operations.
    """

    target: Selector
    expect: Expect
    inside: tuple[Embedded, ...]
    operations: tuple[PatchOperation, ...]
    ref: SourceRef
    merge: StrategicMerge | None = None

    @property
    def removes(self) -> bool:
        """Whether it only removes whole objects."""
        if self.merge:
            return self.merge.removes
        return not self.inside and any(step.op == "remove" and not step.path for step in self.operations)
