"""Strategic merge patches, lowered to operations on named list items.

`$patch` and merge keys work as in Kustomize: items that a patch names come first, in its order. The
other directives, which Kustomize leaves in the object, work as in Kubernetes.

Source: kustomize kyaml/yaml/merge2; kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch
and k8s.io/apimachinery pkg/util/strategicpatch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError, as_message, nearest
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.patch import segments
from manifestgen.patch.copies import Copies
from manifestgen.patch.operation import PatchOperation
from manifestgen.patch.order import KeyOrder
from manifestgen.patch.rfc6902 import same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from manifestgen.model.identity import Id
    from manifestgen.model.pointer import Tokens
    from manifestgen.yamlio.locations import SourceRef

    MergeLists = Callable[[Id, Tokens], "MergeList | None"]
    """How a list of an object is merged, by the object's identity and the list's path, with `*` for an item of a list;
    None for one that is replaced."""

_PATCH = "$patch"
_RETAIN = "$retainKeys"
_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"
_MEANINGS = ("delete", "replace", "merge")
_DIRECTIVES = (_PATCH, _RETAIN, f"{_ORDER}LIST", f"{_DELETE}LIST")


class InvalidMerge(ManifestgenError):
    """A strategic merge patch cannot be carried out."""


class MergeList(Record):
    """How a list is merged.

    Attributes:
        keys: the fields that tell its items apart; empty for a set of scalars.
        defaults: the value of a key that an item leaves out.
    """

    keys: tuple[str, ...]
    defaults: Mapping[str, Any] = {}

    def of(self, item: Any) -> tuple[Any, ...] | None:
        """The merge key of an item; None if it has none."""
        if not self.keys:
            return None if isinstance(item, (dict, list)) else (item,)
        if not isinstance(item, dict):
            return None
        values = tuple(item.get(key, self.defaults.get(key)) for key in self.keys)
        return None if None in values or any(isinstance(value, (dict, list)) for value in values) else values


class StrategicMerge(Record):
    """A strategic merge patch.

    Attributes:
        body: as it is written.
        ref: where.
    """

    body: Mapping[str, Any]
    ref: SourceRef

    @property
    def removes(self) -> bool:
        """Whether it removes the whole object."""
        return self.body.get(_PATCH) == "delete"


def operations(merge: StrategicMerge, identity: Id, content: Any, lists: MergeLists) -> list[PatchOperation]:
    """The operations that a strategic merge patch is lowered to for an object.

    Args:
        merge: the patch; its apiVersion, kind, name and namespace only select the object.
        identity: the object's identity.
        content: the object.
        lists: how its lists are merged.

    Raises:
        InvalidMerge: a directive is malformed, or an item of a merged list has no key.
    """
    metadata = merge.body.get("metadata")
    body = {key: value for key, value in merge.body.items() if key not in {"apiVersion", "kind"}}
    if isinstance(metadata, dict):
        body["metadata"] = {key: value for key, value in metadata.items() if key not in {"name", "namespace"}}
    lowering = _Lowering(merge, identity, lists)
    if lowering.meaning(body, ()) == "replace":
        kept = {"apiVersion": content["apiVersion"], "kind": content["kind"]}
        named = {key: content["metadata"][key] for key in ("name", "namespace") if key in content["metadata"]}
        rest = lowering.cleaned(body, ())
        rest["metadata"] = {**named, **(rest.get("metadata") or {})}
        lowering.write("replace", (), {**kept, **rest}, ())
    else:
        lowering.mapping(content, body, _MergePath())
    return lowering.operations


class _MergePath(Record):
    """A path in the object with list items by name; the same with `*` for items; and the location in the patch."""

    path: Tokens = ()
    form: Tokens = ()
    at: tuple[Any, ...] = ()

    def below(self, key: str) -> _MergePath:
        """The path of a member."""
        return _MergePath((*self.path, key), (*self.form, key), (*self.at, key))

    def item(self, name: str, index: int) -> _MergePath:
        """The path of a list item."""
        return _MergePath((*self.path, name), (*self.form, "*"), (*self.at, index))


class _Lowering:
    """Gathers the operations of one patch on one object."""

    def __init__(self, merge: StrategicMerge, identity: Id, lists: MergeLists) -> None:
        self.operations: list[PatchOperation] = []
        self._merge = merge
        self._identity = identity
        self._lists = lists

    def write(self, op: str, path: Tokens, value: Any, at: tuple[Any, ...], source: Tokens = ()) -> None:
        """Add one operation; `at` is the place in the patch that calls for it."""
        ref = self._merge.ref.at(*at)
        self.operations.append(
            PatchOperation(op=op, path=path, value=value, source=source, insert="", create=False, binding=None, ref=ref)
        )

    def _error(self, what: str, at: tuple[Any, ...], next_step: str, **details: Any) -> InvalidMerge:
        return InvalidMerge(what, where=self._merge.ref.at(*at).location, next_step=next_step, **details)

    def _is_directive(self, key: str, at: tuple[Any, ...]) -> bool:
        """Whether a key is a directive; a misspelt directive is an error, any other key is a member ($schema)."""
        if key in {_PATCH, _RETAIN} or key.startswith((_ORDER, _DELETE)):
            return True
        near = nearest(key, _DIRECTIVES) if key.startswith("$") else ()
        if near:
            raise self._error(f"{key} is not a directive", (*at, key), "correct it", candidates=near)
        return False

    def meaning(self, value: Any, at: tuple[Any, ...]) -> str:
        """The `$patch` directive of a mapping; `merge` if there is none."""
        said = value.get(_PATCH, "merge") if isinstance(value, dict) else "merge"
        if said not in _MEANINGS:
            where = (*at, _PATCH)
            raise self._error(f"$patch is {as_message(said)}", where, "correct it", candidates=_MEANINGS)
        return str(said)

    def mapping(self, old: Mapping[str, Any], new: Mapping[str, Any], place: _MergePath) -> None:
        """Merge a mapping of the patch into an existing one."""
        directed = self._directed(new, place)
        for key, value in new.items():
            if self._is_directive(key, place.at):
                continue
            if key not in directed or not isinstance(value, list):
                self._member(old, key, value, place.below(key))
        for key in directed:
            self._directed_list(old, new, key, place)
        if _RETAIN in new:
            self._retain(old, new, place)

    def _member(self, old: Mapping[str, Any], key: str, value: Any, place: _MergePath) -> None:
        meaning = self.meaning(value, place.at)
        if value is None or meaning == "delete":
            if key in old:
                self.write("remove", place.path, None, place.at)
        elif key not in old or old[key] is None:
            self.write("add", place.path, self.cleaned(value, place.at), place.at)
        elif meaning == "replace":
            self.write("replace", place.path, self.cleaned(value, place.at), place.at)
        elif isinstance(value, dict) and isinstance(old[key], dict):
            self.mapping(old[key], value, place)
        elif isinstance(value, list) and isinstance(old[key], list):
            self._list(old[key], value, place)
        elif not same(old[key], value):
            self.write("replace", place.path, self.cleaned(value, place.at), place.at)

    def _directed(self, new: Mapping[str, Any], place: _MergePath) -> dict[str, None]:
        """The lists that the directives of a mapping concern."""
        found: dict[str, None] = {}
        for key, value in new.items():
            for directive in (_ORDER, _DELETE):
                if key.startswith(directive):
                    if not isinstance(value, list):
                        where = (*place.at, key)
                        raise self._error(f"{key} must be a list", where, "write a list", found=as_message(value))
                    found[key.removeprefix(directive)] = None
        return found

    def _directed_list(self, old: Mapping[str, Any], new: Mapping[str, Any], key: str, place: _MergePath) -> None:
        """A list with `$deleteFromPrimitiveList` or `$setElementOrder`."""
        below, order = place.below(key), f"{_ORDER}{key}"
        items, added = old.get(key), new.get(key)
        if not isinstance(items, list):
            if isinstance(added, list):
                self.write("add", below.path, self.cleaned(added, below.at), below.at)
            return
        gone = new.get(f"{_DELETE}{key}", [])
        for index in reversed(range(len(items))):
            if any(same(items[index], one) for one in gone):
                self.write("remove", (*below.path, str(index)), None, (*place.at, f"{_DELETE}{key}"))
        left = [item for item in items if not any(same(item, one) for one in gone)]
        if order in new:
            self._list(left, added if isinstance(added, list) else [], below, (new[order], (*place.at, order)))
        elif isinstance(added, list):
            self._list(left, added, below)

    def _retain(self, old: Mapping[str, Any], new: Mapping[str, Any], place: _MergePath) -> None:
        kept, at = new[_RETAIN], (*place.at, _RETAIN)
        if not isinstance(kept, list):
            raise self._error(f"{_RETAIN} must be a list", at, "write a list of keys", found=as_message(kept))
        for key in new:
            if not self._is_directive(key, place.at) and new[key] is not None and key not in kept:
                raise self._error(f"{key} is patched and not in {_RETAIN}", at, "add it there", found=as_message(kept))
        for key in old:
            if key not in kept and key not in new:
                self.write("remove", (*place.path, key), None, at)

    def _list(
        self, old: Sequence[Any], new: Sequence[Any], place: _MergePath, order: tuple[Sequence[Any], Any] | None = None
    ) -> None:
        """Merge a list into an existing one; `order` is the value of `$setElementOrder`, and its location."""
        rule = self._lists(self._identity, place.form)
        replaces = self._replaces(new, place)
        if rule is None and order is not None:
            raise self._error("this list is not merged, and so has no order to set", order[1], "write the whole list")
        if rule is None or replaces:
            value = self.cleaned(new, place.at)
            if not same(list(old), value):
                self.write("replace", place.path, value, place.at)
            return
        places = [place.item("", index) for index in range(len(new))]
        keys = [self._key(rule, item, one.at) for item, one in zip(new, places, strict=True)]
        present = [(rule.of(item), item) for item in old]
        held, copies = list(old), Copies()
        names = {key: _segment(held, rule, index, copies) for index, (key, _) in enumerate(present) if key is not None}
        first = {key: item for key, item in reversed(present) if key is not None}
        gone = {
            key: one for key, item, one in zip(keys, new, places, strict=True) if self.meaning(item, ()) == "delete"
        }
        stays = {key: (item, one) for key, item, one in zip(keys, new, places, strict=True) if key not in gone}
        for index, (key, item) in enumerate(zip(keys, new, strict=True)):
            if key in stays and key in names and isinstance(item, dict):
                self.mapping(first[key], item, place.item(names[key], index))
        order_now = KeyOrder([key for key, _ in present])
        for key, one in gone.items():
            if key in names:
                index = order_now.index(key)
                name = names[key] if names[key].startswith("[") else str(index)
                self.write("remove", (*place.path, name), None, one.at)
                order_now.remove(index)
        now = order_now.keys()
        wanted = [*stays, *(key for key in now if key not in stays)]
        if order is not None:
            wanted = self._ordered(rule, now, list(stays), order)
        self._arrange(now, wanted, place.path, names, stays)

    def _replaces(self, new: Sequence[Any], place: _MergePath) -> bool:
        """Whether an item says that the patch replaces the whole list."""
        found = [index for index, item in enumerate(new) if self.meaning(item, (*place.at, index)) == "replace"]
        if any(set(new[index]) != {_PATCH} for index in found):
            raise self._error(
                "$patch: replace in an item is about the whole list, and says nothing else",
                (*place.at, found[0], _PATCH),
                "write it as an item of its own, - $patch: replace, and the new items beside it",
            )
        return bool(found)

    def _key(self, rule: MergeList, item: Any, at: Any) -> tuple[Any, ...]:
        key = rule.of(item)
        if key is None:
            what = f"the item has no {' and '.join(rule.keys)}" if rule.keys else "the item is not a scalar"
            raise self._error(f"{what}, by which this list is merged", at, "add it", found=as_message(item))
        return key

    def _ordered(
        self, rule: MergeList, now: Sequence[Any], patched: Sequence[Any], order: tuple[Sequence[Any], Any]
    ) -> list[Any]:
        """The order that `$setElementOrder` asks for; items that it does not name keep their relative place."""
        listed = [self._key(rule, item, (*order[1], index)) for index, item in enumerate(order[0])]
        named, places = set(listed), {key: at for at, key in reversed([*enumerate(now)])}
        for key in patched:
            if key not in named:
                found = as_message(key[0])
                raise self._error("an item is patched that is not in the order", order[1], "add it there", found=found)
        known = {*places, *patched}
        ruled = [key for key in listed if key in known][::-1]
        others = [key for key in now if key not in named][::-1]
        merged: list[Any] = []
        while ruled or others:
            before = others and ruled and ruled[-1] in places and places[others[-1]] < places[ruled[-1]]
            merged.append((others if before or not ruled else ruled).pop())
        return merged

    def _arrange(
        self,
        now: list[Any],
        wanted: Sequence[Any],
        path: Tokens,
        names: Mapping[Any, str],
        new: Mapping[Any, tuple[Any, _MergePath]],
    ) -> None:
        """Add items that are missing, and move items that are in another place."""
        there = set(now)
        for index, key in enumerate(wanted):
            if index < len(now) and now[index] == key:
                continue
            place = "-"
            if index < len(now):
                named = names.get(now[index], "")
                place = named if named.startswith("[") else str(index)
            at = new[key][1].at if key in new else ()
            if key in there:
                source = names[key] if names[key].startswith("[") else str(now.index(key))
                self.write("move", (*path, place), None, at, (*path, source))
                now.remove(key)
            else:
                self.write("add", (*path, place), self.cleaned(new[key][0], at), at)
            now.insert(index, key)

    def cleaned(self, value: Any, at: Any) -> Any:
        """The value that a patch adds where nothing exists: without directives, nulls and items to delete."""
        if isinstance(value, dict):
            self.meaning(value, at)
            return {
                key: self.cleaned(below, (*at, key))
                for key, below in value.items()
                if not self._is_directive(key, at) and below is not None and self.meaning(below, (*at, key)) != "delete"
            }
        if isinstance(value, list):
            return [
                self.cleaned(item, (*at, index))
                for index, item in enumerate(value)
                if not (
                    isinstance(item, dict) and (self.meaning(item, (*at, index)) == "delete" or set(item) == {_PATCH})
                )
            ]
        return value


def _segment(items: list[Any], rule: MergeList, index: int, copies: Copies) -> str:
    """The segment of a list item: by its fields, or by its index if those do not identify it."""
    item = items[index]
    pairs = {key: item[key] for key in rule.keys if key in item} if rule.keys else {"": item}
    text = segments.name(pairs)
    named = segments.parse(text) if text else None
    if not isinstance(named, segments.Match):
        return str(index)
    fields = [(field, value) for field, value, _ in named.pairs]
    if sum(named.holds(items[at]) for at in copies.candidates(items, fields)) != 1:
        return str(index)
    return text


def target_of(body: Mapping[str, Any], ref: SourceRef) -> tuple[str, str, str, str | None]:
    """The group, kind, name and namespace of the object that a strategic merge patch applies to.

    Raises:
        InvalidMerge: one of them is missing.
    """
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    for member, value in (("apiVersion", body.get("apiVersion")), ("kind", body.get("kind")), ("metadata/name", name)):
        if not isinstance(value, str) or not value:
            raise InvalidMerge(
                f"a strategic merge patch without a target needs {pointer.to_text(member.split('/'))[1:]}",
                where=ref.location,
                next_step="add it, or say what it is for with target: {kind: KIND, name: NAME}",
            )
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    return str(body["apiVersion"]).rpartition("/")[0], str(body["kind"]), str(name), namespace
