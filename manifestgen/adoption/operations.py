"""A difference as patch operations in a profile's notation: with named list items and embedded documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.difference.delta import EmbeddedDelta, ListDelta, MapDelta
from manifestgen.model import pointer
from manifestgen.model.plain import copied
from manifestgen.model.record import Record
from manifestgen.patch import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from manifestgen.difference.delta import Delta
    from manifestgen.model.pointer import Tokens

_IMAGE_LISTS = frozenset({"containers", "initContainers"})


class PatchStep(Record):
    """One operation.

    Attributes:
        documents: the embedded documents around it, as a patch names them; outermost first.
        operation: the operation, as written in a patch file.
    """

    documents: tuple[tuple[str, str], ...]
    operation: dict[str, Any]


class ImageChange(Record):
    """A container's image that differs.

    Attributes:
        step: the operation that would change it.
        before, after: the references.
    """

    step: PatchStep
    before: str
    after: str


class _ItemPlace(Record):
    """Where an item is added: the last token of the path, and whether it goes after the item that the token names."""

    token: str
    after: bool = False


def steps_of(delta: Delta, *, whole: Collection[str] = ()) -> Iterator[PatchStep | ImageChange]:
    """The operations, in order, that turn the left value into the right one.

    Args:
        delta: the difference.
        whole: pointers of strings that are replaced as a whole though they hold a document.
    """
    yield from _walk(delta, (), (), frozenset(whole))


def _walk(
    delta: Delta, path: Tokens, documents: tuple[tuple[str, str], ...], whole: frozenset[str]
) -> Iterator[PatchStep | ImageChange]:
    if isinstance(delta, MapDelta):
        for key in delta.removed:
            yield _step(documents, "remove", (*path, key))
        for key, below in delta.changed.items():
            yield from _walk(below, (*path, key), documents, whole)
        for key in delta.added:
            yield _step(documents, "add", (*path, key), delta.right[key])
    elif isinstance(delta, ListDelta):
        yield from _list(delta, path, documents, whole)
    elif isinstance(delta, EmbeddedDelta):
        at = pointer.to_text(path)
        if delta.inner is None or at in whole:
            yield _step(documents, "replace", path, delta.right)
        else:
            yield from _walk(delta.inner, (), (*documents, (at, delta.format.lower())), whole)
    else:
        step = _step(documents, "replace", path, delta.right)
        is_image = path[-1:] == ("image",) and len(path) > 2 and path[-3] in _IMAGE_LISTS
        if is_image and isinstance(delta.left, str) and isinstance(delta.right, str):
            yield ImageChange(step, delta.left, delta.right)
        else:
            yield step


def _list(
    delta: ListDelta, path: Tokens, documents: tuple[tuple[str, str], ...], whole: frozenset[str]
) -> Iterator[PatchStep | ImageChange]:
    """Whole items first, so that each is in its place, then differences in items that both sides have."""
    found = delta.matching
    moved = frozenset(found.moved)
    now = list(delta.left)
    right_of: list[int | None] = [dict(found.pairs).get(i) for i in range(len(now))]
    segment = _namer(delta)
    for i in sorted((*found.removed, *(i for i, _ in moved)), reverse=True):
        yield _step(documents, "remove", (*path, _named(segment, now, i)))
        del now[i], right_of[i]
    for j in sorted((*found.added, *(j for _, j in moved))):
        before = [at for at, right in enumerate(right_of) if right is not None and right < j]
        at = before[-1] + 1 if before else 0
        where = _place(segment, now, at)
        step = _step(documents, "add", (*path, where.token), delta.right[j])
        yield step._replace(operation=step.operation | {"insert": "after"}) if where.after else step
        now.insert(at, delta.right[j])
        right_of.insert(at, j)
    for (i, j), below in delta.changed.items():
        if (i, j) not in moved:
            at = right_of.index(j)
            yield from _walk(below, (*path, _named(segment, now, at)), documents, whole)
            now[at] = delta.right[j]


def _place(segment: Callable[[Any], str], now: list[Any], at: int) -> _ItemPlace:
    """The place of a new item in an operation: at the end, before the first item, or after its predecessor."""
    if at == len(now):
        return _ItemPlace("-")
    if at == 0:
        return _ItemPlace(_named(segment, now, 0))
    name = _named(segment, now, at - 1)
    return _ItemPlace(name, after=True) if name.startswith("[") else _ItemPlace(str(at))


def _namer(delta: ListDelta) -> Callable[[Any], str]:
    """A function that returns the segment of a list item; an empty string if it has none."""
    keys = delta.matching.keys
    if keys:
        return keys.segment
    return lambda item: segments.name({"": item}) if isinstance(item, str) and item else ""


def _named(segment: Callable[[Any], str], items: list[Any], at: int) -> str:
    """An item as a path segment: by its name if that is unique, else by its index."""
    text = segment(items[at])
    if not text:
        return str(at)
    match = segments.parse(text)
    if not isinstance(match, segments.Match) or sum(match.holds(item) for item in items) != 1:
        return str(at)
    return text


def _step(documents: tuple[tuple[str, str], ...], op: str, path: Tokens, *value: Any) -> PatchStep:
    operation: dict[str, Any] = {"op": op, "path": pointer.to_text(path)}
    if value:
        operation["value"] = copied(value[0])
    return PatchStep(documents, operation)
