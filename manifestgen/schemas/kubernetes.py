"""The schemas of Kubernetes' built-in kinds, from the package kubernetes-validate.

The package is an extra: it is 35 MB of Kubernetes' OpenAPI documents, one per minor version. Only its data is used;
they are checked by `structure`, because the package's own checker reads a document for every object, stops at
the first fault, and knows no custom resources.
"""

from __future__ import annotations

import json
import os
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "kubernetes_validate"
_FOLDER, _SUFFIX, _FILE = "kubernetes-json-schema", ".0-local", "_definitions.json"
_KINDS = "x-kubernetes-group-version-kind"


class SchemasMissing(ManifestgenError):
    """The package with Kubernetes' schemas is not installed, or has none."""

    def __init__(self, found: str) -> None:
        super().__init__(
            "objects cannot be validated: Kubernetes' schemas are not installed",
            found=found,
            next_step="pip install 'manifestgen[validate]'",
        )


class Schemas(Record):
    """The schemas of one Kubernetes version.

    Attributes:
        definitions: every schema by name.
        kinds: (group, kind) -> version -> the name of its schema.
    """

    definitions: Mapping[str, Any]
    kinds: Mapping[tuple[str, str], Mapping[str, str]]

    def groups(self) -> frozenset[str]:
        """All API groups."""
        return frozenset(group for group, _ in self.kinds)


def versions() -> tuple[Version, ...]:
    """The Kubernetes minors that have schemas, oldest first.

    Raises:
        SchemasMissing: the package is not installed.
    """
    return tuple(sorted(_folders()))


@cache
def _folders() -> dict[Version, str]:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SchemasMissing(f"no Python package {PACKAGE}")
    root = os.path.join(spec.submodule_search_locations[0], _FOLDER)
    names = os.listdir(root) if os.path.isdir(root) else []
    found = {
        parse_version(name.removesuffix(_SUFFIX)): os.path.join(root, name, _FILE)
        for name in names
        if name.endswith(_SUFFIX)
    }
    if not found:
        raise SchemasMissing(f"{root} holds no schemas")
    return found


@lru_cache(maxsize=2)
def schemas(version: Version) -> Schemas | None:
    """The schemas of a Kubernetes minor; None if the package has none.

    Raises:
        SchemasMissing: the package is not installed.
    """
    path = _folders().get(version.as_minor)
    if path is None:
        return None
    with open(path, encoding="utf-8") as stream:
        definitions = json.load(stream)["$defs"]
    kinds: dict[tuple[str, str], dict[str, str]] = {}
    for name, schema in definitions.items():
        declared = schema.get(_KINDS, [])
        if len(declared) == 1:  # types with several kinds, such as DeleteOptions, are not objects
            one = declared[0]
            kinds.setdefault((one["group"], one["kind"]), {})[one["version"]] = name
    return Schemas(definitions, kinds)
