"""Checks of the user's objects and patches against what every API server requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.compose.finding import Finding
from manifestgen.compose.objects import problems
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message
from manifestgen.model import pointer
from manifestgen.model.location import Location
from manifestgen.model.names import wrong_key, wrong_label_value
from manifestgen.patch.provenance import origin_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from manifestgen.catalog.model import Labels
    from manifestgen.compose.objects import Problem
    from manifestgen.errors import Where
    from manifestgen.patch.history import Origin
    from manifestgen.patch.resource import Resource


class InvalidObject(ManifestgenError):
    """An object that every API server would refuse.

    Attributes:
        object: its identity.
        pointer: the field in it.
    """

    def __init__(self, resource: Resource, problem: Problem, where: Where) -> None:
        at = pointer.to_text(problem.path)
        shown = problem.found is not None and not (resource.id.kind == "Secret" and problem.path[0] != "metadata")
        super().__init__(
            f"{resource.id} {at}: {problem.what}",
            where=where,
            found=as_message(problem.found) if shown else "",
            next_step=problem.next_step,
        )
        self.object = resource.id
        self.pointer = at


class InvalidLabel(ManifestgenError):
    """A label to set on every object is not valid in Kubernetes.

    Attributes:
        key: the key of the label.
    """

    def __init__(self, key: str, value: str, reason: str, where: Where) -> None:
        super().__init__(
            f"the label {as_message(key)}: {reason}",
            where=where,
            found=as_message(value),
            next_step="correct it: Kubernetes would refuse every object",
        )
        self.key = key


def check_objects(resources: Iterable[Resource], own: Collection[str]) -> tuple[Finding, ...]:
    """Check what the user wrote.

    Args:
        resources: the objects of a bundle.
        own: the user's layers, by name.

    Returns:
        Warnings about list items in resource files that Kubernetes treats as one.

    Raises:
        Failures, or the only failure: an InvalidObject for everything else, where it was written.
    """
    gathered = ErrorCollector()
    warnings: list[Finding] = []
    for resource in resources:
        if resource.layer not in own and all(change.layer not in own for change in resource.history):
            continue
        for problem in problems(resource.id, resource.content):
            origins = [origin_of(resource, path) for path in problem.twins or (problem.path,)]
            written = [origin for origin in origins if origin.layer in own]
            patched = [origin for origin in written if origin.number] if problem.twins else written
            if patched:
                gathered.add(InvalidObject(resource, problem, _place(patched[-1])))
            elif written:
                text = f"{_place(written[-1])}: {resource.id} {pointer.to_text(problem.path)}: {problem.what}"
                warnings.append(Finding("duplicate-items", refused=False, text=text, next_step="keep one of them"))
    gathered.raise_all()
    return tuple(warnings)


def _place(origin: Origin) -> Location:
    return origin.ref.location if origin.ref else Location(origin.given)


def check_labels(rules: Iterable[Labels]) -> None:
    """Refuse labels that are not valid in Kubernetes.

    Raises:
        Failures, or the only failure: an InvalidLabel for each, with its location.
    """
    gathered = ErrorCollector()
    for rule in rules:
        for key, value in rule.pairs.items():
            if reason := wrong_key(key) or wrong_label_value(value):
                where = rule.ref.at("pairs", key).location if rule.ref else Location("--label")
                gathered.add(InvalidLabel(key=key, value=value, reason=reason, where=where))
    gathered.raise_all()
