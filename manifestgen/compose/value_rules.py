"""Cross-checks between the values of a bundle. The rules are data; this module evaluates them.

They are in `profiles/parameters/rules.yaml`, each with its reason, in three kinds: `never`, `together` and `within`.
The rules of `compose.compatibility` are about versions and objects, and some only warn; these are about the values in
effect, which are known only once the bundle is composed; they always refuse, and their errors say where the values are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS, When, read_when
from manifestgen.catalog.loading import shipped_rules
from manifestgen.catalog.parameters import encode
from manifestgen.compose.finding import Finding
from manifestgen.compose.placement import ParameterHasNoPlace, has_place, in_force, spots
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message
from manifestgen.model.record import Record
from manifestgen.patch.select import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.catalog.model import Parameter
    from manifestgen.compose.parameters import Values
    from manifestgen.errors import Where
    from manifestgen.patch.conflicts import Overridden
    from manifestgen.patch.resource import Resource
    from manifestgen.yamlio.locations import SourceRef

    Effect = Callable[[str], "Effective | None"]


class Effective(Record):
    """The value of a parameter in the finished bundle.

    Attributes:
        name: the parameter.
        value: the value; a string if it was read from the bundle.
        where: where it was set, for an error; None if it was not set.
        source: the same in words.
        secret: whether it must not be shown.
    """

    name: str
    value: Any
    where: Where | None
    source: str
    secret: bool

    @property
    def text(self) -> str:
        """The value in the bundle."""
        return str(encode(self.value, "string"))

    def __str__(self) -> str:
        return f"{self.name}{'' if self.secret else f'={as_message(self.value)}'} ({self.source})"


class ValueRule(Record):
    """A rule about how values relate to each other.

    Attributes:
        code: its name.
        text: what is wrong if it is broken, and why.
        next_step: what to do.
        when: the versions and profiles that it is about.
        kind: `never`, `together` or `within`.
        terms: for `never` the matchers by parameter; else the names of the parameters.
        active_by_default: whether published values can break it.
        given: it applies only if this parameter was set; empty for always.
    """

    code: str
    text: str
    next_step: str
    when: When
    kind: str
    terms: Any
    active_by_default: bool
    given: str = ""

    def concerns(self, names: Collection[str]) -> bool:
        """Whether it is about one of these parameters."""
        return any(name in names for name in self.terms)


class ValuesDisagree(ManifestgenError):
    """Values that are valid by themselves contradict each other.

    Attributes:
        code: of the rule that they break.
        parameters: the parameters.
    """

    def __init__(self, rule: ValueRule, values: Sequence[Effective]) -> None:
        super().__init__(
            rule.text,
            where=next((value.where for value in values if value.where), None),
            found=", ".join(str(value) for value in values),
            next_step=rule.next_step,
        )
        self.code = rule.code
        self.parameters = tuple(value.name for value in values)


def check_values(
    values: Values, used: Collection[str], context: Context, rendered: Sequence[Resource], *, as_shipped: bool
) -> None:
    """Refuse values that contradict each other, and values that nothing uses.

    Args:
        values: the parameters' values.
        used: the parameters that are used.
        context: decides which rules apply.
        rendered: the objects of the bundle.
        as_shipped: whether no user's layer was applied, so that values which were not set are as published.

    Raises:
        Failures, or the only failure: ValuesDisagree and ParameterHasNoPlace.
    """
    gathered = ErrorCollector()
    spoken_of = {*used, *(name for name in values.given_names if checked_only(values.declared[name]))}
    effect = _effect(values, context, rendered)
    for rule in _rules():
        if as_shipped and not rule.active_by_default and not rule.concerns(values.given_names):
            continue
        if not rule.when.holds(context) or (rule.given and rule.given not in values.given_names):
            continue
        broken = _BROKEN[rule.kind](rule.terms, effect)
        if broken:
            gathered.add(ValuesDisagree(rule, broken))
            spoken_of |= {value.name for value in broken}
    for name in values.given_names:
        if name not in spoken_of:
            gathered.add(ParameterHasNoPlace(values.declared[name], values.where.get(name), context))
    gathered.raise_all()


def checked_only(parameter: Parameter) -> bool:
    """Whether a parameter has no places and only serves the rules."""
    return not parameter.sets and any(parameter.name in rule.terms for rule in _rules())


def not_rendered(
    values: Values,
    context: Context,
    rendered: Sequence[Resource],
    left_out: Sequence[Resource],
    chosen: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Warnings about values that have no effect on what is rendered.

    A value of a site causes a warning only if the site itself does not render its component.

    Args:
        values: the parameters' values, each with a place in the profile.
        context: decides which places apply.
        rendered: the objects of the bundle.
        left_out: the objects of components that are not rendered.
        chosen: the components that a site renders by default.
    """
    found = []
    for name in values.given_names:
        parameter = values.declared[name]
        if not parameter.sets or has_place(parameter, rendered, context):
            continue
        missed = [r for r in left_out if any(p.target.matches(r) for p in in_force(parameter, context))]
        if name in values.site_wide and any(resource.component in chosen for resource in missed):
            continue
        objects = " and ".join(dict.fromkeys(str(resource.id.short) for resource in missed))
        ways = " ".join(dict.fromkeys(f"--component {resource.component}" for resource in missed))
        if missed:
            text = f"{name} (given at {values.where[name]}) is about {objects}, which is not rendered"
            found.append(Finding(code="value-not-rendered", refused=False, text=text, next_step=f"add {ways}"))
    return tuple(found)


def doubtful(
    values: Values, context: Context, rendered: Sequence[Resource], left_out: Sequence[Resource]
) -> tuple[Finding, ...]:
    """Warnings about values of this call that contradict published objects which are not rendered.

    They only warn: the cluster has the objects already, perhaps with other values.

    Args:
        values: the parameters' values.
        context: decides which rules hold.
        rendered: the objects of the bundle.
        left_out: the objects of components that are not rendered.
    """
    seen, beside = _effect(values, context, rendered), _effect(values, context, [*rendered, *left_out])
    found = []
    for rule in _rules():
        if rule.given not in values.given_names or not rule.when.holds(context):
            continue
        if not _BROKEN[rule.kind](rule.terms, seen) and (broken := _BROKEN[rule.kind](rule.terms, beside)):
            text = f"{rule.text}: {', '.join(map(str, broken))}, unless what the cluster has was changed"
            found.append(Finding(code=rule.code, refused=False, text=text, next_step=rule.next_step))
    return tuple(found)


def overridden(values: Values, found: Iterable[Overridden]) -> tuple[Finding, ...]:
    """Warnings about values of this call that a user's layer replaced.

    Args:
        values: the parameters' values.
        found: where they were replaced.
    """
    return tuple(
        Finding(
            "value-overridden",
            refused=False,
            text=f"{one.parameter} (given at {values.where[one.parameter]}) has no effect on {one.resource}"
            f" {one.field}: {one.ref} writes another value",
            next_step="remove one of the two",
        )
        for one in dict.fromkeys(found)
    )


def _effect(values: Values, context: Context, rendered: Sequence[Resource]) -> Effect:
    """Returns the effective value of a parameter: set, its default, or the one at its place; None if there is none."""

    @cache
    def of(name: str) -> Effective | None:
        if name not in values.declared:
            return None
        parameter = values.declared[name]
        if name in values.given_names:
            where = values.where.get(name)
            return Effective(
                name=name, value=values.given_names[name], where=where, source=str(where), secret=parameter.secret
            )
        if parameter.default is not None:
            return Effective(
                name=name, value=parameter.default, where=None, source="its default", secret=parameter.secret
            )
        for spot in spots(parameter, rendered, context):
            if isinstance(spot.value, (str, int)) and spot.value != "":
                return Effective(
                    name=name,
                    value=spot.value,
                    where=None,
                    source=f"in {spot.resource.id.short}",
                    secret=parameter.secret,
                )
        return None

    return of


def _never(terms: Any, effect: Effect) -> list[Effective]:
    """All values, if together they are what they must not be."""
    found = []
    for name, matcher in terms.items():
        value = effect(name)
        if value is None or not _matches(matcher, value):
            return []
        found.append(value)
    return found


def _matches(matcher: Any, value: Effective) -> bool:
    if isinstance(matcher, dict):
        return (
            ("not" not in matcher or not _is_any(matcher["not"], value))
            and ("matches" not in matcher or fits(matcher["matches"], value.text))
            and ("given" not in matcher or bool(value.where) is matcher["given"])
        )
    return _is_any(matcher, value)


def _is_any(wanted: Any, value: Effective) -> bool:
    return value.text in [encode(one, "string") for one in (wanted if isinstance(wanted, list) else [wanted])]


def _together(terms: Any, effect: Effect) -> list[Effective]:
    """The values that are set, if another one is missing."""
    found = [value for value in map(effect, terms) if value is not None]
    return found if len(found) < len(terms) else []


def _within(terms: Any, effect: Effect) -> list[Effective]:
    """Both values, if the first is not a network inside the second."""
    outer = effect(terms[1])
    inner = effect(terms[0]) if outer else None
    if inner is None or outer is None:
        return []
    import ipaddress  # imported lazily: few bundles state their cluster's network

    try:
        inside: Any = ipaddress.ip_network(inner.text)
        around: Any = ipaddress.ip_network(outer.text)
        fine = inside.version != around.version or inside.subnet_of(around)
    except ValueError:
        fine = True  # an overlay is free to write something else there
    return [] if fine else [inner, outer]


_BROKEN: dict[str, Callable[[Any, Effect], list[Effective]]] = {
    "never": _never,
    "together": _together,
    "within": _within,
}


@cache
def _rules() -> tuple[ValueRule, ...]:
    entries, ref = shipped_rules()
    return tuple(_rule(entry, ref.at(index)) for index, entry in enumerate(entries))


def _rule(entry: Mapping[str, Any], ref: SourceRef) -> ValueRule:
    """A rule from the file, whose format was checked when it was read."""
    kind = next(kind for kind in _BROKEN if kind in entry)
    return ValueRule(
        code=entry["code"],
        text=f"{entry['summary']}: {entry['because']}",
        next_step=entry["next"],
        when=read_when(entry["when"], ref.at("when")) if "when" in entry else ALWAYS,
        kind=kind,
        terms=entry[kind],
        active_by_default=entry.get("unasked") is True,
        given=entry.get("given", ""),
    )
