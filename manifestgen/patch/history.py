"""What happened to an object, as values: the changes made to it, and the origins of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import Operation
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from typing import Protocol

    class Recorded(Protocol):
        """What provenance needs to know about an object, or about a document in one of its strings."""

        @property
        def content(self) -> Any:
            """The object as it is now."""

        @property
        def base(self) -> Any:
            """The object as it was read."""

        @property
        def layer(self) -> str:
            """The layer that it was read from."""

        @property
        def ref(self) -> SourceRef | None:
            """Where it was read."""

        @property
        def history(self) -> tuple[Change, ...]:
            """Every change since, oldest first."""


class Change(Record):
    """What one operation of a patch did to one resource.

    Attributes:
        layer: the layer that wrote it, such as `release v3.9` or `overlay site`.
        ref: where the operation is written; its `str()` is `file:line:column`. None for a value that no
            file holds, such as a command line option.
        number: of the operation within its patch, from 1.
        inside: for a document in a string: the pointer of the string, one entry a level.
        lowered: the plain RFC 6902 operations on the object itself, in order.
        shown: the plain operations as `explain` shows them: inside the innermost document.
        origin: for the value of a parameter: the parameter, and where its value was set.
    """

    layer: str
    ref: SourceRef | None
    number: int
    inside: tuple[str, ...]
    lowered: tuple[Operation, ...]
    shown: tuple[Operation, ...]
    origin: str = ""


class Origin(Record):
    """The origin of a value.

    Attributes:
        layer: the layer that wrote it, such as `base` or `release v3.9`.
        ref: the place of the value, or of the operation that brought it; None where no file holds it.
        number: of the operation within its patch, from 1; 0 for a value of the base.
        value: the value itself where it is a scalar, else None.
        inside: for a document in a string: the strings that the operation went through.
        applied: the plain RFC 6902 operation, or those inside the document, that brought it; empty for the base.
        given: for a parameter's value: the parameter, and where its value was set.
        replaced: the origin of the value that was there before; None for the first.
    """

    layer: str
    ref: SourceRef | None
    number: int = 0
    value: Any = None
    inside: tuple[str, ...] = ()
    applied: tuple[Operation, ...] = ()
    given: str = ""
    replaced: Origin | None = None

    def __str__(self) -> str:
        """`file:line:column operation 3 (profile etcd)`."""
        operation = f" operation {self.number}" if self.number else ""
        said = ", ".join([*filter(None, [self.layer]), *([f"parameter {self.given}"] if self.given else [])])
        return f"{self.ref or 'command line'}{operation}{f' ({said})' if said else ''}"

    def __repr__(self) -> str:
        return f"<Origin {self}>"

    def chain(self) -> Iterator[Origin]:
        """This origin, then the one it replaced, and so on back to the first."""
        origin: Origin | None = self
        while origin is not None:
            yield origin
            origin = origin.replaced
