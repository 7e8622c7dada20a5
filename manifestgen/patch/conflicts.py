"""Two patches of one layer that write the same field with different values.

Every write of a layer is recorded in a tree of stable paths (list items by their `name`), so that an insertion
between two patches neither hides nor invents a conflict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError, as_message
from manifestgen.model import pointer
from manifestgen.model.pointer import is_index
from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import same

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from manifestgen.model.identity import Id
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.draft import Draft
    from manifestgen.patch.lower import Lowered
    from manifestgen.patch.model import Patch
    from manifestgen.patch.operation import PatchOperation
    from manifestgen.patch.order import Shifting
    from manifestgen.yamlio.locations import SourceRef

    Watch = Callable[[Draft, Patch, PatchOperation, Tokens, Any], object]

_GONE = object()
_LONGEST_PLACE = 9


class ConflictingWrites(ManifestgenError):
    """Two patches of one layer give the same field different values.

    Attributes:
        field: the field, list items named.
        first, second: the locations of the two operations.
    """

    def __init__(self, resource: Draft, field: str, first: _FieldWrite, second: _FieldWrite) -> None:
        secret = resource.id.kind == "Secret"
        super().__init__(
            f"{resource.id} {field} is written twice in one layer with different values",
            where=second.step.ref.location,
            found="" if secret else f"{_text(second.value)} here, {_text(first.value)} at {first.step.ref}",
            next_step="keep one of the two, or move one into an overlay, which may override",
        )
        self.field = field
        self.first = first.step.ref.location
        self.second = second.step.ref.location


class _FieldWrite:
    """One write: which operation of which patch, and the value; `_GONE` for a removal."""

    __slots__ = ("patch", "step", "value")

    def __init__(self, patch: Patch, step: PatchOperation, value: Any) -> None:
        self.patch = patch
        self.step = step
        self.value = value


class _WrittenField:
    """A field, what was written to it, and the fields below it: by name, and by index in a list."""

    __slots__ = ("_named", "_placed", "write")

    def __init__(self) -> None:
        self._named: dict[str, _WrittenField] = {}
        self._placed: Shifting | None = None
        self.write: _FieldWrite | None = None

    def child(self, token: str) -> _WrittenField | None:
        """The child field; None if nothing was written to it."""
        if not _is_place(token):
            return self._named.get(token)
        found: _WrittenField | None = self._placed.get(int(token)) if self._placed else None
        return found

    def grown(self, token: str) -> _WrittenField:
        """The child field, added if nothing was written to it."""
        node = self.child(token)
        if node is None:
            node = _WrittenField()
            if not _is_place(token):
                self._named[token] = node
            else:
                self.placed.set(int(token), node)
        return node

    @property
    def placed(self) -> Shifting:
        """The child fields that are known only by index."""
        if self._placed is None:
            from manifestgen.patch.order import Shifting  # most fields have names

            self._placed = Shifting()
        return self._placed

    def below(self) -> list[tuple[str, _WrittenField]]:
        """All child fields, with their tokens."""
        placed = [(str(place), node) for place, node in self._placed.items()] if self._placed else []
        return [*self._named.items(), *placed]


def _is_place(token: str) -> bool:
    return is_index(token) and len(token) <= _LONGEST_PLACE


class WriteTracker:
    """The writes of one layer, by object.

    Args:
        watch: called for every write with the draft, the patch, the operation, the path and the value.
    """

    def __init__(self, watch: Watch | None = None) -> None:
        self._trees: dict[int, _WrittenField] = {}
        self._watch = watch

    def of(self, draft: Draft, patch: Patch) -> Callable[[PatchOperation, Tokens, Lowered], None]:
        """A function that records what one operation of `patch` writes to an object.

        It takes the operation, the embedded document that it edits (pointers of the strings, outermost first) and
        its lowered form, and raises ConflictingWrites.
        """
        tree = self._trees.setdefault(id(draft), _WrittenField())
        watch = self._watch

        def note(step: PatchOperation, inside: Tokens, lowered: Lowered) -> None:
            op = lowered.operation.op
            if op == "test":
                return
            if watch:
                watch(draft, patch, step, (*inside, *lowered.stable), _GONE if op == "remove" else lowered.value)
            if lowered.vacated:
                _note(tree, (*inside, *lowered.vacated), _FieldWrite(patch, step, _GONE), draft)
            last = lowered.operation.path[-1:]
            if lowered.stable[-1:] == ("-",):
                _shift(tree, (*inside, *lowered.stable[:-1]), last[0], 1)
                return
            value = _GONE if op == "remove" else lowered.value
            _note(tree, (*inside, *lowered.stable), _FieldWrite(patch, step, value), draft)
            if op == "remove" and last == lowered.stable[-1:]:
                _shift(tree, (*inside, *lowered.stable[:-1]), last[0], -1)

        return note


class Overridden(Record):
    """A parameter's value that a later patch replaced.

    Attributes:
        parameter: the parameter's name.
        resource: the object.
        field: where in it, list items named.
        ref: the operation that replaced the value.
    """

    parameter: str
    resource: Id
    field: str
    ref: SourceRef


class ParameterWrites:
    """Where the values of some parameters were written, to find out what replaces them later.

    Args:
        names: the parameters.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._trees: dict[Id, _WrittenField] = {}

    def note(self, draft: Draft, patch: Patch, step: PatchOperation, place: Tokens, value: Any) -> None:
        """Record what one operation writes, if it writes one of the values."""
        if step.binding and step.binding.parameter in self._names:
            node = self._trees.setdefault(draft.id, _WrittenField())
            for token in place:
                node = node.grown(token)
            node.write = _FieldWrite(patch, step, value)

    def replaced_by(
        self, draft: Draft, patch: Patch, step: PatchOperation, place: Tokens, value: Any
    ) -> list[Overridden]:
        """The values that a later operation replaces."""
        tree = self._trees.get(draft.resource.id)
        if tree is None:
            return []
        return [
            Overridden(parameter=earlier.step.binding.parameter, resource=draft.id, field=field, ref=step.ref)
            for field, earlier in _differing(tree, place, _FieldWrite(patch, step, value))
            if earlier.step.binding
        ]


def _note(tree: _WrittenField, stable: Tokens, write: _FieldWrite, resource: Draft) -> None:
    for field, earlier in _differing(tree, stable, write):
        raise ConflictingWrites(resource, field, earlier, write)
    node = tree
    for token in stable:
        node = node.grown(token)
    node.write = write


def _differing(tree: _WrittenField, stable: Tokens, write: _FieldWrite) -> Iterator[tuple[str, _FieldWrite]]:
    """The writes of other patches that conflict with a write: to the field, its parents and the fields below."""
    node = tree
    for depth, token in enumerate(stable):
        earlier = node.write
        if earlier and earlier.patch is not write.patch:
            before = _member(earlier.value, stable[depth:])
            if before is not _GONE and not same(before, write.value):
                yield pointer.to_text(stable), _FieldWrite(earlier.patch, earlier.step, before)
        below = node.child(token)
        if below is None:
            return
        node = below
    for path, earlier in _written(node, ()):
        if earlier.patch is not write.patch and not same(_member(write.value, path), earlier.value):
            yield pointer.to_text((*stable, *path)), earlier


def _shift(tree: _WrittenField, stable: Tokens, index: str, by: int) -> None:
    """Shift the items of a list that are known only by index: one was inserted or removed before them."""
    node: _WrittenField | None = tree
    for token in stable:
        node = node.child(token) if node else None
    if node is None or not _is_place(index):
        return
    if by > 0:
        node.placed.inserted(int(index))
    else:
        node.placed.removed(int(index))


def _written(node: _WrittenField, path: Tokens) -> list[tuple[Tokens, _FieldWrite]]:
    found = [(path, node.write)] if node.write else []
    for token, below in node.below():
        found += _written(below, (*path, token))
    return found


def _member(value: Any, path: Tokens) -> Any:
    """The value at a stable path; `_GONE` where there is none."""
    for token in path:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.startswith("[name="):
            named = [item for item in value if isinstance(item, dict) and f"[name={item.get('name')}]" == token]
            if not named:
                return _GONE
            value = named[0]
        else:
            return _GONE
    return value


def _text(value: Any) -> str:
    return "removed" if value is _GONE else as_message(value)
