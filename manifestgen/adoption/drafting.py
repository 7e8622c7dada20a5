"""From a recognized install to drafts of a profile, the simplest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.adoption.bases import NODE, without_policy
from manifestgen.adoption.files import INJECTOR, ObjectPatch, ProfileDraft, own_files
from manifestgen.adoption.images import image_settings
from manifestgen.adoption.operations import ImageChange, PatchStep, steps_of
from manifestgen.adoption.values import bound, placeholders
from manifestgen.catalog.loading import default_components
from manifestgen.difference.delta import Comparison
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from manifestgen.adoption.files import OwnFile
    from manifestgen.adoption.recognition import Counterparts, Recognized
    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

_SECRET = "Secret"
_SEVERAL = 2
_TAKE_OUT = PatchStep((), {"op": "remove", "path": ""})


class Wanted(Record):
    """What an adopted profile must render.

    Attributes:
        found: the recognized install.
        pairs: the objects that are compared.
        taken_out: objects of the release that the profile must not render.
        withheld: those of them that are Secrets with values, which are not written.
    """

    found: Recognized
    pairs: tuple[Counterparts, ...]
    taken_out: tuple[Resource, ...]
    withheld: tuple[Resource, ...]

    @property
    def components(self) -> tuple[str, ...]:
        """The components that the install has."""
        present = {pair.published.component for pair in self.pairs}
        return tuple(name for name in dict.fromkeys((NODE, *sorted(present))) if name)


def wanted(found: Recognized, *, secrets: bool) -> Wanted:
    """What an adopted profile must render.

    Args:
        found: the recognized install.
        secrets: whether values of Secrets are written.
    """
    withheld = [
        pair
        for pair in found.pairs
        if pair.published.id.kind == _SECRET and not secrets and _values(pair.target) != _values(pair.published.content)
    ]
    pairs = tuple(pair for pair in found.pairs if pair not in withheld)
    present = {pair.published.component for pair in pairs}
    missing = [one for one in found.missing if one.component in present]
    return Wanted(
        found=found,
        pairs=pairs,
        taken_out=(*missing, *(pair.published for pair in withheld)),
        withheld=tuple(pair.source for pair in withheld),
    )


def _values(secret: Mapping[str, Any]) -> tuple[Any, Any]:
    return secret.get("data") or {}, secret.get("stringData") or {}


def drafts(
    wanted: Wanted,
    own: Sequence[OwnFile],
    *,
    name: str,
    source: str,
    values: Mapping[str, Any],
    whole: Mapping[Id, Collection[str]],
) -> Iterator[ProfileDraft]:
    """Profiles that could render what is wanted, the simplest first.

    Args:
        wanted: what they must render.
        own: the files of the objects that the release does not publish.
        name: of the profile.
        source: where it comes from, for the comment at the top.
        values: parameter values that explain some of the differences.
        whole: by object, strings with a document that are replaced as a whole.
    """
    found = wanted.found
    base = found.base
    injector = next(
        (one._replace(path=INJECTOR) for one in own_files([found.injector] if found.injector else ())), None
    )
    labels = _common_labels(wanted.pairs, [one.resource for one in own])
    steps, images = _steps(wanted, values, whole, labels)
    removals = [ObjectPatch(one.id, (_TAKE_OUT,), one.original) for one in wanted.taken_out]
    extra = [part for part in wanted.components if part not in default_components((base.profile,))]
    foreign = [one.resource for one in own]
    for setting in image_settings(images, [pair.published for pair in wanted.pairs], foreign):
        draft = ProfileDraft(
            name=name,
            source=source,
            extends=base.profile,
            calico=str(base.calico),
            istio=str(found.istio or ""),
            components=tuple(f"+{part}" for part in extra),
            values=values,
            to_fill_in=placeholders(base, values, wanted.pairs),
            images=setting,
            labels=labels,
            patches=tuple(removals),
            own=tuple(own),
            injector=injector,
        )
        early = [ObjectPatch(pair.published.id, tuple(here), pair.published.original) for pair, here in steps if here]
        # Before Calico 3.8, policy is added after all patches of a profile: if an install has it, all patches are late.
        late = bool(base.policy) and found.policy
        if not late:
            yield draft._replace(patches=(*early, *removals))
        if late or early:
            yield draft


def _common_labels(pairs: Sequence[Counterparts], own: Sequence[Resource]) -> dict[str, str]:
    """The labels that somebody has set on every object of an install."""
    if len(pairs) < _SEVERAL:
        return {}
    added = [_labels(pair.target).items() - _labels(pair.published.content).items() for pair in pairs]
    every = [*added, *(_labels(one.content).items() for one in own)]
    return {key: value for key, value in _labels(pairs[0].target).items() if all((key, value) in one for one in every)}


def _labels(content: Mapping[str, Any]) -> dict[str, str]:
    return dict((content.get("metadata") or {}).get("labels") or {})


def _without_labels(content: dict[str, Any], labels: Collection[str]) -> dict[str, Any]:
    if not labels:
        return content
    metadata = dict(content["metadata"])
    left = {key: value for key, value in _labels(content).items() if key not in labels}
    if left:
        metadata["labels"] = left
    else:
        metadata.pop("labels", None)
    return {**content, "metadata": metadata}


def late_patches(
    wanted: Wanted,
    rendered: Mapping[Id, Resource],
    whole: Mapping[Id, Collection[str]],
    labels: Collection[str],
) -> tuple[ObjectPatch, ...]:
    """The patches that turn what is rendered into what is wanted.

    Args:
        wanted: what must be rendered.
        rendered: what is rendered without the labels of the profile, by identity.
        whole: by object, strings that are replaced as a whole.
        labels: of the profile, by their keys.
    """
    found = []
    for pair in wanted.pairs:
        one = rendered[pair.published.original]
        content = comparable(wanted.found, one)
        delta = Comparison(one.id.kind).delta(content, _without_labels(expected(wanted.found, pair), labels))
        if delta:
            steps = [
                step.step if isinstance(step, ImageChange) else step
                for step in steps_of(delta, whole=whole.get(one.original, ()))
            ]
            found.append(ObjectPatch(one.id, tuple(steps), one.original))
    return tuple(found)


def comparable(found: Recognized, rendered: Resource) -> dict[str, Any]:
    """A rendered object without what application layer policy adds to it, if the install does not have that."""
    if rendered.original == found.base.node.original and not found.policy:
        return without_policy(rendered.content, found.base.policy)
    return rendered.content


def expected(found: Recognized, pair: Counterparts) -> dict[str, Any]:
    """What must be rendered of an object, in the form of `comparable`."""
    if pair.published.id == found.base.node.id and found.base.policy and found.policy:
        return pair.with_policy
    return pair.target


def _steps(
    wanted: Wanted, values: Mapping[str, Any], whole: Mapping[Id, Collection[str]], labels: Collection[str]
) -> tuple[list[tuple[Counterparts, list[PatchStep]]], list[ImageChange]]:
    """The operations on each object that values do not explain, and the images that differ."""
    base = wanted.found.base
    rendered = {one.id: one for one in base.with_values(bound(values))}
    found: list[tuple[Counterparts, list[PatchStep]]] = []
    images: list[ImageChange] = []
    for pair in wanted.pairs:
        content = rendered[pair.published.id].content
        if pair.published.id == base.node.id and base.policy:
            content = without_policy(content, base.policy)
        delta = Comparison(pair.published.id.kind).delta(content, _without_labels(pair.target, labels))
        every = list(steps_of(delta, whole=whole.get(pair.published.original, ()))) if delta else []
        found.append((pair, [step for step in every if isinstance(step, PatchStep)]))
        images += [step for step in every if isinstance(step, ImageChange)]
    return found, images
