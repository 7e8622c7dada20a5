"""`explain`: where the fields of an object came from."""

from __future__ import annotations

import json
import os
from typing import Any

from manifestgen.api.arguments import WrongArgument, check_types, path_of
from manifestgen.api.bundle import Bundle
from manifestgen.api.lookup import find_object
from manifestgen.api.rendering import render
from manifestgen.errors import visible
from manifestgen.model.record import Record
from manifestgen.origins import report
from manifestgen.patch.history import Origin
from manifestgen.patch.resource import Resource


class Explanation(Record):
    """The origins of an object's fields. Values of Secrets are withheld in every form.

    Attributes:
        resource: the object.
        path: the selected field; None for all.
    """

    resource: Resource
    path: str | None = None

    @property
    def origin(self) -> Origin:
        """The origin of the field, or of the object."""
        return self.resource.origin(self.path or "")

    def to_text(self) -> str:
        """For people: each value with its origin, and what it replaced."""
        return report.to_text(self.resource, self.path)

    def entries(self) -> list[dict[str, Any]]:
        """For programs: each field with its chain of origins, newest first, as plain values."""
        return report.to_json(self.resource, self.path)

    def to_json(self) -> str:
        """The entries as a JSON text."""
        return visible(json.dumps(self.entries(), indent=2, ensure_ascii=False), keep="\n") + "\n"

    def __str__(self) -> str:
        return self.to_text()


def explain(source: Bundle | str | os.PathLike[str], name: str, path: str | None = None) -> Explanation:
    """Explain where the fields of an object came from: base, patch operation or parameter, and what each replaced.

    Args:
        source: a bundle; or a profile, which is rendered with its defaults.
        name: the object, as `KIND/NAME` or `KIND/NAMESPACE/NAME`.
        path: a field, see `Resource.origin`; None for all fields of the object.

    Raises:
        NoSuchObject, AmbiguousObject: the bundle has no such object, or several.
        OperationFailed: the object has no such field.
        ManifestgenError: the profile does not render.
    """
    if not isinstance(name, str):
        raise WrongArgument("name", name, "a string such as DaemonSet/calico-node")
    check_types(path=path)
    bundle = source if isinstance(source, Bundle) else render(path_of("source", source, "a Bundle or a profile"))
    resource = find_object(bundle.resources, name, ignore_case=True)
    if path is not None:
        resource.origin(path)
    return Explanation(resource, path)
