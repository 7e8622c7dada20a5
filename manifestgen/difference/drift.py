"""How the objects of a cluster differ from a bundle, except for what the cluster itself adds."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

from manifestgen.difference.delta import Comparison, ListDelta
from manifestgen.difference.diff import Diff, read_back
from manifestgen.difference.ignore import Ignore
from manifestgen.difference.list_orders import FreeLists
from manifestgen.difference.matching import matching
from manifestgen.difference.object_diffs import IgnoredOrder
from manifestgen.difference.report import Report
from manifestgen.difference.server import LiveRules, same_groups
from manifestgen.model import pointer
from manifestgen.model.frozen import evolve, frozen
from manifestgen.model.identity import Id
from manifestgen.patch.resource import Resource

EVERY_KIND = "all"
"""Among the kinds that a dump covers: every kind."""

_TIER = "default."
_TIERED = frozenset({"NetworkPolicy", "GlobalNetworkPolicy"})
_CALICO = frozenset({"crd.projectcalico.org", "projectcalico.org"})


@frozen(eq=False, repr=False, slots=False)
class Drift(Diff):
    """How a cluster differs from a bundle; false if it does not.

    Attributes:
        uncovered: objects of the bundle about which the cluster's dump says nothing: it has none of their kind, or
            only objects in other namespaces.
        covers, ignore, bundle_only: how the two were compared; see `drift`.
    """

    uncovered: tuple[Id, ...] = ()
    covers: tuple[str, ...] = ()
    ignore: tuple[Ignore, ...] = ()
    bundle_only: bool = False

    def report(self) -> Report:
        """The drift as plain values, with origins and without secrets, from which every format is made."""
        return evolve(super().report(), uncovered=tuple(map(str, self.uncovered)))

    def _confirm(self, patch: list[dict[str, Any]]) -> None:
        """Apply the patch with an independent library and check that no drift remains."""
        from manifestgen.patch.confirm import PatchNotConfirmed, applied

        left = {"items": [resource.content for resource in self.left]}
        made = [read_back(body) for body in applied(left, patch, what=self._patch_name())["items"]]
        remains = drift(
            made,
            self.right,
            covers=self.covers,
            ignore=self.ignore,
            bundle_only=self.bundle_only,
            ignore_order=self.order is not None,
        )
        if remains:
            raise PatchNotConfirmed(self._patch_name(), "drift remains after the jsonpatch library has applied it")


def drift(
    live: Sequence[Resource],
    wanted: Sequence[Resource],
    names: tuple[str, str] = ("cluster", "bundle"),
    *,
    covers: Collection[str] = (),
    ignore: Sequence[Ignore] = (),
    bundle_only: bool = False,
    ignore_order: bool = False,
) -> Drift:
    """How the objects of a cluster differ from a bundle.

    Objects are matched only by identity. Objects that only the cluster has are ignored, and so is the
    order.

    Args:
        live: the objects read from a cluster.
        wanted: the objects of the bundle that are applied.
        names: the names of the two sides.
        covers: kinds of which the dump has every object, or `all`: objects that it lacks are then missing.
        ignore: fields to ignore.
        bundle_only: whether to ignore fields and named list items that the bundle does not state.
        ignore_order: whether to ignore the order of lists whose order has no meaning.
    """
    lefts, rights = [_stored(one) for one in live], [_stored(one) for one in wanted]
    pairs = _pairs(lefts, rights)
    found = matching([(i, j) for j, i in sorted(pairs.items())], len(lefts), len(rights))
    absent = [j for j in range(len(rights)) if j not in pairs]
    by_kind: dict[str, list[Id]] = {}
    for there in lefts:
        by_kind.setdefault(there.id.kind, []).append(there.id)
    namespaces = {one.id.namespace for one in lefts if one.id.namespace}
    uncovered = [j for j in absent if not _covered(rights[j].id, by_kind, namespaces, covers)]
    found = found._replace(removed=(), moved=(), added=tuple(j for j in absent if j not in uncovered))
    changed = {}
    lists: list[tuple[Id, str]] = []
    for i, j in found.pairs:
        identity = rights[j].id
        rules = LiveRules((one for one in ignore if one.about(identity)), bundle_only=bundle_only)
        comparison = Comparison(identity.kind, rules, orders=FreeLists(identity) if ignore_order else None)
        delta = comparison.delta(lefts[i].content, rights[j].content)
        lists += [(identity, pointer.to_text(path)) for path in comparison.reordered]
        if delta:
            changed[i, j] = delta
    bodies = [one.content for one in lefts], [one.content for one in rights]
    tree = ListDelta(*bodies, found, changed)
    return Drift(
        left=tuple(lefts),
        right=tuple(rights),
        tree=tree,
        names=names,
        live=True,
        order=IgnoredOrder(objects=0, lists=tuple(lists)) if ignore_order else None,
        uncovered=tuple(rights[j].id for j in uncovered),
        covers=tuple(covers),
        ignore=tuple(ignore),
        bundle_only=bundle_only,
    )


def _pairs(live: Sequence[Resource], wanted: Sequence[Resource]) -> dict[int, int]:
    """Matches objects of the bundle with objects of the cluster: right index -> left index."""
    found: dict[int, int] = {}
    used: set[int] = set()
    for fits, key in (
        (_is_same, _without_version),
        (_is_same_in_another_group, _without_group),
        (_is_same_in_the_client_namespace, _without_namespace),
    ):
        alike: dict[Hashable, list[int]] = {}
        for i, there in enumerate(live):
            if i not in used:
                alike.setdefault(key(there.id), []).append(i)
        for j, one in enumerate(wanted):
            if j in found:
                continue
            fitting = [i for i in alike.get(key(one.id), ()) if i not in used and fits(live[i].id, one.id)]
            if fitting and (len(fitting) == 1 or fits is not _is_same_in_the_client_namespace):
                found[j] = fitting[0]
                used.add(fitting[0])
    return found


def _without_version(identity: Id) -> Hashable:
    return identity.group, identity.kind, identity.namespace, identity.name


def _without_group(identity: Id) -> Hashable:
    return identity.kind, identity.namespace, _name(identity)


def _without_namespace(identity: Id) -> Hashable:
    return identity.group, identity.kind, identity.name


def _is_same(one: Id, other: Id) -> bool:
    """An identity without the API version: a cluster shows the one that it prefers."""
    return _without_version(one) == _without_version(other)


def _is_same_in_another_group(one: Id, other: Id) -> bool:
    return (
        frozenset({one.group, other.group}) in same_groups()
        and (one.kind, one.namespace) == (other.kind, other.namespace)
        and _name(one) == _name(other)
    )


def _is_same_in_the_client_namespace(one: Id, other: Id) -> bool:
    """An identity without the namespace, which a bundle can leave to the client."""
    return not other.namespace and (one.group, one.kind, one.name) == (other.group, other.kind, other.name)


def _name(identity: Id) -> str:
    """A name without the prefix of Calico's default tier, which one of its two API groups adds."""
    tiered = identity.group in _CALICO and identity.kind in _TIERED
    return identity.name.removeprefix(_TIER) if tiered else identity.name


def _covered(
    identity: Id, live: Mapping[str, Sequence[Id]], namespaces: Collection[str], covers: Collection[str]
) -> bool:
    """Whether a dump would contain an object if the cluster had it."""
    if EVERY_KIND in covers or identity.kind in covers:
        return True
    alike = any(_same_group(one, identity) for one in live.get(identity.kind, ()))
    return alike and (not identity.namespace or identity.namespace in namespaces or len(namespaces) > 1)


def _same_group(one: Id, other: Id) -> bool:
    return one.group == other.group or frozenset({one.group, other.group}) in same_groups()


def _stored(resource: Resource) -> Resource:
    """An object in the form that a cluster stores.

    `stringData` of a Secret becomes `data`, and the prefix of Calico's default tier is removed from a policy's name.
    """
    body = dict(_members(resource))
    return resource if body == resource.content else resource._replace(content=body)


def _members(resource: Resource) -> Iterator[tuple[str, Any]]:
    body = resource.content
    texts = body.get("stringData") if resource.id.kind == "Secret" else None
    for name, member in body.items():
        if name == "metadata" and resource.id.name != _name(resource.id):
            yield name, {**member, "name": _name(resource.id)}
        elif name == "stringData" and isinstance(texts, dict):
            continue
        elif name != "data" or not isinstance(texts, dict):
            yield name, member
    if isinstance(texts, dict):
        from base64 import b64encode  # imported lazily: few bundles have such a Secret

        encoded = {key: b64encode(str(text).encode()).decode() for key, text in texts.items()}
        yield "data", {**(body.get("data") or {}), **encoded}
