"""Targets: which resources a patch applies to, with the semantics of Kustomize's selectors.

Source: kustomize api/types/selector.go (anchored regular expressions of RE2; name and namespace match the original
or the current value) and Kubernetes' label selector syntax (apimachinery pkg/labels).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from manifestgen.model.identity import Id

    class Selectable(Protocol):
        """What a selector looks at."""

        @property
        def id(self) -> Id:
            """What the object is called."""

        @property
        def original(self) -> Id:
            """What it was called when it was read."""

        @property
        def content(self) -> Mapping[str, Any]:
            """The object."""


_METACHARACTERS = frozenset(".^$*+?()[]{}\\")
"""Without these, a pattern is words joined by `|`, and compiling it would take longer than all it is for."""
_NEED_ENGINE = _METACHARACTERS - {"."}
_REQUIREMENT = re.compile(
    r"""\s*(?:
        (?P<set>[^\s,!=()]+)\s+(?P<in>in|notin)\s*\((?P<values>[^()]*)\)
      | (?P<key>[^\s,!=()]+)\s*(?P<equals>==|!=|=)\s*(?P<value>[^\s,!=()]*)
      | (?P<absent>!)?\s*(?P<exists>[^\s,!=()]+)
    )\s*""",
    re.VERBOSE,
)


class InvalidSelector(ManifestgenError):
    """A target's pattern is not a regular expression, or its label selector is malformed."""


class Requirement(Record):
    """One requirement of a label selector.

    Attributes:
        key: the label.
        operator: `in`, `notin`, `exists` or `absent`.
        values: for in and notin.
    """

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, Any]) -> bool:
        """Whether labels satisfy the requirement (Kubernetes: `notin` and `!=` hold where the key is absent)."""
        if self.operator == "exists":
            return self.key in labels
        if self.operator == "absent":
            return self.key not in labels
        has = self.key in labels and labels[self.key] in self.values
        return has if self.operator == "in" else not has

    def __str__(self) -> str:
        """The requirement in Kubernetes' syntax."""
        if self.operator in {"exists", "absent"}:
            return self.key if self.operator == "exists" else f"!{self.key}"
        return f"{self.key} {self.operator} ({', '.join(sorted(self.values))})"


class Selector(Record):
    """A patch target; every given field must match, None matches everything.

    Attributes:
        group: anchored regular expression; `core` and the empty string mean the core group.
        version, kind, name, namespace: anchored regular expressions.
        labels, annotations: requirements on metadata.labels and metadata.annotations.
    """

    group: str | None = None
    version: str | None = None
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None
    labels: tuple[Requirement, ...] = ()
    annotations: tuple[Requirement, ...] = ()

    def matches(self, resource: Selectable) -> bool:
        """Whether it selects a resource."""
        now, was = resource.id, resource.original
        return (
            (self.kind is None or fits(self.kind, now.kind))
            and (self.name is None or fits(self.name, now.name) or fits(self.name, was.name))
            and (self.group is None or fits_group(self.group, now.group))
            and (self.version is None or fits(self.version, now.version))
            and (
                self.namespace is None
                or _namespace_fits(self.namespace, now.namespace)
                or _namespace_fits(self.namespace, was.namespace)
            )
            and (not self.labels or _all_hold(self.labels, resource.content, "labels"))
            and (not self.annotations or _all_hold(self.annotations, resource.content, "annotations"))
        )

    def __str__(self) -> str:
        """The fields that are given: `kind=DaemonSet, name=calico-node`."""
        given = [
            f"{field}={value}" for field, value in zip(self._fields[:5], self[:5], strict=True) if value is not None
        ]
        given += [f"label {requirement}" for requirement in self.labels]
        given += [f"annotation {requirement}" for requirement in self.annotations]
        return ", ".join(given) or "everything"


def fits(pattern: str, text: str) -> bool:
    """Whether a whole text matches a regular expression, in linear time; most patterns need no engine."""
    if pattern == text or not pattern:
        return True
    if _METACHARACTERS.isdisjoint(pattern):
        return text in pattern.split("|")
    if not _needs_engine(pattern):
        return any(_begins(part, text) for part in pattern.split("|"))
    from manifestgen.patch.regex import compiled  # most targets are plain words

    return compiled(pattern)(text)


def _needs_engine(pattern: str) -> bool:
    return not _NEED_ENGINE.isdisjoint(pattern.replace(".*|", "|").removesuffix(".*"))


def _begins(pattern: str, text: str) -> bool:
    """Whether a text matches letters and dots; anything can follow if the pattern ends in `.*`."""
    stem = pattern.removesuffix(".*")
    head = text if stem == pattern else text[: len(stem)]
    return (
        len(head) == len(stem)
        and "\n" not in text
        and all(asked in {".", found} for asked, found in zip(stem, head, strict=True))
    )


def literals(pattern: str | None) -> list[str] | None:
    """The texts that a pattern of plain words matches; None for any other pattern and for no pattern."""
    if not pattern or not _METACHARACTERS.isdisjoint(pattern):
        return None
    return pattern.split("|")


def check_pattern(pattern: str) -> str:
    """The pattern, checked to be a regular expression.

    Raises:
        InvalidSelector: it is not; the message names the character.
    """
    if _needs_engine(pattern):
        from manifestgen.patch.regex import RegexError, compiled

        try:
            compiled(pattern)
        except RegexError as error:
            raise InvalidSelector(
                f"{pattern!r} is not a regular expression: {error}",
                next_step="put a backslash before a character that is meant literally",
            ) from None
    return pattern


def requirements(text: str) -> tuple[Requirement, ...]:
    """A label selector in Kubernetes' syntax: `a=b, c!=d, e in (f, g), h notin (i), j, !k`.

    Raises:
        InvalidSelector: a part is malformed.
    """
    found: list[Requirement] = []
    position = 0
    while position < len(text):
        match = _REQUIREMENT.match(text, position)
        if not match or not (match.end() == len(text) or text[match.end()] == ","):
            raise InvalidSelector(
                f"{text!r} is not a label selector",
                found=text[position:].strip(),
                next_step="join with commas: a=b, a!=b, a in (b, c), a notin (b), a, !a",
            )
        found.append(_requirement(match.groupdict()))
        position = match.end() + 1
        if position == len(text) and text.endswith(","):
            raise InvalidSelector(f"{text!r} is not a label selector", found="a comma at the end")
    return tuple(found)


def _requirement(parts: Mapping[str, str | None]) -> Requirement:
    if parts["set"]:
        values = frozenset(value.strip() for value in (parts["values"] or "").split(","))
        return Requirement(parts["set"], str(parts["in"]), values)
    if parts["key"]:
        return Requirement(
            parts["key"], "notin" if parts["equals"] == "!=" else "in", frozenset({parts["value"] or ""})
        )
    return Requirement(str(parts["exists"]), "absent" if parts["absent"] else "exists")


def _all_hold(asked: tuple[Requirement, ...], body: Mapping[str, Any], member: str) -> bool:
    present = body["metadata"].get(member) or {}
    return all(requirement.holds(present) for requirement in asked)


def fits_group(pattern: str, group: str) -> bool:
    """`core` and the empty pattern select only the core group, which Kustomize has no pattern for."""
    return group == "" if pattern in {"", "core"} else fits(pattern, group)


def _namespace_fits(pattern: str, namespace: str) -> bool:
    """An object without a namespace is in `default`, as in Kustomize."""
    return fits(pattern, namespace or "default")
