"""Conditions: the versions, profiles and values for which a part of a profile applies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record
from manifestgen.model.version import Range, Version, within
from manifestgen.patch.select import check_pattern, fits
from manifestgen.yamlio.typed import anything, boolean, mapping, mapping_of, parsed, version_range

if TYPE_CHECKING:
    from manifestgen.yamlio.locations import SourceRef


class Context(Record):
    """What a bundle is rendered for.

    Attributes:
        calico: the release, with its patch.
        istio: the Istio version; a bare minor means its newest patch.
        kubernetes: the target version; None leaves API versions as published.
        profiles: the profile's name and those it extends, nearest first.
        values: the parameter values that were given.
        published: whether to render exactly what upstream published, with its faults.
    """

    calico: Version
    istio: Version
    kubernetes: Version | None = None
    profiles: tuple[str, ...] = ()
    values: Mapping[str, Any] = {}
    published: bool = False


class When(Record):
    """A condition: every member that is given must hold.

    Attributes:
        calico, istio, kubernetes: version ranges. A Kubernetes range does not hold if there is no target version.
        profile: an anchored regular expression on the profile's name, or one that it extends.
        parameters: parameter values that were given; a list means any of them, null that none was given.
        published: true for a render of what upstream published, faults included; false for any other.
    """

    calico: Range | None = None
    istio: Range | None = None
    kubernetes: Range | None = None
    profile: str | None = None
    parameters: Mapping[str, Any] | None = None
    published: bool | None = None

    def holds(self, context: Context) -> bool:
        """Whether the condition holds."""
        if self.calico is not None and not within(context.calico, self.calico):
            return False
        if self.istio is not None and not within(context.istio, self.istio):
            return False
        if self.kubernetes is not None and not (context.kubernetes and within(context.kubernetes, self.kubernetes)):
            return False
        if self.published is not None and self.published is not context.published:
            return False
        if self.profile is not None and not any(fits(self.profile, name) for name in context.profiles):
            return False
        return not self.parameters or all(
            context.values.get(name) in (values if isinstance(values, list) else [values])
            for name, values in self.parameters.items()
        )


ALWAYS = When()

_WHEN = mapping(
    "when",
    optional={
        "calico": version_range,
        "istio": version_range,
        "kubernetes": version_range,
        "profile": parsed(check_pattern),
        "parameters": mapping_of(anything),
        "published": boolean,
    },
)


def read_when(value: Any, ref: SourceRef) -> When:
    """The condition that a `when:` member states.

    Raises:
        FormatError, VersionSyntaxError, InvalidSelector: with the location of each mistake.
    """
    entry = _WHEN(value, ref)
    return When(*map(entry.get, When._fields))
