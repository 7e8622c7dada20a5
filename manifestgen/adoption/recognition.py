"""Recognizing the Calico release, profile and Istio of an install: those from which it differs least."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from manifestgen.adoption.bases import CONFIG, NODE, Base, base_of, has_policy, without_policy
from manifestgen.adoption.errors import NoCalico, OperatorInstall, SeveralCalicos
from manifestgen.adoption.live import settled
from manifestgen.adoption.source import is_from_a_server
from manifestgen.catalog import releases
from manifestgen.catalog.loading import install_profiles
from manifestgen.compose.cluster import runs_node
from manifestgen.compose.images import all_images
from manifestgen.difference.changes import changes
from manifestgen.difference.delta import Comparison
from manifestgen.difference.server import LiveRules, same_groups
from manifestgen.errors import ManifestgenError
from manifestgen.injector.configmap import find
from manifestgen.model.image import split_image
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_version
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from manifestgen.difference.changes import FieldChange
    from manifestgen.patch.resource import Resource

_OPERATOR_GROUP = "operator.tigera.io"
_INJECTOR = "istio-sidecar-injector"
_MISSING = 5
"""What an object that is not there counts for, among differences of fields."""

_ISTIO_IMAGE = re.compile(
    r"(?:^|/)(?:pilot|proxyv2|proxy_init|install-cni|ztunnel|sidecar_injector|mixer|citadel|galley)"
    r":v?(\d+\.\d+(?:\.\d+)?)(?:-[\w.-]+)?$"
)


class Counterparts(Record):
    """An object of the source, and its published counterpart.

    Attributes:
        source: the object as given.
        with_policy: what the profile must render: the source, without what a cluster has filled in.
        target: the same without what application layer policy adds before Calico 3.8.
        published: the published object, before application layer policy.
    """

    source: Resource
    with_policy: dict[str, Any]
    target: dict[str, Any]
    published: Resource


class Score(Record):
    """The distance of an install from a release in a profile.

    Attributes:
        distance: the number of fields that differ, plus a penalty for each missing object.
        base: the release and the profile.
    """

    distance: int
    base: Base


class Recognized(Record):
    """What an install was recognized as.

    Attributes:
        base: the release of Calico and the profile.
        distance: the distance of the install from it.
        others: the next best candidates, nearest first.
        pairs: its objects that the release publishes too.
        foreign: its other objects, except the next.
        injector: the ConfigMap of Istio's sidecar injector, into which Dikastes is inserted; None for none.
        missing: objects of the components node and config that the install does not have.
        policy: whether calico-node is prepared for application layer policy already; before Calico 3.8 it need not be.
        istio: the version of Istio whose objects it has; None for none.
        evidence: how the release and Istio were recognized, in words.
    """

    base: Base
    distance: int
    others: tuple[Score, ...]
    pairs: tuple[Counterparts, ...]
    foreign: tuple[Resource, ...]
    injector: Resource | None
    missing: tuple[Resource, ...]
    policy: bool
    istio: Version | None
    evidence: tuple[str, ...]


def recognize(objects: Sequence[Resource], where: Location) -> Recognized:
    """What an install was recognized as.

    Args:
        objects: the objects of the install.
        where: the name of the source in messages.

    Raises:
        NoCalico, SeveralCalicos, OperatorInstall: there is not exactly one calico-node.
    """
    node = _node(objects, where)
    injector, spoken_of = _injector(objects)
    istio, seen = _istio(objects)
    if istio is None and spoken_of is not None:
        istio, seen = spoken_of, (f"{injector.id} is of Istio {spoken_of}",) if injector else ()
    tags = Counter(_calico_tags(objects, node))
    scores = sorted((_score(base, objects, node) for base in _bases(tags, istio)), key=lambda score: _rank(score, tags))
    best = scores[0]
    pairs, foreign, missing = _matched(best.base, objects, node)
    tagged = [f"{tag} on {count} of Calico's images" for tag, count in tags.most_common(3)]
    return Recognized(
        base=best.base,
        distance=best.distance,
        others=tuple(scores[1:4]),
        pairs=pairs,
        foreign=tuple(one for one in foreign if one is not injector),
        injector=injector,
        missing=missing,
        policy=not best.base.policy or has_policy(node.content, best.base.policy),
        istio=istio,
        evidence=(*tagged, *seen),
    )


def is_published(objects: Sequence[Resource], base: Base, where: Location) -> bool:
    """Whether calico-node and its configuration are exactly what a release publishes in a profile.

    Args:
        objects: of an install.
        base: the release and the profile; another patch of the release is the same.
        where: the name of the source in messages.

    Raises:
        NoCalico, SeveralCalicos, OperatorInstall: there is not exactly one calico-node.
    """
    node = _node(objects, where)
    tags = {parse_version(tag) for tag in _calico_tags(objects, node)}
    patch = next((tag for tag in tags if tag.as_minor == base.calico.as_minor), base.calico)
    return not _score(base_of(base.profile, patch), objects, node).distance


def _node(objects: Sequence[Resource], where: Location) -> Resource:
    """The DaemonSet that runs calico-node."""
    for one in objects:
        if one.id.kind == "Installation" and one.id.group == _OPERATOR_GROUP:
            raise OperatorInstall(one)
    found = [one for one in objects if one.id.kind == "DaemonSet" and runs_node(one)]
    if not found:
        kinds = Counter(one.id.kind for one in objects)
        raise NoCalico(where, ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "no objects")
    if len(found) > 1:
        raise SeveralCalicos(found)
    return found[0]


def _calico_tags(objects: Iterable[Resource], node: Resource) -> Iterator[str]:
    """The tags of Calico's images, whatever their registry or their name in a mirror."""
    minors = releases.minors("Calico")
    for one in objects:
        for reference in all_images(one):
            name, tag, _ = split_image(reference)
            if one is not node and not re.search(r"(?:^|/)calico[/-][\w-]+$", name):
                continue
            if re.fullmatch(r"v\d+\.\d+\.\d+", tag) and parse_version(tag).as_minor in minors:
                yield tag


def _bases(tags: Counter[str], istio: Version | None) -> Iterator[Base]:
    """Every release in every profile, with the patch version in the images."""
    named: dict[Version, Version] = {}
    for tag, _ in tags.most_common():
        version = parse_version(tag)
        named.setdefault(version.as_minor, version)
    for minor in releases.minors("Calico"):
        version = named.get(minor) or releases.resolve("Calico", minor)
        for profile in install_profiles():
            yield base_of(profile, version, istio)


def _rank(score: Score, tags: Counter[str]) -> tuple[int, int, tuple[int, ...]]:
    """Nearest first; ties go to the release that more images name, then to the newer one."""
    calico = score.base.calico
    named = sum(count for tag, count in tags.items() if parse_version(tag).as_minor == calico.as_minor)
    return score.distance, -named, (-calico.major, -calico.minor)


def _score(base: Base, objects: Sequence[Resource], node: Resource) -> Score:
    pairs, _, missing = _matched(base, objects, node, settle=False)
    parts = {pair.published.component for pair in pairs}
    missing = tuple(one for one in missing if one.component in parts)  # the install may not have this component at all
    distance = _MISSING * len(missing)
    for pair in pairs:
        if pair.published.component not in {NODE, CONFIG}:
            continue
        kind = pair.published.id.kind
        rules = LiveRules() if is_from_a_server(pair.source.content) else None
        delta = Comparison(kind, rules).delta(pair.target, pair.published.content)
        distance += sum(_weight(change) for change in changes(delta)) if delta else 0
    return Score(distance, base)


def _weight(change: FieldChange) -> int:
    """The weight of a change: an image from elsewhere can still be of the same release."""
    if change.name[-1][-1:] != ("image",) or not isinstance(change.left, str) or not isinstance(change.right, str):
        return 1
    before, after = split_image(change.left), split_image(change.right)
    return (before[0] != after[0]) + (before[1:] != after[1:])


def _matched(
    base: Base, objects: Sequence[Resource], node: Resource, *, settle: bool = True
) -> tuple[tuple[Counterparts, ...], tuple[Resource, ...], tuple[Resource, ...]]:
    """The objects that a release publishes too, the other objects, and published objects that are missing."""
    free = {id(one): one for one in objects}
    pairs: list[Counterparts] = []
    missing: list[Resource] = []
    for published in base.plain:
        is_node = published.id == base.node.id
        found = node if is_node else next((one for one in free.values() if _is_same(one, published, node)), None)
        if found is None:
            if published.component in {NODE, CONFIG}:
                missing.append(published)
            continue
        free.pop(id(found), None)
        target = whole = found.content
        if settle and is_from_a_server(whole):
            target = whole = settled(published.id.kind, whole, base.full_content(published))
        if is_node and base.policy:
            target = without_policy(whole, base.policy)
        pairs.append(Counterparts(source=found, with_policy=whole, target=target, published=published))
    return tuple(pairs), tuple(free.values()), tuple(missing)


def _is_same(one: Resource, published: Resource, node: Resource) -> bool:
    here, there = one.id, published.id
    if (here.kind, here.name) != (there.kind, there.name):
        return False
    if here.group != there.group and frozenset({here.group, there.group}) not in same_groups():
        return False
    return here.namespace == there.namespace or here.namespace in {"", node.id.namespace} or not there.namespace


def _injector(objects: Sequence[Resource]) -> tuple[Resource | None, Version | None]:
    """The ConfigMap of Istio's sidecar injector, if there is one into which Dikastes can be inserted; and its Istio."""
    found = [one for one in objects if one.id.kind == "ConfigMap" and one.id.name == _INJECTOR]
    if len(found) != 1:
        return None, None
    try:
        istio = find(write_document(found[0].content), str(found[0].ref)).istio
    except ManifestgenError:
        return None, None
    known = istio is not None and istio.as_minor in releases.minors("Istio")
    return found[0], releases.resolve("Istio", istio) if istio is not None and known else None


def _istio(objects: Sequence[Resource]) -> tuple[Version | None, tuple[str, ...]]:
    """The Istio version of the images, if it is a known release."""
    found = Counter(
        (match[1], reference)
        for one in objects
        for reference in all_images(one)
        if (match := _ISTIO_IMAGE.search(reference))
    )
    known = releases.minors("Istio")
    for (text, reference), _ in found.most_common():
        version = parse_version(text)
        if version.as_minor in known:
            return releases.resolve("Istio", version), (f"Istio's image {reference}",)
    return None, ()
