"""A patch in an embedded document: all operations on its values, then one edit of its text.

The text is parsed and edited once per patch, however many operations the patch has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError, as_message
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch import rfc6902
from manifestgen.patch.copies import Copies
from manifestgen.patch.lower import lower, resolve
from manifestgen.patch.places import expand
from manifestgen.patch.rfc6902 import Operation, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.lower import Lowered
    from manifestgen.patch.model import Embedded, Format
    from manifestgen.patch.operation import PatchOperation


class DocumentStep(Record):
    """An operation that was carried out on one place of an embedded document.

    Attributes:
        number: the number of the operation in its patch, from 1.
        step: the operation.
        lowered: its plain form, in the document.
    """

    number: int
    step: PatchOperation
    lowered: list[Lowered]


class EditedDocument(Record):
    """The effect of a patch on an embedded document.

    Attributes:
        operation: the plain operation on the object, which replaces the string.
        inside: the pointer of the string; in nested documents, one entry for each level.
        steps: the operations, in order.
    """

    operation: Operation
    inside: tuple[str, ...]
    steps: list[DocumentStep]


class _Level(Record):
    """A string in a document, and the document in it."""

    path: Tokens
    form: Format
    text: str


def edited(
    document: Any, inside: Sequence[Embedded], steps: Sequence[PatchOperation], formats: Mapping[str, Format]
) -> EditedDocument | None:
    """Carry out the operations of a patch in an embedded document.

    Args:
        document: the object.
        inside: the paths of the embedded document, outermost first.
        steps: the operations.
        formats: the formats of embedded documents, by name.

    Returns:
        None if an operation cannot be carried out; applying them one at a time then tells which one and why.
    """
    try:
        return _edited(document, inside, steps, formats)
    except ManifestgenError:
        return None


def _edited(
    document: Any, inside: Sequence[Embedded], steps: Sequence[PatchOperation], formats: Mapping[str, Format]
) -> EditedDocument:
    levels: list[_Level] = []
    for at in inside:
        path = string_path(document, at)
        levels.append(_Level(path, formats[at.format], text_at(document, path)))
        document = levels[-1].form.parse(levels[-1].text)
    innermost, copies = levels[-1].form, Copies()
    done: list[DocumentStep] = []
    for number, written in enumerate(steps, 1):
        for step in expand(document, written, copies):
            lowered = lower(document, step, copies)
            for one in lowered:
                document = rfc6902.apply(document, innermost.as_read(one.operation), copies)
            done.append(DocumentStep(number, step, lowered))
    operations = [one.operation for each in done for one in each.lowered if one.operation.op != "test"]
    for level in reversed(levels):
        text = level.form.apply_all(level.text, operations)
        operations = [Operation("replace", level.path, text)]
    return EditedDocument(operations[0], tuple(pointer.to_text(level.path) for level in levels), done)


def text_at(document: Any, path: Tokens) -> str:
    """The text of an embedded document.

    Raises:
        OperationFailed: there is no string at the path.
    """
    text = rfc6902.find(document, path)
    if not isinstance(text, str):
        raise OperationFailed(path, "is not a string that holds a document", found=as_message(text))
    return text


def string_path(document: Any, at: Embedded) -> Tokens:
    """The plain path of a string with a document.

    Raises:
        OperationFailed: it cannot be followed.
    """
    return resolve(document, at.path)
