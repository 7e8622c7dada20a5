"""Objects that kubectl must not apply: they are written beside the bundle, for the program that takes them.

Which they are is data: `aside` in `profiles/catalog.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import catalog_index
from manifestgen.model import pointer
from manifestgen.patch.select import fits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.patch.resource import Resource


def split(
    resources: Sequence[Resource], profiles: Sequence[str]
) -> tuple[tuple[Resource, ...], dict[str, tuple[Resource, Any]]]:
    """What kubectl applies, and what it must not.

    Args:
        resources: in apply order.
        profiles: the profile's name and those it extends.

    Returns:
        The resources for kubectl; and files for others: path -> the resource it is of, and the file's document.
    """
    applied = []
    extra_files: dict[str, tuple[Resource, Any]] = {}
    for resource in resources:
        rule = next((rule for rule in catalog_index()["aside"] if _is_meant(rule, resource, profiles)), None)
        if rule is None:
            applied.append(resource)
            continue
        for name, path in rule["files"].items():
            extra_files[f"{rule['folder']}/{name}"] = (resource, pointer.lookup(resource.content, pointer.parse(path)))
    return tuple(applied), extra_files


def _is_meant(rule: Mapping[str, Any], resource: Resource, profiles: Sequence[str]) -> bool:
    return (
        fits(rule["group"], resource.id.group)
        and fits(rule["kind"], resource.id.kind)
        and ("profile" not in rule or any(fits(rule["profile"], name) for name in profiles))
    )
