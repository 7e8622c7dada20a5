"""The release that made a change, and the reason stated beside its patch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import read_when
from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.releases import FOLDERS
from manifestgen.difference.changes import ADDED, CHANGED, FORMATTING, MOVED, REMOVED
from manifestgen.difference.field_origins import FieldOrigins
from manifestgen.model.pointer import is_index
from manifestgen.model.record import Record
from manifestgen.patch.history import Origin
from manifestgen.upgrades.reasons import reason_of
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from manifestgen.difference.changes import FieldChange, Paths
    from manifestgen.difference.object_diffs import ObjectDiff
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.resource import Resource
    from manifestgen.upgrades.stages import Transition
    from manifestgen.upgrades.versions import VersionStep

SHIPPED = "profiles/"
IMAGES = "images of the release"
_INJECTOR = ("injector/dikastes.yaml", "injector/istio.yaml")
_MOST = 3
_RELEASE = re.compile(r"profiles/(releases|istio|kubernetes)/v(\d+\.\d+)\.yaml:")
_PRODUCTS = {folder: product for product, folder in FOLDERS.items()}
_FOLLOWS = "the image of "


class Cause(Record):
    """Why something changes.

    Attributes:
        step: the release, such as `Calico 3.31`; preceded by `undoes` in a downgrade.
        reason: the comment beside the patch; empty if there is none.
        place: the file and line of the patch, and the layer; empty if it is not in a file.
        own: whether it is something of the user's that no longer applies, or applies only now.
    """

    step: str
    reason: str
    place: str
    own: bool = False


def label_of(step: VersionStep) -> str:
    """The release that makes a change, in words."""
    return f"undoes {step.label}" if step.goes_back else step.label


def causes_of(change: FieldChange | None, one: ObjectDiff, move: Transition) -> tuple[Cause, ...]:
    """Why a change is made in one step.

    Args:
        change: the change of a field; None for an object that is added, removed or renamed.
        one: the object, before and after.
        move: the step.
    """
    step = move.step
    before, after = (one.right, one.left) if step.goes_back else (one.left, one.right)
    if change is None:
        origins = _of_object(before, after)
    else:
        assert before
        assert after
        origins = list(_of_field(change, before, after, goes_back=step.goes_back))
    found = [_cause(origin, step) for origin in origins]
    side = one.right or one.left
    if side and side.component == "injector" and side.layer == "injector":
        found = _of_variants(move) or [Cause(label_of(step), f"{_FOLLOWS}{step.label}", "")]
    unique = {(cause.reason, cause.own): cause for cause in reversed(found)} or {
        ("", False): Cause(label_of(step), "", "")
    }
    return tuple(reversed(unique.values()))[:_MOST]


def causes_of_whole(change: FieldChange, one: ObjectDiff, whole: Transition) -> tuple[Cause, ...]:
    """Why something changes between the start and the end, if no step changes it under the same name.

    Args:
        change: the change of a field.
        one: the object at the start and the end.
        whole: the last step, with what is rendered at the start and the end.
    """
    found = []
    for cause in causes_of(change, one, whole):
        release = _RELEASE.match(cause.place)
        if release:
            undoes = "undoes " if whole.step.goes_back else ""
            cause = cause._replace(step=f"{undoes}{_PRODUCTS[release[1]]} {release[2]}")  # noqa: PLW2901
        found.append(cause)
    return tuple(found)


def _of_object(before: Resource | None, after: Resource | None) -> list[Origin]:
    found = after or before
    if found is None:
        return []
    if before and after:
        known = _known(before)
        return [_origin(change) for change in after.history if _key(_origin(change)) not in known]
    origin = FieldOrigins(found).find(((),))
    return [origin] if origin else []


def _of_field(change: FieldChange, before: Resource, after: Resource, *, goes_back: bool) -> Iterator[Origin]:
    """The operations that made a change, or that prevented it until now."""
    kind, left_at, right_at = change.kind, change.left_at, change.right_at
    if goes_back:
        kind = {ADDED: REMOVED, REMOVED: ADDED}.get(kind, kind)
        left_at, right_at = right_at, left_at
    old, new = FieldOrigins(before), FieldOrigins(after)
    known = _known(before)
    if kind == REMOVED:
        removal = new.find_removal(change.name, left_at)
        if removal and _key(removal) not in known:
            yield removal
            return
    elif kind in {ADDED, CHANGED, FORMATTING}:
        first = new.find(right_at)
        every = [first] if first else []
        if len(right_at) == 1 and not (first and _key(first) not in known):
            every += new.below(right_at[0])
        made = [origin for one in every for origin in _new(one, known)]
        if made:
            yield from made
            return
    known_after = _known(after)
    ended = list(_ended(change, kind, (old, left_at), known_after=known_after))
    at = right_at if kind == ADDED else left_at
    yield from ended or list(_near(at, after, known)) or _near(at, before, known_after)


def _new(origin: Origin, known: set[Hashable]) -> list[Origin]:
    """The new origins among an origin and those it replaced; an image follows its release."""
    return [one for one in origin.chain() if _key(one) not in known or one.layer == IMAGES][:1]


def _ended(
    change: FieldChange, kind: str, old: tuple[FieldOrigins, Paths], *, known_after: set[Hashable]
) -> Iterator[Origin]:
    """The operations that are no longer carried out."""
    fields, at = old
    found: list[Origin | None] = []
    if kind == ADDED:
        found = [fields.find_removal(change.name, change.right_at)]
    elif kind != MOVED:
        found = [fields.find(at), *(fields.below(at[0]) if len(at) == 1 else [])]
    yield from (origin for origin in found if origin and _key(origin) not in known_after)


def _near(at: Paths, resource: Resource, known: set[Hashable]) -> Iterator[Origin]:
    """The operations at or around a path that the other side does not have; list items may have moved."""
    for change in resource.history:
        origin = _origin(change)
        if _key(origin) not in known and any(_is_along(step.path, at[0]) for step in change.lowered):
            yield origin


def _is_along(one: Tokens, other: Tokens) -> bool:
    pairs = zip(one, other, strict=False)
    return all(mine == its or (is_index(mine) and is_index(its)) or "-" in (mine, its) for mine, its in pairs)


def _known(resource: Resource) -> set[Hashable]:
    """Everything that contributed to an object."""
    return {_key(Origin(resource.layer, resource.ref)), *(_key(_origin(change)) for change in resource.history)}


def _origin(change: Any) -> Origin:
    return Origin(change.layer, change.ref, change.number, inside=change.inside, given=change.origin)


def _key(origin: Origin) -> Hashable:
    """A key that identifies an operation; all values in a file of objects share one."""
    if not origin.number:
        return (origin.layer, origin.ref.source.name if origin.ref else "")
    ref = origin.ref
    # An operation and its operand have the same key.
    path = tuple(token for token in ref.path if token != "value")[:4] if ref else ()
    return (origin.layer, ref.source.name if ref else "", path, origin.number)


def _cause(origin: Origin, step: VersionStep) -> Cause:
    own = origin.ref is not None and not origin.ref.source.name.startswith(SHIPPED)
    place = str(origin)
    if origin.layer == IMAGES:
        return Cause(label_of(step), _of_image(origin, step), place)
    reason = reason_of(origin.ref, origin.layer)
    if not reason and origin.given:
        reason = f"the value of {origin.given}"
    return Cause(step=label_of(step), reason=reason, place=place, own=own)


def _of_image(origin: Origin, step: VersionStep) -> str:
    """The cause of a changed image: it follows its release, which may say why its name or tag changed."""
    name = origin.ref.source.name.rpartition("/")[2] if origin.ref else ""
    if name == f"v{step.label.rpartition(' ')[2]}.yaml":
        return reason_of(origin.ref) or "names another image"
    return f"{_FOLLOWS}{step.product} {step.after.as_minor}"


def _of_variants(move: Transition) -> list[Cause]:
    """The reasons in the injector's data for entries that start or stop applying."""
    begins: list[Cause] = []
    ends: list[Cause] = []
    for path in _INJECTOR:
        documents, source = shipped_documents(path)
        for entry, ref in _entries(documents[0], SourceRef(source)):
            when = read_when(entry["when"], ref.at("when"))
            held, holds = (when.holds(stage.context) for stage in (move.before, move.after))
            place = f"{ref} (injector)"
            if holds and not held:
                begins.append(Cause(label_of(move.step), entry["because"], place))
            elif held and not holds:
                ends.append(Cause(label_of(move.step), f"no longer: {entry['because']}", place))
    return begins or ends


def _entries(value: Any, ref: SourceRef) -> Iterator[tuple[dict[str, Any], SourceRef]]:
    if isinstance(value, dict):
        if "when" in value and "because" in value:
            yield value, ref
        for key, member in value.items():
            yield from _entries(member, ref.at(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _entries(item, ref.at(index))


def merged(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes of several steps; for an image that follows each release, only the last step."""
    unique = {(cause.step, cause.reason, cause.own): cause for cause in reversed(causes)}
    found = list(reversed(unique.values()))
    following = [cause for cause in found if cause.reason.startswith(_FOLLOWS)]
    return tuple(cause for cause in found if cause not in following[:-1])


def told(causes: Sequence[Cause]) -> tuple[str, ...]:
    """The lines that say which release makes a change, why, and where."""
    lines = []
    for why in causes:
        reason = why.reason or ("your own patch begins or ends to apply" if why.own else "")
        place = f" [{why.place}]" if why.place else ""
        lines.append(f"{why.step}: {reason}{place}" if reason else f"{why.step}{place}")
    return tuple(lines)
