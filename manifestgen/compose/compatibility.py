"""Rules: combinations that do not work, or not as expected. Rules are data; this module evaluates them.

Rules are in `profiles/rules.yaml`, and as `faults` in the file of the first release that has the fault::

    - code: ambient
      refuse: true                 # default: it warns
      summary: what is wrong
      because: why
      next: one thing to do
      versions: ">=3.30,<3.32"     # of a fault: the releases that have it; default: this minor only
      when: {istio: ">=1.15"}
      components: [policy]         # only if one of these is rendered; default: any
      without: [injector]          # only if none of these is rendered
      target: {kind: Namespace}    # only if the bundle has such an object; default: any bundle
      objects:                     # only if the bundle has each of these: a field that exists, does not have a value
      - {target: {kind: ConfigMap}, path: /data/config, not: a value, lacks: a text}  # and does not contain a text
      preflight: true              # only reported by preflight; the notes of a render say the same
      issue: https://…

A refused combination is rendered anyway if its code is allowed, and with `published`, which shows what
was published, with its faults; the rule then warns. A rule whose `when` says `published: true` is about that.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import ALWAYS, When, read_when
from manifestgen.catalog.errors import list_command
from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.patch_schema import read_target
from manifestgen.catalog.placeholders import filled, words_of
from manifestgen.catalog.result_cache import kept
from manifestgen.compose.envoy_filters import IGNORED, REFUSED, useless
from manifestgen.compose.finding import Finding as Finding
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
UNKNOWN_PATCH = "unknown-patch"
"""The code of the warning about a patch version that is newer than every known one."""
_PRODUCTS = ("Calico", "Istio")


class ObjectTest(Record):
    """A condition of a rule on an object.

    Attributes:
        target: the objects that it examines.
        path: a field that they must have.
        different: a value that the field must not have; empty for none.
        lacks: a text that the field must not contain; empty for none.
    """

    target: Selector
    path: tuple[str, ...]
    different: str
    lacks: str

    def holds(self, resources: Iterable[Resource]) -> bool:
        """Whether some object meets the condition."""
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
        code: the code that allows it.
        refused: whether it refuses the render; else it warns.
        text: what is wrong, and why.
        next_step: what to do.
        when: the versions and values that it is about.
        components: the components that it is about; empty for any.
        without: it is about bundles without any of these components; empty for any bundle.
        target: it is about bundles with such an object; None for any bundle.
        objects: it is about bundles in which all of these hold; empty for any bundle.
        preflight: whether only `preflight` reports it; a render says the same in NOTES.md.
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


class Refused(ManifestgenError):
    """A rule refuses a combination.

    Attributes:
        code: the code of the rule.
    """

    def __init__(self, finding: Finding) -> None:
        way = f"or render it anyway with --allow {finding.code}"
        super().__init__(finding.text, next_step=f"{finding.next_step}; {way}" if finding.next_step else way[3:])
        self.code = finding.code


class NoSuchRule(ManifestgenError):
    """The code of a rule to allow does not exist.

    Attributes:
        code: the code that was given.
    """

    def __init__(self, code: str, known: Iterable[str]) -> None:
        codes = sorted(known)
        super().__init__(
            f"there is no rule {code!r}",
            candidates=nearest(code, codes) or codes,
            next_step="correct the code or leave it out",
        )
        self.code = code


def check(
    context: Context,
    components: Collection[str],
    allowed: Collection[str] = (),
    resources: Sequence[Resource] | None = None,
) -> tuple[Finding, ...]:
    """The warnings for a combination.

    Args:
        context: versions, profile names and values.
        components: the components that are rendered.
        allowed: codes of rules that warn instead of refusing.
        resources: the objects, once composed: rules about objects are evaluated then, all others before.

    Raises:
        NoSuchRule: an allowed code does not exist.
        Failures, or the only failure: a Refused for every rule that refuses.
    """
    gathered = ErrorCollector()
    with gathered:
        refuse_unknown_codes(allowed)
    warnings = []
    for finding in findings(context, components, resources):
        if finding.refused and finding.code not in allowed:
            gathered.add(Refused(finding))
        else:
            warnings.append(finding)
    gathered.raise_all()
    return tuple(warnings)


def refuse_unknown_codes(allowed: Collection[str]) -> None:
    """Refuse codes of rules that do not exist.

    Raises:
        NoSuchRule, or Failures: each of them.
    """
    gathered = ErrorCollector()
    known = codes() if allowed else ()
    for code in allowed:
        if code not in known:
            gathered.add(NoSuchRule(code, known))
    gathered.raise_all()


def findings(
    context: Context,
    components: Collection[str],
    resources: Sequence[Resource] | None = None,
    *,
    preflight: bool = False,
) -> list[Finding]:
    """Every rule that applies, whether it refuses or warns.

    Args:
        context: as in `check`.
        components: as in `check`.
        resources: as in `check`.
        preflight: whether to include the rules that only `preflight` reports.
    """
    words = words_of(context)
    found = _unknown_patches(context) if resources is None else []
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


def _unknown_patches(context: Context) -> list[Finding]:
    """Versions with a patch newer than the newest known one, which may be a typo."""
    found = []
    for product, version in (("Calico", context.calico), ("Istio", context.istio)):
        if version.patch is None or version.as_minor not in releases.minors(product):
            continue
        newest = releases.release(product, version.as_minor).version
        if newest < version:
            text = f"{product} {version} is newer than {newest}, the newest patch of {version.as_minor} known here"
            follow = (
                "check that its images exist (manifestgen images), or" if product == "Calico" else "if it is a mistake,"
            )
            found.append(Finding(UNKNOWN_PATCH, refused=False, text=text, next_step=f"{follow} take {newest}"))
    return found


def _useless_to(istio: Version, resources: Sequence[Resource]) -> Iterator[Finding]:
    """Parts of the user's EnvoyFilters that the target Istio ignores."""
    for resource in resources:
        if resource.id.kind == "EnvoyFilter" and not resource.component:
            for one in useless(resource, istio):
                yield Finding(one.code, refused=False, text=f"{resource.id}: {one.text}", next_step=one.next_step)


def _unknown_to(version: Version, resources: Sequence[Resource], *, refused: bool) -> Iterator[Finding]:
    """Parts of the objects that the target version of Kubernetes does not know."""
    for resource in resources:
        for one in unknown(resource, version):
            yield Finding(code=one.code, refused=refused, text=f"{resource.id}: {one.text}", next_step=one.next_step)


def tested_range(product: str, version: Version) -> str:
    """The Kubernetes versions that a release of Calico or Istio was tested with; empty if it states none."""
    tested = releases.release(product, version.as_minor).info.get("tested", {})
    return str(tested.get("kubernetes") or "")


def untested(context: Context) -> list[Finding]:
    """The warning about a target Kubernetes version that the Calico or Istio release was not tested with."""
    found = []
    for product, version in (("Calico", context.calico), ("Istio", context.istio)):
        bounds = tested_range(product, version)
        if context.kubernetes and bounds and not within(context.kubernetes, parse_range(bounds)):
            text = f"{product} {version} was tested with Kubernetes {bounds}, not with {context.kubernetes}"
            near = f"take a release of {product} that was: {list_command('Kubernetes')} lists them"
            found.append(Finding(f"{product.lower()}-kubernetes-untested", refused=False, text=text, next_step=near))
    return found


@cache
def codes() -> frozenset[str]:
    """The codes of all rules."""
    every = [
        release for product in _PRODUCTS for release in releases.releases_up_to(product, releases.minors(product)[-1])
    ]
    faults = [fault["code"] for release in every for fault in release.info.get("faults", [])]
    return (
        frozenset(rule.code for rule in _general())
        | frozenset(faults)
        | {UNPINNED, UNKNOWN_PATCH}
        | CODES
        | {IGNORED, REFUSED}
    )


@lru_cache(maxsize=1024)
def _rules(calico: Version, istio: Version) -> tuple[Rule, ...]:
    """The rules for two versions; a fault that two releases state is one rule."""

    def read() -> tuple[Rule, ...]:
        faults = [*_faults("Calico", calico), *_faults("Istio", istio)]
        return (*_general(), *{(rule.code, rule.text): rule for rule in faults}.values())

    return kept(repr(["rules", calico, istio]), read)


@cache
def _general() -> tuple[Rule, ...]:
    documents, source = shipped_documents(RULES_FILE)
    ref = SourceRef(source).at("rules")
    return tuple(_rule(entry, ref.at(index)) for index, entry in enumerate(documents[0]["rules"]))


def object_rules() -> tuple[Rule, ...]:
    """The rules about bundles with certain objects, for any versions."""
    return tuple(rule for rule in _general() if rule.target is not None)


def _faults(product: str, version: Version) -> list[Rule]:
    """The faults of a version, from its own release file or those of older releases."""
    found = []
    for release in releases.releases_up_to(product, version):
        ref = release.ref.at("faults")
        for index, entry in enumerate(release.info.get("faults", [])):
            if within(version, parse_range(entry.get("versions", str(release.version.as_minor)))):
                found.append(_rule(entry, ref.at(index)))
    return found


def _rule(entry: Mapping[str, Any], ref: SourceRef) -> Rule:
    """A rule from a file whose format was checked when it was read."""
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
        path=tuple(pointer.parse_pointer(entry["path"])),
        different=entry.get("not", ""),
        lacks=entry.get("lacks", ""),
    )
