"""The content of files that parameters name: read at the edge, never shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector, ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.catalog.model import Parameter
    from manifestgen.catalog.parameters import ResolvedValue
    from manifestgen.errors import Where

LIMIT = 1 << 20
"""The most a file may hold, in bytes: what a ConfigMap or a Secret holds at the most."""

_PATH = re.compile(r"[\w.~@+/ -]{1,128}")


class UnusableFile(ManifestgenError):
    """A parameter names a file whose content cannot be used. The message does not contain the content.

    Attributes:
        parameter: its name.
    """

    def __init__(self, parameter: Parameter, path: str, reason: str, where: Where) -> None:
        # If a user gives a key instead of the key's path, it must not end up in a log.
        harmless = not parameter.secret or _PATH.fullmatch(path)
        super().__init__(
            f"{parameter.name} names a file that cannot be used: {reason}",
            where=where,
            found=path if harmless else "(not shown: it does not look like a path)",
            next_step=f"give the path of a file, for example {parameter.assignment()}",
        )
        self.parameter = parameter.name


def values_of(declared: Mapping[str, Parameter], chosen: Mapping[str, ResolvedValue]) -> dict[str, Any]:
    """The chosen values; for a parameter of type file, the content of the file.

    Raises:
        Failures, or the only failure: an UnusableFile for each that is missing, too large, or without the content
            that the parameter is for.
    """
    gathered = ErrorCollector()
    values: dict[str, Any] = {}
    for name, one in chosen.items():
        with gathered:
            values[name] = _content(declared[name], one) if declared[name].type == "file" else one.value
    gathered.raise_all()
    return values


def _content(parameter: Parameter, chosen: ResolvedValue) -> str:
    from manifestgen.yamlio.files import read_file  # imported lazily: few renders read a file

    path = chosen.source.path(chosen.value)
    try:
        text = read_file(path, LIMIT)
        reason = "" if re.search(parameter.bounds.pattern, text) else f"it holds no {parameter.bounds.form}"
    except ManifestgenError as error:
        reason = error.what
    if reason:
        raise UnusableFile(parameter, path, reason, chosen.source.location(parameter.name))
    return text
