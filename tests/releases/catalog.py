"""What the release tests share: the releases and profiles there are, renders, and what Calico published."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

import manifestgen
from manifestgen.catalog import releases
from manifestgen.catalog.loading import install_profiles
from tests.support.shared import shared

if TYPE_CHECKING:
    from pathlib import Path

    from manifestgen.patch.resource import Resource

MINORS = tuple(f"v{minor}" for minor in releases.minors("Calico"))
PROFILES = install_profiles()

Key = tuple[str, str, str]
"""Kind, namespace and name."""


@cache
def rendered(profile: str, calico: str, components: tuple[str, ...], *, published: bool = True) -> tuple[Resource, ...]:
    """The resources of a bundle; components that the release lacks are left out."""
    there = tuple(name for name in components if not (name in SINCE and _number(calico) < SINCE[name]))
    return tuple(manifestgen.render(profile, calico=calico, components=there, published=published))


SINCE = {"felix": 8, "csi": 23}
"""Components that began with a later minor of Calico v3."""


def _number(calico: str) -> int:
    return int(calico.removeprefix("v").split(".")[1])


def has(component: str, calico: str) -> bool:
    """Whether a release has a component."""
    return _number(calico) >= SINCE.get(component, 0)


def bodies(resources: tuple[Resource, ...]) -> dict[Key, Any]:
    """Objects by identity."""
    return {_key(resource.body): resource.body for resource in resources}


def published(path: str) -> dict[Key, Any]:
    """The objects of a published file, read as YAML 1.1 as kubectl does; skips where it is absent."""
    text = reference(path).read_text()
    return {_key(body): body for body in yaml.load_all(text, Loader=yaml.CSafeLoader) if body}


def reference(path: str) -> Path:
    """A file of what Calico published, such as `v3.9/node/kdd.yaml`."""
    return shared(f"reference/calico/{path}")


def _key(body: Any) -> Key:
    return body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]
