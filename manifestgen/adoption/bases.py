"""What a release publishes in a profile, to compare an install with."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import catalog_index, profile_chain
from manifestgen.compose.parameters import Values
from manifestgen.compose.pipeline import Request, assemble, before_policy
from manifestgen.difference.changes import ADDED, changes
from manifestgen.difference.delta import Comparison
from manifestgen.model.plain import copied
from manifestgen.model.record import Record
from manifestgen.patch import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.model.pointer import Tokens
    from manifestgen.model.version import Version
    from manifestgen.patch.resource import Resource

NODE, CONFIG = "node", "config"
_MADE_ELSEWHERE = frozenset({"injector", "namespaces"})


class PolicyItem(Record):
    """A list item that application layer policy adds to calico-node.

    Attributes:
        path: the path of the list, with named items.
        item: the item.
        whole: whether the list does not exist without it.
    """

    path: Tokens
    item: Any
    whole: bool


class Base(Record):
    """A release of Calico in a profile.

    Attributes:
        profile: its name.
        calico, istio: the versions.
        plain: the objects before application layer policy.
        policy: what that adds to calico-node; empty from Calico 3.8, whose installs include it.
        prepared: calico-node with it.
    """

    profile: str
    calico: Version
    istio: Version
    plain: tuple[Resource, ...]
    policy: tuple[PolicyItem, ...] = ()
    prepared: Resource | None = None

    def full_content(self, published: Resource) -> dict[str, Any]:
        """An object with what application layer policy adds."""
        return self.prepared.content if self.prepared and self.prepared.id == published.id else published.content

    @property
    def context(self) -> Context:
        """The context for conditions."""
        return Context(self.calico, self.istio, profiles=(self.profile,), published=True)

    @property
    def node(self) -> Resource:
        """The DaemonSet of calico-node."""
        return next(one for one in self.plain if one.component == NODE and one.id.kind == "DaemonSet")

    def with_values(self, values: Values) -> tuple[Resource, ...]:
        """The objects with parameter values and application layer policy, as `--published` renders them.

        Raises:
            ManifestgenError: a value is not valid.
        """
        return assemble(_request(self.profile, self.context, values)).resources


@lru_cache(maxsize=256)
def base_of(profile: str, calico: Version, istio: Version | None = None) -> Base:
    """A release in a profile.

    Args:
        profile: the name of a shipped profile.
        calico: the release.
        istio: None for the one that the release documents.
    """
    context = Context(calico, istio or releases.documented_istio(calico), profiles=(profile,), published=True)
    request = _request(profile, context, Values())
    base = Base(profile=profile, calico=calico, istio=context.istio, plain=before_policy(request))
    full = {one.id: one for one in assemble(request).resources}
    prepared = full[base.node.id]
    return base._replace(policy=tuple(_policy_items(base.node.content, prepared.content)), prepared=prepared)


def without_policy(body: Mapping[str, Any], items: Iterable[PolicyItem]) -> dict[str, Any]:
    """calico-node without what application layer policy adds, even if that was edited."""
    found: dict[str, Any] = copied(dict(body))
    for one in items:
        parent = _at(found, one.path[:-1])
        present = parent.get(one.path[-1]) if isinstance(parent, dict) else None
        if not isinstance(present, list):
            continue
        kept = [item for item in present if not _is_same_item(item, one.item)]
        if kept or not one.whole:
            parent[one.path[-1]] = kept
        else:
            del parent[one.path[-1]]
    return found


def has_policy(body: Mapping[str, Any], items: Iterable[PolicyItem]) -> bool:
    """Whether calico-node has some of what application layer policy adds."""
    for one in items:
        present = _at(body, one.path)
        if isinstance(present, list) and any(_is_same_item(item, one.item) for item in present):
            return True
    return False


def _request(profile: str, context: Context, values: Values) -> Request:
    components = tuple(name for name in catalog_index()["components"] if name not in _MADE_ELSEWHERE)
    context = context._replace(values=values.given_names)
    return Request(chain=profile_chain(profile), context=context, components=components, values=values)


def _policy_items(plain: Mapping[str, Any], full: Mapping[str, Any]) -> Iterable[PolicyItem]:
    delta = Comparison("DaemonSet").delta(plain, full)
    for change in changes(delta) if delta else ():
        if change.kind != ADDED:
            continue
        path = change.name[0]
        if path[-1].startswith("["):
            yield PolicyItem(path[:-1], change.right, whole=False)
        elif isinstance(change.right, list):
            yield from (PolicyItem(path, item, whole=True) for item in change.right)


def _is_same_item(one: Any, other: Any) -> bool:
    return isinstance(one, dict) and isinstance(other, dict) and one.get("name") == other.get("name")


def _at(body: Any, path: Tokens) -> Any:
    """The value at a path with named list items; None if there is none."""
    for token in path:
        if isinstance(body, dict):
            body = body.get(token)
        elif isinstance(body, list):
            match = segments.parse(token)
            found = [item for item in body if isinstance(match, segments.Match) and match.holds(item)]
            body = found[0] if found else None
        else:
            return None
    return body
