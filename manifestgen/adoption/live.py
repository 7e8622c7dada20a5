"""An object from a cluster, without what the cluster has filled in."""

from __future__ import annotations

from typing import Any

from manifestgen.difference.delta import Comparison, ListDelta, MapDelta
from manifestgen.difference.server import LiveRules


def settled(kind: str, live: Any, published: Any) -> Any:
    """What was probably applied: the published object, with the differences that are not the cluster's.

    Args:
        kind: the object's kind.
        live: the object in the cluster.
        published: the object as published.
    """
    return _towards(Comparison(kind, LiveRules()).delta(live, published), live, published)


def _towards(delta: Any, live: Any, published: Any) -> Any:
    if delta is None:
        return published
    if isinstance(delta, MapDelta):
        found = {}
        for key, value in published.items():
            if key in delta.changed:
                found[key] = _towards(delta.changed[key], live[key], value)
            elif key not in delta.added:
                found[key] = value
        for key in delta.changed:
            if key not in published:
                found[key] = _towards(delta.changed[key], live[key], {})
        return {**found, **{key: live[key] for key in delta.removed}}
    if isinstance(delta, ListDelta):
        pairs = dict(delta.matching.pairs)
        return [
            _towards(delta.changed.get((i, pairs[i])), item, published[pairs[i]]) if i in pairs else item
            for i, item in enumerate(live)
            if i in pairs or i in delta.matching.removed
        ]
    return live
