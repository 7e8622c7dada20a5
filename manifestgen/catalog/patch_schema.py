"""The format of patches: targets, conditions and operations, in profiles and in `sets` of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS, When, read_when
from manifestgen.errors import ManifestgenError, as_message
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch.expect import Expect, read_expect
from manifestgen.patch.model import Embedded
from manifestgen.patch.operation import read_operation
from manifestgen.patch.select import Selector, check_pattern, requirements
from manifestgen.yamlio.typed import FormatError, choice, list_of, mapping, one_or_list_of, parsed, placed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.operation import PatchOperation
    from manifestgen.yamlio.locations import SourceRef
    from manifestgen.yamlio.typed import Readers

FORMATS = ("json", "yaml", "gotemplate")


class PatchHead(Record):
    """What a patch states besides its operations.

    Attributes:
        target: the resources it applies to.
        expect: how many there must be.
        inside: the embedded document that it edits, outermost first; empty for the object itself.
        base: the path that those of the operations are relative to.
        when: the condition under which it applies.
    """

    target: Selector
    expect: Expect
    inside: tuple[Embedded, ...]
    base: Tokens
    when: When


def read_head(entry: Mapping[str, Any]) -> PatchHead:
    """The head of a patch, from members that were read by `PATCH_HEAD`."""
    return PatchHead(
        target=entry["target"],
        expect=entry.get("expect") or Expect(),
        inside=entry.get("document", ()),
        base=entry.get("at", ()),
        when=entry.get("when", ALWAYS),
    )


def read_target(value: Any, ref: SourceRef) -> Selector:
    """A patch target, with the fields of Kustomize's selector.

    Raises:
        FormatError, InvalidSelector: with the location of the mistake.
    """
    entry = _TARGET(value, ref)
    if not entry:
        raise FormatError(
            "target is empty and would match every object",
            where=ref.location,
            next_step='write kind: ".*" if that is meant',
        )
    get = entry.get
    return Selector(
        group=get("group"),
        version=get("version"),
        kind=get("kind"),
        name=get("name"),
        namespace=get("namespace"),
        labels=get("labelSelector", ()),
        annotations=get("annotationSelector", ()),
    )


def read_operations(value: Any, ref: SourceRef, base: Tokens = ()) -> tuple[PatchOperation, ...]:
    """The operations of a patch.

    Args:
        value: the list.
        ref: its source reference.
        base: the path that theirs are relative to.

    Raises:
        Failures, or the only failure: it is not a list, or operations are malformed.
    """
    if isinstance(value, dict):
        raise FormatError(
            "a patch is a list of RFC 6902 operations, this is a mapping",
            where=ref.location,
            next_step="write the change as operations: strategic merge patches are not taken",
        )
    if not isinstance(value, list):
        raise FormatError(
            "a patch is a list of operations",
            where=ref.location,
            found=as_message(value),
            next_step="write it as in - {op: replace, path: /spec/a, value: b}",
        )
    operations = _OPERATIONS(value, ref)
    return tuple(below(operation, base) for operation in operations) if base else operations


def below(operation: PatchOperation, base: Tokens) -> PatchOperation:
    """An operation whose paths were relative to a base."""
    source = (*base, *operation.source) if operation.op in {"move", "copy"} else operation.source
    return operation._replace(path=(*base, *operation.path), source=source)


def read_one_operation(value: Any, ref: SourceRef) -> PatchOperation:
    """One operation; errors from lower packages get its location."""
    try:
        return read_operation(value, ref)
    except ManifestgenError as error:
        raise error.placed(ref.location) from None


def _embedded(value: Any, ref: SourceRef) -> Embedded:
    return Embedded(**_EMBEDDED(value, ref))


_path = parsed(pointer.parse_pointer)
_EMBEDDED = mapping("a document", required={"path": _path, "format": choice(*FORMATS)})
_TARGET = mapping(
    "a target",
    optional={
        **dict.fromkeys(("group", "version", "kind", "name", "namespace"), parsed(check_pattern)),
        **dict.fromkeys(("labelSelector", "annotationSelector"), parsed(requirements)),
    },
)
_OPERATIONS = list_of(read_one_operation)

PATCH_HEAD: Readers = {
    "target": read_target,
    "when": read_when,
    "expect": placed(read_expect),
    "document": one_or_list_of(_embedded),
    "at": _path,
}
"""The members that a patch has beside its operations, with their readers."""
