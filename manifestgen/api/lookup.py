"""Finding an object of a bundle by its name."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource


class NoSuchObject(ManifestgenError, KeyError):
    """A bundle has no object of this kind and name.

    Attributes:
        asked: the name that was given.
    """

    def __init__(self, asked: str, known: Sequence[Resource]) -> None:
        names = tuple(dict.fromkeys(resource.id.short for resource in known))
        super().__init__(
            f"the bundle holds no {asked}",
            candidates=nearest(asked, names) or names,
            next_step="write KIND/NAME as in DaemonSet/calico-node; a component that is not rendered has no objects",
        )
        self.asked = asked


class AmbiguousObject(ManifestgenError, KeyError):
    """A bundle has several objects of this kind and name.

    Attributes:
        asked: the name that was given.
        objects: their identities.
    """

    def __init__(self, asked: str, found: Sequence[Id]) -> None:
        super().__init__(
            f"the bundle holds {len(found)} objects {asked}",
            candidates=tuple(_full(identity) for identity in found),
            next_step="write KIND/NAMESPACE/NAME",
        )
        self.asked = asked
        self.objects = tuple(found)


def find_object(resources: Sequence[Resource], asked: str, *, ignore_case: bool = False) -> Resource:
    """Look up an object by name.

    Args:
        resources: the objects of a bundle.
        asked: `KIND/NAME` or `KIND/NAMESPACE/NAME`; the kind may have its API group: `Tier.projectcalico.org`.
        ignore_case: whether to ignore case if no object matches exactly.

    Raises:
        NoSuchObject: there is none; the message names the nearest ones.
        AmbiguousObject: there are several; the message names them.
    """
    found = _matching(resources, asked, str)
    if not found and ignore_case:
        found = _matching(resources, asked, str.casefold)
    if not found:
        raise NoSuchObject(asked, resources)
    if len(found) > 1:
        raise AmbiguousObject(asked, [resource.id for resource in found])
    return found[0]


def has_object(resources: Sequence[Resource], asked: str) -> bool:
    """Whether there is at least one object of this name."""
    return bool(_matching(resources, asked, str))


def _matching(resources: Sequence[Resource], asked: str, fold: Callable[[str], str]) -> list[Resource]:
    if fold is str and isinstance(resources, tuple):
        return _by_name(_SameObjects(resources)).get(asked, [])
    wanted = fold(asked)
    return [resource for resource in resources if wanted in map(fold, _names(resource.id))]


class _SameObjects:
    """A key that compares equal to another only if both hold the very same objects."""

    __slots__ = ("resources",)

    def __init__(self, resources: tuple[Resource, ...]) -> None:
        self.resources = resources

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameObjects) and self.resources is other.resources

    def __hash__(self) -> int:
        return id(self.resources)


@lru_cache(maxsize=4)
def _by_name(key: _SameObjects) -> dict[str, list[Resource]]:
    """The objects of a bundle by each of their names."""
    found: dict[str, list[Resource]] = {}
    for resource in key.resources:
        for name in _names(resource.id):
            found.setdefault(name, []).append(resource)
    return found


def _names(identity: Id) -> list[str]:
    kinds = [identity.kind, f"{identity.kind}.{identity.group}"] if identity.group else [identity.kind]
    names = [identity.name, *([f"{identity.namespace}/{identity.name}"] if identity.namespace else [])]
    return [f"{kind}/{name}" for kind in kinds for name in names]


def _full(identity: Id) -> str:
    return _names(identity)[-1]
