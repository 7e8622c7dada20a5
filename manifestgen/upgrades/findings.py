"""The findings of an upgrade, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifestgen.difference.report import Report, as_plain
from manifestgen.model.frozen import asdict, field, frozen
from manifestgen.upgrades.causes import Cause
from manifestgen.upgrades.fitting import HeldBack, Misfit, SiteRemark
from manifestgen.upgrades.judging import REFUSED, STARTS, STAYS, OrderStep, RuleChange
from manifestgen.upgrades.manifest import ManifestUpgrade
from manifestgen.upgrades.objects import Coming, Leaving, Moving, Stale


@frozen
class ProductMove:
    """A product and its versions.

    Attributes:
        product: Calico, Istio or Kubernetes.
        before, after: its versions; empty if not stated.
        stated: whether the new one is stated; else it follows from the Calico release.
    """

    product: str
    before: str
    after: str
    stated: bool = True

    @property
    def changes(self) -> bool:
        """Whether the version changes."""
        return self.before != self.after


@frozen
class DefaultChange:
    """The change of a parameter's default.

    Attributes:
        name: the parameter.
        before, after: its default, as JSON; `null` if nothing is published, empty if it has no place.
        given: whether the site sets it, so that nothing changes.
    """

    name: str
    before: str
    after: str
    given: bool


@frozen(kw_only=True)
class Findings:
    """What moving a profile to other versions means; true if anything changes.

    Attributes:
        profile: the profile, as given.
        extends: the shipped profile.
        moves: the versions of each product.
        attention: what must not be missed, one sentence each.
        misfits: parts of the site that no longer fit.
        problems: other reasons why the new versions cannot be rendered.
        held: changes of the releases that the site overrides.
        remarks: parts of the site that are worth a look, such as patches without effect.
        defaults: parameters whose default changes, or that are added or removed.
        rules: rules that start or stop applying, and those that refuse at both ends.
        leaving: objects that are removed, in the order in which to delete them.
        coming: objects that are added.
        moving: objects that change component.
        stale: the site's own objects that belong to the old release's install.
        steps: what to do, in order.
        difference: the difference of the two bundles, with the causes as notes.
        causes: for each object in it, the causes of each field, in order.
        manifest: the outcome for the site's objects of an install; None if no published install was given.
        written: the files that were changed.
    """

    profile: str
    extends: str
    moves: tuple[ProductMove, ...]
    attention: tuple[str, ...]
    misfits: tuple[Misfit, ...]
    problems: tuple[str, ...]
    held: tuple[HeldBack, ...]
    remarks: tuple[SiteRemark, ...]
    defaults: tuple[DefaultChange, ...]
    rules: tuple[RuleChange, ...]
    leaving: tuple[Leaving, ...]
    coming: tuple[Coming, ...]
    moving: tuple[Moving, ...]
    stale: tuple[Stale, ...]
    steps: tuple[OrderStep, ...]
    difference: Report = field(repr=False)
    causes: tuple[tuple[tuple[Cause, ...], ...], ...] = field(repr=False)
    manifest: ManifestUpgrade | None = None
    written: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        moves = any(move.changes for move in self.moves)
        return bool(self.difference or self.misfits or moves or self.manifest)

    @property
    def refusals(self) -> tuple[RuleChange, ...]:
        """The rules that refuse the new versions."""
        return tuple(one for one in self.rules if one.severity == REFUSED and one.change in {STARTS, STAYS})

    @property
    def blocked(self) -> bool:
        """Whether the unchanged site cannot be rendered with the new versions."""
        return bool(self.misfits or self.problems or self.refusals or (self.manifest and self.manifest.reasons))

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why the site cannot be rendered with the new versions, in a few words each."""
        fits = len(self.misfits)
        wrong = len(self.problems)
        return (
            *(
                [f"{fits} thing{'s' if fits > 1 else ''} of your own no longer fit{'' if fits > 1 else 's'}"]
                if fits
                else []
            ),
            *([f"{wrong} other thing{'s are' if wrong > 1 else ' is'} wrong"] if wrong else []),
            *(f"the rule {one.code} refuses it" for one in self.refusals),
        )

    def to_dict(self) -> dict[str, Any]:
        """The report as dicts, lists and scalars, with the members documented in docs/upgrade.md."""
        return {
            "changes": bool(self),
            "blocked": self.blocked,
            "profile": self.profile,
            "extends": self.extends,
            "versions": {one.product.lower(): _version(one) for one in self.moves},
            "attention": list(self.attention),
            "misfits": _plain(self.misfits),
            "problems": list(self.problems),
            "held": _plain(self.held),
            "remarks": _plain(self.remarks),
            "defaults": _plain(self.defaults),
            "rules": _plain(self.rules),
            "objects": {
                "leaving": _plain(self.leaving),
                "coming": _plain(self.coming),
                "moving": _plain(self.moving),
                "stale": _plain(self.stale),
            },
            "manifest": self._manifest(),
            "steps": _plain(self.steps),
            "difference": self._difference(),
            "written": list(self.written),
        }

    def _manifest(self) -> dict[str, Any] | None:
        if self.manifest is None:
            return None
        plain = asdict(self.manifest, recurse=False)
        plain |= {name: list(plain[name]) for name in ("edited", "misfits")}
        plain["objects"] = _plain(self.manifest.objects)
        for one in plain["objects"]:
            one["conflicts"] = _plain(one["conflicts"])
        return plain

    def _difference(self) -> dict[str, Any]:
        plain = as_plain(self.difference)
        for one, causes in zip(plain["objects"], self.causes, strict=True):
            one["causes"] = _causes(causes[0])
            for changed, whys in zip(one["fields"], causes[1:], strict=True):
                changed["causes"] = _causes(whys)
        return plain


def _version(one: ProductMove) -> Mapping[str, Any]:
    return {"from": one.before or None, "to": one.after or None, "stated": one.stated}


def _causes(causes: tuple[Cause, ...]) -> list[dict[str, Any]]:
    return [cause._asdict() for cause in causes]


def _plain(values: tuple[Any, ...]) -> list[dict[str, Any]]:
    found = []
    for value in values:
        plain = {}
        for name, member in asdict(value, recurse=False).items():
            if name == "causes":
                plain[name] = _causes(member)
            else:
                plain[name] = list(member) if isinstance(member, tuple) else member
        found.append(plain)
    return found
