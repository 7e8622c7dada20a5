"""Lowering: an operation with our extensions becomes plain RFC 6902 operations on the document at hand.

The extensions are list items named by field (`[name=x]`), insertion before or after an item or member, `create`
for missing parents, and `[name]` for adding to a list as to a map. All are resolved here, so that what is
applied, journalled and shown is RFC 6902 and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import nearest
from manifestgen.model.pointer import is_index
from manifestgen.model.record import Record
from manifestgen.patch import rfc6902, segments
from manifestgen.patch.rfc6902 import Operation, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.operation import PatchOperation

_SHOWN_CANDIDATES = 12


class Lowered(Record):
    """One plain operation, and names of its places that outlive the indexes.

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


class _Location(Record):
    """A path resolved against a document: what to make first, the plain path, its stable name."""

    made: list[Operation]
    path: Tokens
    stable: Tokens
    in_list: bool


def lower(document: Any, step: PatchOperation) -> list[Lowered]:
    """The plain operations that carry out one patch operation on `document` in its present state.

    Raises:
        OperationFailed: a step of the path is missing, matches several items, or has the wrong type.
        SegmentSyntaxError: a segment in brackets is malformed.
    """
    last = segments.parse(step.path[-1]) if step.path and step.op == "add" else None
    if isinstance(last, segments.ByKey):
        found = _by_key(document, step, last.key)
        if found is not None:
            return found
    located = _locate(document, step.path, create=step.create, last_may_miss=step.op in _MAY_MISS and not step.insert)
    lowered = _made(located)
    path, stable = located.path, located.stable
    if step.insert and isinstance(parent := rfc6902.find(document, path[:-1]), dict):
        return _extra_files(parent, step, located)
    if step.insert == "after":
        path = (*path[:-1], str(int(path[-1]) + 1))
    if step.op in _MAY_MISS and located.in_list:
        stable = (*stable[:-1], "-")  # an insertion overwrites nothing
    if step.op in {"copy", "move"}:
        source = _locate(document, step.source)
        moved = Operation(step.op, path, None, source.path)
        vacated = source.stable if step.op == "move" else ()
        return [*lowered, Lowered(moved, stable, rfc6902.find(document, source.path), vacated)]
    return [*lowered, Lowered(Operation(step.op, path, step.value), stable, step.value)]


def _extra_files(parent: dict[str, Any], step: PatchOperation, located: _Location) -> list[Lowered]:
    """Insertion beside a member of a mapping: the value is the members to insert, in order."""
    path, stable = located.path, located.stable
    if not isinstance(step.value, dict):
        next_step = "write value: {NAME: …}"
        raise OperationFailed(path, "what is inserted beside a member is a mapping of members", next_step=next_step)
    for name in step.value:
        if name in parent:
            raise OperationFailed((*path[:-1], name), "is there already", next_step="replace it")
    names = [*parent, ""]
    before = names[names.index(path[-1]) + (step.insert == "after")]
    return [
        Lowered(Operation("add", (*path[:-1], name), value, (), before), (*stable[:-1], name), value)
        for name, value in step.value.items()
    ]


def _made(located: _Location) -> list[Lowered]:
    return [Lowered(made, located.stable[: len(made.path)], made.value) for made in located.made]


_MAY_MISS = frozenset({"add", "copy", "move"})


def _locate(document: Any, tokens: Tokens, *, create: bool = False, last_may_miss: bool = False) -> _Location:
    """Walk down, resolving items named by field and noting the parents to make."""
    made: list[Operation] = []
    path: list[str] = []
    stable: list[str] = []
    value = document
    in_list = False
    for token, following in zip(tokens, (*tokens[1:], None), strict=False):
        in_list = isinstance(value, list)
        if in_list and token.startswith("["):
            index, value = _item(value, token, path, made if create and following is not None else None)
            path.append(index)
            stable.append(_stable_name(value, index))
            continue
        path.append(token)
        stable.append(token)
        makes = create and following is not None and isinstance(value, dict)
        # Kubernetes takes a null for nothing: where parents are made, it is no parent either.
        if isinstance(value, dict) and token in value and not (makes and value[token] is None):
            value = value[token]
        elif in_list and is_index(token) and int(token) < len(value):
            value = value[int(token)]
            stable[-1] = _stable_name(value, token)
        elif following is None and last_may_miss:
            break
        elif makes and following is not None:
            value = _container_for(following)
            made.append(Operation("add", tuple(path), value))
        else:
            rfc6902.find(value, (token,), tuple(path[:-1]))  # raises, and says what is wrong
    return _Location(made, tuple(path), tuple(stable), in_list)


def _container_for(token: str) -> Any:
    """An empty container that takes `token`: a list for `-`, 0 and `[…]`, else a mapping."""
    return [] if token in {"-", "0"} or token.startswith("[") else {}


def _item(items: list[Any], token: str, path: Sequence[str], made: list[Operation] | None) -> tuple[str, Any]:
    """The index and value of the one list item that a segment names; made at the end where allowed."""
    segment = segments.parse(token)
    if not isinstance(segment, segments.Match):
        raise OperationFailed(
            (*path, token),
            f"{token} names no item",
            next_step=f"write [{token[1:-1]}=VALUE]; only add takes {token} itself",
        )
    matches = [index for index, item in enumerate(items) if segment.holds(item)]
    if len(matches) == 1:
        return str(matches[0]), items[matches[0]]
    new = segment.new_item() if made is not None and not matches else None
    if made is not None and new is not None:
        made.append(Operation("add", (*path, "-"), new))
        return str(len(items)), new
    fields = [field for field, _, _ in segment.pairs]
    what = f"{len(matches)} items match {token}" if matches else f"no item matches {token}"
    raise OperationFailed(
        path,
        f"{what}; exactly one must",
        found=_several(items, matches) if matches else "",
        candidates=() if matches else _near(token, _names(items, fields)),
        next_step="name more fields, as in [a=1,b=2], or use the index" if matches else "",
    )


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


def _by_key(document: Any, step: PatchOperation, key: str) -> list[Lowered] | None:
    """`add …/[name]`: each item replaces the one with the same key, or goes to the end; None if not a list."""
    located = _locate(document, (*step.path[:-1], "-"), create=step.create, last_may_miss=True)
    path, stable = located.path[:-1], located.stable[:-1]
    items = rfc6902.find(document, path) if not located.made else []
    if not isinstance(items, list):
        return None
    lowered = _made(located)
    places = {item[key]: index for index, item in enumerate(items) if isinstance(item, dict) and key in item}
    end = len(items)
    for value in step.value if isinstance(step.value, list) else [step.value]:
        if not isinstance(value, dict) or not isinstance(value.get(key), (str, int)):
            raise OperationFailed((*path, f"[{key}]"), f"a value added here must be a mapping that has {key}")
        name = (*stable, f"[{key}={value[key]}]")
        if value[key] in places:
            lowered.append(Lowered(Operation("replace", (*path, str(places[value[key]])), value), name, value))
        else:
            places[value[key]] = end
            end += 1
            lowered.append(Lowered(Operation("add", (*path, "-"), value), name, value))
    return lowered
