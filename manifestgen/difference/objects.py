"""Matching the objects of two bundles: by identity, then by what is likely to have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.difference.matching import ListMatching, leaves, match_alike, matching
from manifestgen.embedded.line_matching import match_equal

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource


def match_objects(left: Sequence[Resource], right: Sequence[Resource]) -> ListMatching:
    """A matching of the objects of two bundles.

    By identity; else by the same kind, namespace and name in another API version; else the same with a
    namespace that one side leaves to the client; else a similar object of the same kind, as renamed.
    """
    pairs: list[tuple[int, int]] = []
    for key in (_whole, _without_version, _without_group):
        pairs += _matched(left, right, pairs, key)
    anywhere = _matched(left, right, pairs, _without_namespace)
    pairs += [(i, j) for i, j in anywhere if not (left[i].id.namespace and right[j].id.namespace)]
    pairs += _renamed(left, right, pairs)
    return matching(pairs, len(left), len(right))


def _whole(identity: Id) -> Hashable:
    return identity


def _without_version(identity: Id) -> Hashable:
    return identity._replace(version="")


def _without_group(identity: Id) -> Hashable:
    return identity[2:] if identity.group in _MOVED_GROUPS else identity


def _without_namespace(identity: Id) -> Hashable:
    return identity._replace(version="", namespace="")


_MOVED_GROUPS = frozenset({"extensions", "apps", "networking.k8s.io", "policy"})
"""Groups that Kubernetes moved its kinds to from `extensions`, and that one. (v1.8 to v1.25)"""


def _matched(
    left: Sequence[Resource],
    right: Sequence[Resource],
    pairs: Sequence[tuple[int, int]],
    key: Callable[[Id], Hashable],
) -> Iterator[tuple[int, int]]:
    lefts, rights = _free(left, right, pairs)
    found = match_equal([key(left[i].id) for i in lefts], [key(right[j].id) for j in rights])
    return ((lefts[i], rights[j]) for i, j in found)


def _renamed(
    left: Sequence[Resource], right: Sequence[Resource], pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    lefts, rights = _free(left, right, pairs)
    kinds = {(left[i].id.group, left[i].id.kind) for i in lefts}
    for kind in sorted(kinds & {(right[j].id.group, right[j].id.kind) for j in rights}):
        yield from match_alike(_said(left, lefts, kind), _said(right, rights, kind))


def _said(resources: Sequence[Resource], indexes: Sequence[int], kind: tuple[str, str]) -> dict[int, Counter[Hashable]]:
    """The content of objects, without their identity."""
    found = {}
    for index in indexes:
        identity, body = resources[index].id, resources[index].content
        if (identity.group, identity.kind) == kind:
            rest = {key: value for key, value in body.items() if key not in {"apiVersion", "kind", "metadata"}}
            found[index] = leaves(rest or body["metadata"])
    return found


def _free(
    left: Sequence[Resource], right: Sequence[Resource], pairs: Sequence[tuple[int, int]]
) -> tuple[list[int], list[int]]:
    lefts, rights = {i for i, _ in pairs}, {j for _, j in pairs}
    return [i for i in range(len(left)) if i not in lefts], [j for j in range(len(right)) if j not in rights]
