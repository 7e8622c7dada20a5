"""Rules: combinations that do not work, or not as one would think. They are data; here they are only judged.

Rules stand in `profiles/rules.yaml`, and as `faults` in the file of the release that has the fault first::

    - code: ambient
      refuse: true                 # left out: it warns
      summary: what is wrong
      because: why
      next: one thing to do
      versions: ">=3.30,<3.32"     # of a fault: the releases that have it; left out: this minor only
      when: {istio: ">=1.15"}
      components: [policy]         # only where one of these is rendered; left out: any
      without: [injector]          # only where none of these is rendered
      target: {kind: Namespace}    # only where the bundle holds such an object; left out: any bundle
      objects:                     # only where each of these is in the bundle: a field that is there, is not a value
      - {target: {kind: ConfigMap}, path: /data/config, not: a value, lacks: a text}  # and lacks a text
      preflight: true              # said by preflight alone; the notes of a render say the same
      issue: https://…

A refused combination is rendered all the same where its code is allowed, and with `published`, which shows what
was published, faults and all; then it is a warning. A rule whose `when` says `published: true` is about that.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import ALWAYS, When, read_when
from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.patch_schema import read_target
from manifestgen.catalog.placeholders import filled, words_of
from manifestgen.catalog.result_cache import kept
from manifestgen.compose.envoy_filters import IGNORED, REFUSED, useless
from manifestgen.compose.target import CODES, unknown
from manifestgen.errors import ErrorCollector, ManifestgenError, nearest
from manifestgen.model import pointer
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_range, within
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.patch.resource import Resource
    from manifestgen.patch.select import Selector

RULES_FILE = "rules.yaml"
UNPINNED = "unpinned"
"""The code by which images without a pin are allowed, where there are pins."""
_PRODUCTS = ("Calico", "Istio")


class ObjectTest(Record):
    """What a rule looks for in an object.

    Attributes:
        target: the objects that it looks at.
        path: a field of theirs that must be there.
        different: a value that the field must not have; empty for none.
        lacks: a text that must not be in the field; empty for none.
    """

    target: Selector
    path: tuple[str, ...]
    different: str
    lacks: str

    def holds(self, resources: Iterable[Resource]) -> bool:
        """Whether some object is as described."""
        return any(self._fits(resource.content) for resource in resources if self.target.matches(resource))

    def _fits(self, value: Any) -> bool:
        for key in self.path:
            if not isinstance(value, dict) or key not in value:
                return False
            value = value[key]
        if self.different and value == self.different:
            return False
        return not self.lacks or self.lacks not in str(value)


class Rule(Record):
    """A combination that does not work.

    Attributes:
        code: by which it is allowed.
        refused: whether it ends the render; else it is a warning.
        text: what is wrong, and why.
        next_step: one thing to do.
        when: it is about these versions and values.
        components: it is about these parts of the output; empty for any.
        without: it is about bundles that lack all of these parts; empty for any.
        target: it is about bundles that hold such an object; None for any.
        objects: it is about bundles in which each of these holds; empty for any.
        preflight: a note of `preflight` alone; a render says the same in NOTES.md.
        ref: where it is written.
    """

    code: str
    refused: bool
    text: str
    next_step: str
    when: When
    components: frozenset[str]
    without: frozenset[str]
    target: Selector | None
    objects: tuple[ObjectTest, ...]
    preflight: bool
    ref: SourceRef


class Finding(Record):
    """A rule that holds for a bundle, its words filled in.

    Attributes:
        code: the rule's.
        refused: whether it ends the render.
        text: what is wrong and why.
        next_step: one thing to do.
        steps: what to do in detail, in order; mostly none.
        note: whether it is only to be known, and changes no exit status.
    """

    code: str
    refused: bool
    text: str
    next_step: str
    steps: tuple[str, ...] = ()
    note: bool = False

    def __str__(self) -> str:
        """The finding as a warning: one line, with a second one for what to do, and one for each step."""
        lines = [f"{self.text} ({self.code})"]
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join([*lines, *(f"    {number}. {step}" for number, step in enumerate(self.steps, 1))])


class Refused(ManifestgenError):
    """A rule refuses a combination.

    Attributes:
        code: the rule's.
    """

    def __init__(self, finding: Finding) -> None:
        way = f"or render it all the same with --allow {finding.code}"
        super().__init__(finding.text, next_step=f"{finding.next_step}; {way}" if finding.next_step else way[3:])
        self.code = finding.code


class NoSuchRule(ManifestgenError):
    """A rule is to be allowed that does not exist.

    Attributes:
        code: what was asked for.
    """

    def __init__(self, code: str, known: Iterable[str]) -> None:
        codes = sorted(known)
        super().__init__(f"there is no rule {code!r}", candidates=nearest(code, codes) or codes)
        self.code = code


def check(
    context: Context,
    components: Collection[str],
    allowed: Collection[str] = (),
    resources: Sequence[Resource] | None = None,
) -> tuple[Finding, ...]:
    """What to warn of.

    Args:
        context: versions, profile names and values.
        components: the parts of the output that are rendered.
        allowed: codes of rules that may not refuse.
        resources: the objects, once they are there: rules about objects are judged then, all others before.

    Raises:
        NoSuchRule: an allowed code is none.
        Failures, or the only failure: every rule that refuses, as Refused.
    """
    gathered = ErrorCollector()
    known = codes() if allowed else ()
    for code in allowed:
        if code not in known:
            gathered.add(NoSuchRule(code, known))
    warnings = []
    for finding in findings(context, components, resources):
        if finding.refused and finding.code not in allowed:
            gathered.add(Refused(finding))
        else:
            warnings.append(finding)
    gathered.raise_all()
    return tuple(warnings)


def findings(
    context: Context,
    components: Collection[str],
    resources: Sequence[Resource] | None = None,
    *,
    preflight: bool = False,
) -> list[Finding]:
    """Every rule that holds, whether it refuses or warns.

    Args:
        context: as in `check`.
        components: as in `check`.
        resources: as in `check`.
        preflight: with the rules that only `preflight` says.
    """
    words = words_of(context)
    found = []
    for rule in _rules(context.calico, context.istio):
        if not rule.when.holds(context) or (rule.components and rule.components.isdisjoint(components)):
            continue
        if not rule.without.isdisjoint(components) or (rule.preflight and not preflight):
            continue
        about_objects = rule.target is not None or bool(rule.objects)
        if about_objects != (resources is not None):
            continue
        if not all(test.holds(resources or ()) for test in rule.objects):
            continue
        if rule.target is not None and not any(rule.target.matches(resource) for resource in resources or ()):
            continue
        refused = rule.refused and (not context.published or rule.when.published is True)
        text, next_step = filled(rule.text, words), filled(rule.next_step, words)
        found.append(Finding(code=rule.code, refused=refused, text=text, next_step=next_step, note=rule.preflight))
    if resources is not None:
        found += _useless_to(context.istio, resources)
    if resources is not None and context.kubernetes:
        found += _unknown_to(context.kubernetes, resources, refused=not context.published)
    return found


def _useless_to(istio: Version, resources: Sequence[Resource]) -> Iterator[Finding]:
    """What the target Istio does nothing with, of EnvoyFilters that are the user's own."""
    for resource in resources:
        if resource.id.kind == "EnvoyFilter" and not resource.component:
            for one in useless(resource, istio):
                yield Finding(one.code, refused=False, text=f"{resource.id}: {one.text}", next_step=one.next_step)


def _unknown_to(version: Version, resources: Sequence[Resource], *, refused: bool) -> Iterator[Finding]:
    """What the target version of Kubernetes does not know of the objects."""
    for resource in resources:
        for one in unknown(resource, version):
            yield Finding(code=one.code, refused=refused, text=f"{resource.id}: {one.text}", next_step=one.next_step)


def tested_range(product: str, version: Version) -> str:
    """The Kubernetes versions that a release of Calico or Istio says it was tested with; empty where it says none."""
    tested = releases.release(product, version.as_minor).info.get("tested", {})
    return str(tested.get("kubernetes") or "")


def untested(context: Context) -> list[Finding]:
    """A target Kubernetes version that is outside what the Calico or Istio release says it was tested with."""
    found = []
    for product, version in (("Calico", context.calico), ("Istio", context.istio)):
        bounds = tested_range(product, version)
        if context.kubernetes and bounds and not within(context.kubernetes, parse_range(bounds)):
            text = f"{product} {version} was tested with Kubernetes {bounds}, not with {context.kubernetes}"
            near = f"take a release of {product} that was: manifestgen releases"
            found.append(Finding(f"{product.lower()}-kubernetes-untested", refused=False, text=text, next_step=near))
    return found


@cache
def codes() -> frozenset[str]:
    """The codes of all rules there are."""
    every = [
        release for product in _PRODUCTS for release in releases.releases_up_to(product, releases.minors(product)[-1])
    ]
    faults = [fault["code"] for release in every for fault in release.info.get("faults", [])]
    return frozenset(rule.code for rule in _general()) | frozenset(faults) | {UNPINNED} | CODES | {IGNORED, REFUSED}


@lru_cache(maxsize=1024)
def _rules(calico: Version, istio: Version) -> tuple[Rule, ...]:
    """The rules there are for two versions; a fault that two releases tell of is one rule."""

    def read() -> tuple[Rule, ...]:
        faults = [*_faults("Calico", calico), *_faults("Istio", istio)]
        return (*_general(), *{(rule.code, rule.text): rule for rule in faults}.values())

    return kept(repr(["rules", calico, istio]), read)


@cache
def _general() -> tuple[Rule, ...]:
    documents, source = shipped_documents(RULES_FILE)
    ref = SourceRef(source).at("rules")
    return tuple(_rule(entry, ref.at(index)) for index, entry in enumerate(documents[0]["rules"]))


def _faults(product: str, version: Version) -> list[Rule]:
    """The faults that a version has, by its own release file or an older one's."""
    found = []
    for release in releases.releases_up_to(product, version):
        ref = release.ref.at("faults")
        for index, entry in enumerate(release.info.get("faults", [])):
            if within(version, parse_range(entry.get("versions", str(release.version.as_minor)))):
                found.append(_rule(entry, ref.at(index)))
    return found


def _rule(entry: Mapping[str, Any], ref: SourceRef) -> Rule:
    """A rule of a file, whose format was checked when the file was read."""
    summary, because = entry["summary"], entry.get("because")
    return Rule(
        code=entry["code"],
        refused=entry.get("refuse") is True,
        text=f"{summary}: {because}" if because else summary,
        next_step=entry.get("next", ""),
        when=read_when(entry["when"], ref.at("when")) if "when" in entry else ALWAYS,
        components=frozenset(entry.get("components", ())),
        without=frozenset(entry.get("without", ())),
        target=read_target(entry["target"], ref.at("target")) if "target" in entry else None,
        objects=tuple(_object(one, ref.at("objects", index)) for index, one in enumerate(entry.get("objects", ()))),
        preflight=entry.get("preflight") is True,
        ref=ref,
    )


def _object(entry: Mapping[str, Any], ref: SourceRef) -> ObjectTest:
    return ObjectTest(
        target=read_target(entry["target"], ref.at("target")),
        path=tuple(pointer.parse(entry["path"])),
        different=entry.get("not", ""),
        lacks=entry.get("lacks", ""),
    )
