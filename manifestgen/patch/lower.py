"""Lowering: an operation with our extensions is turned into plain RFC 6902 operations on a given document.

The extensions are list items named by field (`[name=x]`), insertion before or after an item or member, `create`
for missing parents, and `[name]` for adding to a list as to a map. All are resolved here, so that what is
applied, recorded and shown is plain RFC 6902.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import nearest
from manifestgen.model.pointer import is_index
from manifestgen.model.record import Record
from manifestgen.patch import rfc6902, segments
from manifestgen.patch.copies import Copies
from manifestgen.patch.rfc6902 import MissingPlace, Operation, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.operation import PatchOperation

_SHOWN_CANDIDATES = 12


class Lowered(Record):
    """One plain operation, and its paths in a form that does not depend on list indexes.

    Attributes:
        operation: what is applied.
        stable: the path with list items named by their `name` where they have one.
        value: what is written there; for copy and move, what they bring.
        vacated: for move, the stable path of `from`.
    """

    operation: Operation
    stable: Tokens
    value: Any = None
    vacated: Tokens = ()


class _Resolved(Record):
    """A path resolved against a document: the parents to make first, the plain path and the stable path."""

    made: list[Operation]
    path: Tokens
    stable: Tokens
    in_list: bool


def lower(document: Any, step: PatchOperation, copies: Copies | None = None) -> list[Lowered]:
    """The plain operations that carry out one patch operation on `document` in its current state.

    Args:
        document: any JSON value.
        step: the operation, for a single place: conditions and `[*]` are ignored.
        copies: index for finding named items of long lists.

    Raises:
        OperationFailed: a segment of the path is missing, matches several items, or has a parent of the wrong type.
        SegmentSyntaxError: a segment in brackets is malformed.
    """
    finder = _Finder(document, copies or Copies(), makes=step.op in _MAY_MISS and not step.create)
    last = segments.parse(step.path[-1]) if step.path and step.op == "add" else None
    if isinstance(last, segments.ByKey):
        found = _by_key(finder, step, last.key)
        if found is not None:
            return found
    located = finder.locate(step.path, create=step.create, last_may_miss=step.op in _MAY_MISS and not step.insert)
    lowered = _made(located)
    path, stable = located.path, located.stable
    if step.insert and isinstance(parent := rfc6902.find(document, path[:-1]), dict):
        return _beside_member(parent, step, located, finder.copies)
    if step.insert == "after":
        path = (*path[:-1], str(int(path[-1]) + 1))
    if step.op in _MAY_MISS and located.in_list:
        stable = (*stable[:-1], "-")  # an insertion never overwrites
    if step.op in {"copy", "move"}:
        source = finder.locate(step.source)
        moved = Operation(op=step.op, path=path, value=None, source=source.path)
        within = located.in_list and source.path[:-1] == path[:-1]  # the item only moves
        vacated = source.stable if step.op == "move" and not within else ()
        return [
            *lowered,
            Lowered(operation=moved, stable=stable, value=rfc6902.find(document, source.path), vacated=vacated),
        ]
    return [*lowered, Lowered(Operation(step.op, path, step.value), stable, step.value)]


def resolve(document: Any, path: Tokens, copies: Copies | None = None) -> Tokens:
    """An existing path, with list items by index.

    Args:
        document: any JSON value.
        path: reference tokens; those in brackets name list items.
        copies: the index for finding named items of long lists.

    Raises:
        MissingPlace: a segment does not exist.
        OperationFailed: a segment matches several items, or its parent has the wrong type.
    """
    return _Finder(document, copies or Copies(), makes=False).locate(path).path


def _beside_member(parent: dict[str, Any], step: PatchOperation, located: _Resolved, copies: Copies) -> list[Lowered]:
    """Insertion beside a member of a mapping: the value is the members to insert, in order."""
    path, stable = located.path, located.stable
    if not isinstance(step.value, dict):
        next_step = "write value: {NAME: …}"
        raise OperationFailed(path, "what is inserted beside a member is a mapping of members", next_step=next_step)
    for name in step.value:
        if name in parent:
            raise OperationFailed((*path[:-1], name), "exists already", next_step="replace it")
    before = copies.following(parent, path[-1]) if step.insert == "after" else path[-1]
    return [
        Lowered(
            Operation(op="add", path=(*path[:-1], name), value=value, source=(), before=before),
            (*stable[:-1], name),
            value,
        )
        for name, value in step.value.items()
    ]


def _made(located: _Resolved) -> list[Lowered]:
    return [Lowered(made, located.stable[: len(made.path)], made.value) for made in located.made]


_MAY_MISS = frozenset({"add", "copy", "move"})


class _Finder:
    """Resolves paths against one document.

    Args:
        document: any JSON value.
        copies: index for finding named items of long lists.
        makes: for the message: whether `create: true` would make missing parents.
    """

    def __init__(self, document: Any, copies: Copies, *, makes: bool) -> None:
        self._document = document
        self.copies = copies
        self._makes = makes

    def locate(self, tokens: Tokens, *, create: bool = False, last_may_miss: bool = False) -> _Resolved:
        """Walk down the path, resolve named items and collect the parents to make."""
        made: list[Operation] = []
        path: list[str] = []
        stable: list[str] = []
        value = self._document
        parent: Any = None
        in_list = False
        for depth, token in enumerate(tokens, 1):
            is_last = depth == len(tokens)
            in_list = isinstance(value, list)
            if in_list and token.startswith("["):
                above, parent = parent, value
                index, value = self._item(value, token, path, above, made if create and not is_last else None)
                path.append(index)
                stable.append(_stable_name(value, index))
                continue
            path.append(token)
            stable.append(token)
            makes = create and not is_last and isinstance(value, dict)
            # Kubernetes treats null as absent, so a null parent counts as missing and is made.
            if isinstance(value, dict) and token in value and not (makes and value[token] is None):
                parent, value = value, value[token]
            elif in_list and is_index(token) and int(token) < len(value):
                parent, value = value, value[int(token)]
                stable[-1] = _stable_name(value, token)
            elif is_last and last_may_miss:
                break
            elif makes:
                parent, value = value, _container_for(tokens[depth])
                made.append(Operation("add", tuple(path), value))
            else:
                self._refuse(value, tuple(path), tokens[depth:])
        return _Resolved(made=made, path=tuple(path), stable=tuple(stable), in_list=in_list)

    def find(self, path: Tokens) -> Any:
        """The value at a plain path."""
        return rfc6902.find(self._document, path)

    def position(self, items: list[Any], key: str, value: str | int) -> int | None:
        """The index of the last item that has this value for a key; None if there is none."""
        found = [
            at
            for at in self.copies.candidates(items, [(key, segments.written(value))])
            if isinstance(items[at], dict) and items[at].get(key) == value
        ]
        return found[-1] if found else None

    def _refuse(self, container: Any, path: Tokens, after: Tokens) -> None:
        """Raise the error about the last segment of a path, with a hint."""
        above = path[:-1]
        try:
            rfc6902.find(container, path[-1:], above)
        except OperationFailed as error:
            from manifestgen.patch.hints import missing_parent  # imported only when a render fails

            error.next_step = error.next_step or missing_parent(above, container, (path[-1], *after), makes=self._makes)
            raise

    def _item(
        self, items: list[Any], token: str, path: Sequence[str], parent: Any, made: list[Operation] | None
    ) -> tuple[str, Any]:
        """The index and value of the list item that a segment names; made at the end of the list where allowed."""
        segment = segments.parse(token)
        if not isinstance(segment, segments.Match):
            raise OperationFailed(
                (*path, token),
                f"{token} names no item",
                next_step=f"write [{token[1:-1]}=VALUE]; only add takes {token} itself",
            )
        fields = [(field, text) for field, text, _ in segment.pairs]
        matches = [at for at in self.copies.candidates(items, fields) if segment.holds(items[at])]
        if len(matches) == 1:
            return str(matches[0]), items[matches[0]]
        new = segment.new_item() if made is not None and not matches else None
        if made is not None and new is not None:
            made.append(Operation("add", (*path, "-"), new))
            return str(len(items)), new
        if matches:
            raise OperationFailed(
                path,
                f"{len(matches)} items match {token}; exactly one must",
                found=_several(items, matches),
                next_step="name more fields, as in [a=1,b=2], or use the index",
            )
        from manifestgen.patch.hints import elsewhere  # imported only when a render fails

        raise MissingPlace(
            path,
            f"no item matches {token}; exactly one must",
            candidates=_near(token, _names(items, [field for field, _, _ in segment.pairs])),
            next_step=elsewhere(path, parent, segment),
        )


def _container_for(token: str) -> Any:
    """An empty container to which `token` can be added: a list for `-`, 0 and `[…]`, else a mapping."""
    return [] if token in {"-", "0"} or token.startswith("[") else {}


def _names(items: list[Any], fields: Sequence[str]) -> tuple[str, ...]:
    """The items as segments with the same fields, for a message."""
    named = []
    for item in items:
        if all(not field for field in fields) and not isinstance(item, (dict, list)):
            named.append(f"[={segments.written(item)}]")
        elif isinstance(item, dict) and all(field in item for field in fields):
            named.append(f"[{','.join(f'{field}={segments.written(item[field])}' for field in fields)}]")
    return tuple(named)


def _near(token: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return nearest(token, names) or names[:_SHOWN_CANDIDATES]


def _several(items: list[Any], matches: Sequence[int]) -> str:
    names = [items[index].get("name") if isinstance(items[index], dict) else None for index in matches]
    return "items " + ", ".join(f"{i} ({name})" if name else str(i) for i, name in zip(matches, names, strict=True))


def _stable_name(value: Any, token: str) -> str:
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return f"[name={value['name']}]"
    return token


def _by_key(finder: _Finder, step: PatchOperation, key: str) -> list[Lowered] | None:
    """`add …/[name]`: each item replaces the one with the same key, or goes to the end; None if not a list."""
    located = finder.locate((*step.path[:-1], "-"), create=step.create, last_may_miss=True)
    path, stable = located.path[:-1], located.stable[:-1]
    items = finder.find(path) if not located.made else []
    if not isinstance(items, list):
        return None
    lowered = _made(located)
    added: dict[str | int, int] = {}
    for value in step.value if isinstance(step.value, list) else [step.value]:
        if not isinstance(value, dict) or not isinstance(value.get(key), (str, int)):
            raise OperationFailed((*path, f"[{key}]"), f"a value added here must be a mapping that has {key}")
        name = (*stable, f"[{key}={value[key]}]")
        at = added.get(value[key], finder.position(items, key, value[key]))
        if at is None:
            added[value[key]] = len(items) + len(added)
            lowered.append(Lowered(Operation("add", (*path, "-"), value), name, value))
        else:
            lowered.append(Lowered(Operation("replace", (*path, str(at)), value), name, value))
    return lowered
