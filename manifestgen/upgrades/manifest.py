"""The outcome for a site's objects of an install, as values of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.difference.redaction import redacted
from manifestgen.errors import as_message
from manifestgen.model import pointer
from manifestgen.model.frozen import frozen
from manifestgen.upgrades.installs import GOES, STAYS
from manifestgen.upgrades.merge import MISSING
from manifestgen.upgrades.objects import deletion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from manifestgen.difference.changes import FieldChange
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource
    from manifestgen.upgrades.installs import ObjectMerge
    from manifestgen.upgrades.merge import MergeConflict


@frozen(kw_only=True)
class BothChanged:
    """A conflict: what both the user and the release changed.

    Attributes:
        path: the path.
        old, mine, new: the values, on one line each; empty for none.
        mine_at, new_at: where they are written.
        next_step: how to resolve it.
    """

    path: str
    old: str
    mine: str
    new: str
    mine_at: str
    new_at: str
    next_step: str


@frozen(kw_only=True)
class ObjectUpgrade:
    """The outcome for an object.

    Attributes:
        object: its identity.
        outcome: `the same`, `as published`, `with your edits`, `new`, `gone`, `stays` or `left out`.
        edits: the user's edits that are kept, one line each.
        conflicts: what both sides changed; the user's value is kept.
        open: differences of unknown origin, one line each.
        command: the command that deletes it.
        because: why it is not deleted.
    """

    object: str
    outcome: str
    edits: tuple[str, ...] = ()
    conflicts: tuple[BothChanged, ...] = ()
    open: tuple[str, ...] = ()
    command: str = ""
    because: str = ""


@frozen(kw_only=True)
class ManifestUpgrade:
    """The outcome for the objects of an install that a site keeps as files.

    Attributes:
        manifest: the new install.
        known_by: the source of what the present release published; empty if unknown.
        objects: the outcomes.
        edited: files of published objects that were edited, so they cannot be relied on.
        misfits: parts of the site that do not fit the new objects, one line each.
        changes: whether a file of the site changes.
    """

    manifest: str
    known_by: str
    objects: tuple[ObjectUpgrade, ...]
    edited: tuple[str, ...]
    misfits: tuple[str, ...]
    changes: bool

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why nothing is written unless forced."""
        unknown = sum(bool(one.open) for one in self.objects)
        objects = f"{unknown} object{'s' * (unknown != 1)}"
        return (
            *(f"{one.object} {each.path}: a conflict" for one in self.objects for each in one.conflicts),
            *([f"{objects} differ, and nothing tells whose changes these are: give --old-manifest"] if unknown else ()),
            *self.misfits,
        )

    def __bool__(self) -> bool:
        return self.changes


def object_upgrade(one: ObjectMerge) -> ObjectUpgrade:
    """The outcome for an object, in words."""
    gone = one.outcome == GOES and one.mine is not None
    command, because = deletion(one.mine) if gone and one.mine else ("", "")
    unknown = [
        "whether the release dropped it, or it is yours" if one.outcome == STAYS else "whether you had removed it"
    ]
    return ObjectUpgrade(
        object=str(one.resource.id),
        outcome=one.outcome,
        edits=tuple(_lines(one.resource, one.edits, "yours")),
        conflicts=tuple(_conflict(one, each) for each in one.conflicts),
        open=(*(unknown if one.is_open else ()), *_lines(one.resource, one.open, "published")),
        command=command,
        because=because,
    )


def _lines(resource: Resource, changes: Iterable[FieldChange], right: str) -> list[str]:
    """Changes, one line each; `right` is the name of the right side."""
    other = "published" if right == "yours" else "yours"
    found = []
    for one in changes:
        path = " ▸ ".join(pointer.to_text(part) for part in one.name)
        if one.moves:
            found.append(f"{path}: in another order")
            continue
        left, value = (_value(resource, one.name[0], side) for side in (one.left, one.right))
        sides = [f"{other} {left}"] if one.kind != "added" else []
        sides += [f"{right} {value}"] if one.kind != "removed" else []
        found.append(f"{path}: {one.kind}, {', '.join(sides)}")
    return found


def _value(resource: Resource, path: Tokens, value: Any) -> str:
    return "" if value is MISSING else as_message(redacted(resource.id.kind, path, value))


def _conflict(one: ObjectMerge, found: MergeConflict) -> BothChanged:
    place = found.place
    whole = not place.name
    values = ["", "", ""] if whole else [_value(one.resource, place.name, value) for value in found[1:]]
    if whole:
        next_step = "remove its file if you can do without it; --force keeps it"
    else:
        next_step = "change the file to the new value, or to the old one; --force keeps yours as a patch"
    return BothChanged(
        path=pointer.to_text(place.name) or "/",
        old=values[0],
        mine=values[1],
        new=values[2],
        mine_at=_where(one.mine, place.mine),
        new_at=_where(one.new, place.new),
        next_step=next_step,
    )


def _where(resource: Resource | None, path: Sequence[str]) -> str:
    """Where a value, or the parent of a missing value, is written."""
    if resource is None:
        return ""
    return str(resource.origin(pointer.to_text(path)))
