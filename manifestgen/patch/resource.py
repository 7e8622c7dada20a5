"""A Kubernetes object with its identity and its history."""

from __future__ import annotations

from typing import Any, NamedTuple

from manifestgen.model import pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manifestgen.model.identity import Id
    from manifestgen.patch.provenance import Origin
    from manifestgen.patch.rfc6902 import Operation
    from manifestgen.yamlio.source import Anchor


class Change(NamedTuple):
    """What one operation of a patch did to one resource.

    Attributes:
        layer: the stage that wrote, such as `release v3.9` or `overlay site`.
        anchor: where the operation is written; its `str()` is `file:line:column`. None for a value that no
            file holds, such as a command line option.
        number: of the operation within its patch, from 1.
        inside: for a document in a string: the pointer of the string, one entry a level.
        lowered: the plain RFC 6902 operations on the object itself, in order.
        shown: the plain operations as `explain` shows them: inside the innermost document.
        origin: for a value that a parameter gave: the parameter, and where its value was given.
    """

    layer: str
    anchor: Anchor | None
    number: int
    inside: tuple[str, ...]
    lowered: tuple[Operation, ...]
    shown: tuple[Operation, ...]
    origin: str = ""


class Resource(NamedTuple):
    """One object of a bundle; a value: nothing changes it, and its body must not be changed.

    Attributes:
        id: what it is called.
        body: the object as plain dict, list, str, int, float, bool and None.
        component: the part of the output it belongs to, such as `node`; empty for a user's own.
        base: the object as it was read.
        original: what it was called then.
        layer: the stage that brought it.
        anchor: where it was read; None for an object that no file holds.
        history: every change since, oldest first.
    """

    id: Id
    body: dict[str, Any]
    component: str
    base: dict[str, Any]
    original: Id
    layer: str
    anchor: Anchor | None = None
    history: tuple[Change, ...] = ()

    def origin(self, path: str = "") -> Origin:
        """Where a field's value came from, and what it replaced.

        Args:
            path: a JSON Pointer into the body; the empty one is the object itself.

        Raises:
            OperationFailed: there is no such field; the nearest are named.
            PointerSyntaxError: the path is not a JSON Pointer.
        """
        from manifestgen.patch.provenance import origin_of  # noqa: PLC0415 - built only when asked for

        return origin_of(self, pointer.parse(path))
