"""A difference as plain values, with origins and without secrets, from which every format is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from manifestgen.difference.changes import ADDED, CHANGED, MISSING, MOVED, REMOVED, RENAMED, FieldChange, Move, Paths
from manifestgen.difference.field_origins import FieldOrigins
from manifestgen.difference.object_diffs import IgnoredOrder
from manifestgen.difference.redaction import redacted
from manifestgen.errors import counted, visible
from manifestgen.model import pointer
from manifestgen.model.frozen import asdict, evolve, frozen
from manifestgen.patch.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.difference.object_diffs import ObjectDiff, ObjectDiffs


@frozen
class Side:
    """One side of a difference.

    Attributes:
        path: JSON Pointer of the field on this side; in the innermost embedded document, if any.
        value: its value; None if the side has none.
        origin: where it came from, or what removed it, in words; empty where nobody knows.
    """

    path: str
    value: Any
    origin: str


@frozen
class FieldReport:
    """One difference in an object.

    Attributes:
        change: see `FieldChange.kind`.
        path: the path of the field, with named list items; in the innermost embedded document, if any.
        inside: the strings of the embedded documents, outermost first, such as `/data/config (YAML)`.
        left, right: the sides.
        moves: for a list in another order.
        becomes: for a removed list item that was renamed, its new path.
        was: for an added list item that was renamed, its old path.
        within: the other differences of a renamed item.
        notes: additional lines of a report, such as why it was changed.
    """

    change: str
    path: str
    inside: tuple[str, ...]
    left: Side
    right: Side
    moves: tuple[Move, ...] = ()
    becomes: str = ""
    was: str = ""
    within: tuple[FieldReport, ...] = ()
    notes: tuple[str, ...] = ()


@frozen
class ObjectReport:
    """An object that differs.

    Attributes:
        change: see `ObjectDiff.kind`.
        id: its identity.
        was: its identity on the left side, if that differs.
        left, right: where the object came from.
        fields: the differences in it.
        move: its new position, if it moved.
        body: the object, if only one side has it.
        notes: see `FieldReport.notes`.
    """

    change: str
    id: str
    was: str
    left: str
    right: str
    fields: tuple[FieldReport, ...]
    move: Move | None
    body: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> Iterator[FieldReport]:
        """The differences in it for people: a renamed list item as one difference, then what differs in it."""
        return _told(self.fields)

    @property
    def former_name(self) -> str:
        """Its old identity, if more than the API version differs, which is reported as a field."""
        return self.was if self.was.partition(" ")[2] != self.id.partition(" ")[2] else ""

    @property
    def is_version_only(self) -> bool:
        """Whether only the API version differs."""
        return self.change == CHANGED and not self.move and [one.path for one in self.fields] == ["/apiVersion"]

    @property
    def is_move_only(self) -> bool:
        """Whether only the position among the objects differs."""
        return self.change == MOVED


@frozen
class FileReport:
    """A file that differs in something other than its objects.

    Attributes:
        change: `missing`, `stale`, `unreadable`, `renamed`, `formatting` or `changed`.
        path: of the file.
        detail: what is wrong with it, one line each.
    """

    change: str
    path: str
    detail: tuple[str, ...] = ()


@frozen
class Report:
    """How two bundles differ.

    Attributes:
        names: the names of the two sides.
        objects: the objects that differ.
        same: how many objects do not differ.
        files: differences other than in objects.
        title: what is compared, if there is more than one report.
        live: whether the left side is a cluster.
        uncovered: objects of the right side about which the left side says nothing.
        order: the ignored differences of order; None if order counts.
    """

    names: tuple[str, str]
    objects: tuple[ObjectReport, ...]
    same: int
    files: tuple[FileReport, ...] = ()
    title: str = ""
    live: bool = False
    uncovered: tuple[str, ...] = ()
    order: IgnoredOrder | None = None

    def __bool__(self) -> bool:
        return bool(self.objects or self.files)

    def count(self, change: str) -> int:
        """How many objects differ in the given way."""
        return sum(one.change == change for one in self.objects)

    @property
    def fields(self) -> int:
        """The number of differences in objects that both sides have, as shown to people."""
        return sum(len(tuple(one.told)) for one in self.objects)


def _told(fields: Iterable[FieldReport]) -> Iterator[FieldReport]:
    for field in fields:
        if field.was:
            yield evolve(field, change=RENAMED)
            yield from _told(field.within)
        elif not field.becomes:
            yield field


def report(diff: ObjectDiffs) -> Report:
    """The report of a difference."""
    paired = sum(bool(one.left and one.right) for one in diff)
    same = len(diff.tree.matching.pairs) - paired
    return Report(diff.names, tuple(_object(one) for one in diff), same, live=diff.live, order=diff.order)


def _object(one: ObjectDiff) -> ObjectReport:
    left, right = (FieldOrigins(side) if side else None for side in (one.left, one.right))
    was = str(one.left.id) if one.left and one.left.id != one.id and not one.live else ""
    fields = tuple(_field(change, one, left, right) for change in one.changes) if left and right else ()
    alone = one.left if one.right is None else one.right if one.left is None else None
    return ObjectReport(
        change=one.kind,
        id=str(one.id),
        was=was,
        left=left.of(((),)) if left else "",
        right=right.of(((),)) if right else "",
        fields=fields,
        move=one.move,
        body=redacted(alone.id.kind, (), alone.content) if alone else None,
    )


def _field(change: FieldChange, one: ObjectDiff, left: FieldOrigins, right: FieldOrigins) -> FieldReport:
    assert one.left
    assert one.right
    return FieldReport(
        change=change.kind,
        path=pointer.to_text(change.name[-1]) or "/",
        inside=tuple(
            f"{pointer.to_text(path)} ({form})" for path, form in zip(change.name, change.formats, strict=False)
        ),
        left=_side(
            one.left,
            change.left_at,
            change.left,
            left.of_removal(change.name, change.right_at) if change.kind == ADDED else left.of(change.left_at),
        ),
        right=_side(
            one.right,
            change.right_at,
            change.right,
            right.of_removal(change.name, change.left_at) if change.kind == REMOVED else right.of(change.right_at),
        ),
        moves=change.moves,
        becomes=_sibling(change, change.becomes),
        was=_sibling(change, change.was),
        within=tuple(_field(inner, one, left, right) for inner in change.within),
    )


def _sibling(change: FieldChange, name: str) -> str:
    """The path of an item of the same list; empty without a name."""
    return pointer.to_text((*change.name[-1][:-1], name)) if name else ""


def _side(resource: Resource, at: Paths, value: Any, origin: str) -> Side:
    return Side(pointer.to_text(at[-1]), redacted(resource.id.kind, at[0], value), origin)


def summary(found: Report) -> str:
    """A summary in one line: how many objects differ and how."""
    left_out = f"; left out: {found.order.told()}" if found.order and found.order.told() else ""
    if not found.objects:
        return f"nothing differs; {counted(found.same, 'object')} the same{left_out}"
    counts = [(found.count(change), change) for change in (ADDED, MISSING, REMOVED, RENAMED, CHANGED, MOVED)]
    parts = [f"{count} {change}" for count, change in counts if count]
    fields = f" ({counted(found.fields, 'field')})" if found.fields else ""
    total = counted(sum(count for count, _ in counts), "object")
    return (
        f"{total} differ{'s' if total.startswith('1 ') else ''}: {', '.join(parts)}{fields}; {found.same} the same"
        + left_out
    )


def to_json(found: Report) -> str:
    """The report as a JSON text."""
    import json  # imported lazily: the other formats do not need it

    return visible(json.dumps(as_plain(found), indent=2, ensure_ascii=False), keep="\n") + "\n"


def as_plain(found: Report) -> dict[str, Any]:
    """The report as dicts, lists and scalars, with the members documented in docs/golden.md."""
    counts = {change: found.count(change) for change in (ADDED, REMOVED, RENAMED, CHANGED, MOVED)}
    if found.live:
        counts = {MISSING: found.count(MISSING), CHANGED: found.count(CHANGED)}
    return {
        "equal": not found,
        "left": found.names[0],
        "right": found.names[1],
        "summary": {**counts, "same": found.same, "fields": sum(len(one.fields) for one in found.objects)},
        "objects": [_plain_object(one) for one in found.objects],
        **({"uncovered": list(found.uncovered)} if found.live else {}),
        **({"order": _plain_order(found.order)} if found.order else {}),
        **({"files": [asdict(file) for file in found.files]} if found.files else {}),
    }


def _plain_order(order: IgnoredOrder) -> dict[str, Any]:
    """The differences of order that were left out."""
    return {"objects": order.objects, "lists": [{"id": str(identity), "path": path} for identity, path in order.lists]}


def _plain_object(one: ObjectReport) -> dict[str, Any]:
    return {
        "change": one.change,
        "id": one.id,
        **({"was": one.was} if one.was else {}),
        "left": one.left or None,
        "right": one.right or None,
        **({"moved": one.move._asdict()} if one.move else {}),
        **({"body": one.body} if one.body else {}),
        "fields": [_plain_field(field) for field in one.fields],
    }


def _plain_field(field: FieldReport) -> dict[str, Any]:
    sides = {
        name: {"pointer": side.path, "value": side.value, "place": side.origin or None}
        for name, side in (
            ("left", field.left),
            ("right", field.right),
        )
    }
    if field.change == ADDED:
        del sides["left"]["value"]
    if field.change == REMOVED:
        del sides["right"]["value"]
    if field.change == MOVED:
        sides = {}
    return {
        "change": field.change,
        "path": field.path,
        **({"inside": list(field.inside)} if field.inside else {}),
        **sides,
        **({"moves": [move._asdict() for move in field.moves]} if field.moves else {}),
        **({"becomes": field.becomes} if field.becomes else {}),
        **({"was": field.was, "fields": [_plain_field(one) for one in field.within]} if field.was else {}),
    }
