"""The result of an adoption, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class Candidate:
    """A release in a profile, and how far an install is from it.

    Attributes:
        profile: its name.
        calico: the release.
        distance: how many fields differ; a missing object counts as 5.
    """

    profile: str
    calico: str
    distance: int

    def __str__(self) -> str:
        return f"{self.profile} of Calico {self.calico} ({self.distance} differences)"


@frozen(kw_only=True)
class Adoption:
    """An adopted install.

    Attributes:
        directory: where the profile was written.
        profile, calico, istio: what was recognized; `istio` is empty if the source has none of its objects.
        distance: how many fields of calico-node and its configuration differ from what is published.
        evidence: how the versions were recognized.
        others: the next best candidates.
        values: parameter values that explain differences.
        patches: `KIND/NAME` of the patched objects, each with the number of operations.
        images: rules for images, or the registry.
        labels: labels on every object.
        own: the files of objects that the release does not publish.
        injector: the file of Istio's injector ConfigMap, into which Dikastes is inserted; empty for none.
        rewritten: files whose text differs from the source, with the reason.
        left_out: objects that were not written, with the reason.
        withheld: Secrets whose values were not written.
        to_fill_in: parameters that still need a value.
        policy: what application layer policy will add.
        corrections: what else a render without `--published` changes.
        refusals: why rendering the profile is refused at present.
    """

    directory: str
    profile: str
    calico: str
    istio: str
    distance: int
    evidence: tuple[str, ...]
    others: tuple[Candidate, ...]
    values: dict[str, Any]
    patches: dict[str, int]
    images: dict[str, Any]
    labels: dict[str, str]
    own: tuple[str, ...]
    injector: str
    rewritten: dict[str, str]
    left_out: dict[str, str]
    withheld: tuple[str, ...]
    to_fill_in: tuple[str, ...]
    policy: tuple[str, ...]
    corrections: tuple[str, ...]
    refusals: tuple[str, ...]

    def to_json(self) -> str:
        """The outcome as a JSON text."""
        import json

        from manifestgen.model.frozen import asdict

        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def to_text(self) -> str:
        """The outcome for people."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        istio = f", Istio {self.istio}" if self.istio else ""
        yield f"recognized: profile {self.profile}, Calico {self.calico}{istio}"
        yield f"  differences from what is published: {self.distance}"
        yield from (f"  because: {text}" for text in self.evidence)
        yield from (f"  next best: {one}" for one in self.others)
        for name, value in self.values.items():
            yield f"value: {name} = {value}"
        for name, count in self.patches.items():
            yield f"patch: {name}, {count} operation{'s' * (count != 1)}"
        for name, value in self.images.items():
            yield f"images: {name}: {value}"
        for name, value in self.labels.items():
            yield f"label: {name}: {value}, on every object"
        yield from self._objects()
        yield from self._remarks()
        yield f"written: {self.directory}; render it with: manifestgen render {_argument(self.directory)}"

    def _objects(self) -> Iterator[str]:
        if self.own:
            count = len(self.own)
            yield f"resources: {count} object{'s' * (count != 1)} of your own in {self.directory}/resources"
        if self.injector:
            yield f"injector: {self.injector} is Istio's ConfigMap; a render puts Dikastes into it"
        for name, why in self.rewritten.items():
            yield f"rewritten: {name}: {why}"
        for name, why in self.left_out.items():
            yield f"left out: {name}: {why}"
        for name in self.withheld:
            yield f"withheld: {name}: its values are not written without --secrets, and the profile does not render it"

    def _remarks(self) -> Iterator[str]:
        for name in self.to_fill_in:
            yield f"to fill in: value {name}: what was given has a placeholder"
        for text in self.policy:
            yield f"policy adds: {text}"
        for text in self.corrections:
            yield f"correction: {text}"
        if self.corrections:
            yield "  to keep the original, add published: true to profile.yaml"
        for text in self.refusals:
            yield f"not yet rendered: {text}"


def _argument(directory: str) -> str:
    """The directory as an argument of `render`: a path that cannot be mistaken for a profile's name."""
    import shlex

    return shlex.quote(directory if "/" in directory else f"./{directory}")
