"""The objects that are added, removed or moved, and how to delete the removed ones."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.compose.images import all_images, published_as
from manifestgen.emit.extra_files import split
from manifestgen.model.frozen import frozen
from manifestgen.model.identity import Id
from manifestgen.model.image import split_image
from manifestgen.patch.resource import Resource
from manifestgen.patch.select import fits
from manifestgen.upgrades.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.upgrades.attribution import Attributed
    from manifestgen.upgrades.stages import Stage

UPGRADE_FILE = "upgrade.yaml"


@frozen
class Leaving:
    """An object that is only in the present bundle.

    Attributes:
        object: its identity.
        command: the command that deletes it; empty if it stays.
        because: why it stays, or what else removes it.
        causes: the releases that remove it.
    """

    object: str
    command: str
    because: str = ""
    causes: tuple[Cause, ...] = ()


@frozen
class Coming:
    """An object that only the new bundle has.

    Attributes:
        object: its identity.
        causes: the releases that add it.
    """

    object: str
    causes: tuple[Cause, ...] = ()


@frozen
class Moving:
    """An object that now belongs to another component.

    Attributes:
        object: its identity.
        before, after: the components.
    """

    object: str
    before: str
    after: str


@frozen
class Stale:
    """An own object of the site that belongs to an install of Calico and stays as its old release published it.

    Attributes:
        object: its identity.
        where: its file.
        what: its role, such as `RBAC`.
        images: the old release's images that it runs.
    """

    object: str
    where: str
    what: str
    images: tuple[str, ...] = ()


@cache
def upgrade_data() -> Mapping[str, Any]:
    """The content of `profiles/upgrade.yaml`."""
    found: Mapping[str, Any] = shipped_documents(UPGRADE_FILE)[0][0]
    return found


def leaving(differing: Sequence[Attributed], start: Stage) -> tuple[Leaving, ...]:
    """The removed objects, in the order in which to delete them: objects before the ones that they refer to."""
    _, extra = split(start.resources, start.context)
    elsewhere = {resource.id: path for path, (resource, _) in extra.items()}
    places = {resource.id: number for number, resource in enumerate(start.resources)}
    gone = [one for one in differing if one.one.left and (one.one.right is None or one.one.kind == "renamed")]
    gone.sort(key=lambda one: -places[one.one.left.id] if one.one.left else 0)
    return tuple(_leaving(one.one.left, one.causes, elsewhere) for one in gone if one.one.left)


def deletion(resource: Resource, file: str = "") -> tuple[str, str]:
    """The command that deletes an object, or why it stays.

    Args:
        resource: the object.
        file: its separate file; empty if it has none.
    """
    for entry in upgrade_data()["kept"]:
        if fits(entry["kind"], resource.id.kind) and fits(entry.get("name", ".*"), resource.id.name):
            return "", str(entry["because"])
    return _delete(resource.id, file), ""


def _leaving(resource: Resource, causes: tuple[Cause, ...], elsewhere: Mapping[Id, str]) -> Leaving:
    command, because = deletion(resource, elsewhere.get(resource.id, ""))
    return Leaving(object=str(resource.id), command=command, because=because, causes=causes)


def _delete(identity: Id, file: str) -> str:
    if file.startswith("calico/"):
        return f"calicoctl delete {shlex.quote(identity.kind.lower())} {shlex.quote(identity.name)}"
    kind = identity.kind.lower() + (f".{identity.group}" if identity.group else "")
    namespace = f"-n {shlex.quote(identity.namespace)} " if identity.namespace else ""
    return f"kubectl {namespace}delete {shlex.quote(f'{kind}/{identity.name}')} --ignore-not-found"


def coming(differing: Iterable[Attributed]) -> tuple[Coming, ...]:
    """The added objects, in apply order."""
    return tuple(
        Coming(str(one.one.right.id), one.causes)
        for one in differing
        if one.one.right and (one.one.left is None or one.one.kind == "renamed")
    )


def moving(start: Stage, target: Stage) -> tuple[Moving, ...]:
    """The objects that change component."""
    before = {resource.id[2:]: resource for resource in start.resources}
    return tuple(
        Moving(str(one.id), before[one.id[2:]].component, one.component)
        for one in target.resources
        if one.id[2:] in before and before[one.id[2:]].component != one.component
    )


def part_of_install(resource: Resource) -> str:
    """The role of an object in an install of Calico, such as `RBAC`; empty for none."""
    entries = upgrade_data()["install"]
    found = (one for one in entries if fits(one["kind"], resource.id.kind) and fits(one["name"], resource.id.name))
    return next((str(one["what"]) for one in found), "")


def stale(target: Stage) -> tuple[Stale, ...]:
    """The site's own objects that belong to an install of Calico."""
    found = []
    for resource in target.resources:
        if resource.component:
            continue
        images = tuple(sorted({one for one in all_images(resource) if published_as(split_image(one)[0])}))
        what = part_of_install(resource) or ("images of the old release" if images else "")
        if what:
            where = resource.ref.source.name if resource.ref else ""
            found.append(Stale(object=str(resource.id), where=where, what=what, images=images))
    return tuple(found)
