"""The places that one operation changes: `[*]` stands for every item of a list, `if` tests whether a path exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError
from manifestgen.patch.copies import Copies
from manifestgen.patch.lower import resolve
from manifestgen.patch.operation import EACH
from manifestgen.patch.rfc6902 import MissingPlace, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.operation import PatchOperation


class WrongNumberOfPlaces(ManifestgenError):
    """An operation applies to more or fewer places of a resource than it expects."""

    def __init__(self, step: PatchOperation, count: int) -> None:
        what = "place" if count == 1 else "places"
        held = f" where the path is {step.condition}" if step.condition else ""
        super().__init__(
            f"it is about {count} {what}{held}, expected {step.expect}",
            next_step="correct the path, or say how many there may be with expect on the operation, such as expect: 0+",
        )


def expand(document: Any, step: PatchOperation, copies: Copies | None = None) -> list[PatchOperation]:
    """The operations on single places that one operation expands to in a document.

    Removals go from the last item to the first, so that none shifts the index of another.

    Args:
        document: any JSON value.
        step: the operation.
        copies: the index for finding named items of long lists.

    Raises:
        WrongNumberOfPlaces: their number is not the expected one.
        OperationFailed: a path cannot be followed.
    """
    if step.is_plain:
        return [step]
    copies = copies or Copies()
    found = [one for one in _each(document, step, copies) if _holds(document, one, copies)]
    if not step.expect.allows(len(found)):
        raise WrongNumberOfPlaces(step, len(found))
    return found[::-1] if step.op in {"remove", "move"} else found


def _each(document: Any, step: PatchOperation, copies: Copies) -> Iterator[PatchOperation]:
    """The operation with an index for every `[*]`."""
    shared = max((at + 1 for at, token in enumerate(step.source) if token == EACH), default=0)
    lenient = bool(step.condition)
    for start in _paths(document, (), step.path[:shared], copies, lenient=lenient):
        source = (*start, *step.source[shared:])
        for path in _paths(document, start, step.path[shared:], copies, lenient=lenient):
            yield step._replace(path=path, source=source)


def _paths(document: Any, done: Tokens, path: Tokens, copies: Copies, *, lenient: bool) -> Iterator[Tokens]:
    """A path with an index for every `[*]` that stands under a list.

    Args:
        document: any JSON value.
        done: the part of the path that is resolved already.
        path: the rest of it.
        copies: the index for finding named items of long lists.
        lenient: treat a missing list as empty; else it is an error.
    """
    at = next((at for at, token in enumerate(path) if token == EACH), None)
    if at is None:
        yield (*done, *path)
        return
    try:
        above = resolve(document, (*done, *path[:at]), copies)
    except MissingPlace:
        if lenient:
            return
        raise
    items = find(document, above)
    if not isinstance(items, list):
        yield from _paths(document, (*above, path[at]), path[at + 1 :], copies, lenient=lenient)
        return
    for index in range(len(items)):
        yield from _paths(document, (*above, str(index)), path[at + 1 :], copies, lenient=lenient)


def _holds(document: Any, step: PatchOperation, copies: Copies) -> bool:
    """Whether the condition of an operation on a single place holds."""
    if not step.condition:
        return True
    asked = step.source if step.condition == "present" and step.source else step.path
    try:
        find(document, resolve(document, asked, copies))
    except MissingPlace:
        return step.condition == "absent"
    return step.condition == "present"
