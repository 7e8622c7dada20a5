"""All parameters: the shipped ones, and those that a user's profiles declare."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from manifestgen.catalog.loading import RULES_FILE, shipped_documents, shipped_files, shipped_layer
from manifestgen.catalog.result_cache import kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from manifestgen.catalog.model import Layer, Parameter

FOLDER = "parameters"


class ParameterIndex(Mapping[str, "Parameter"]):
    """Parameters by name. Shipped ones are loaded file by file, when one of the file's parameters is looked up.

    Args:
        layers: the profile and those that it extends, the most basic first.
    """

    def __init__(self, layers: Iterable[Layer] = ()) -> None:
        self._files, self._shipped_active = _index()
        self._own: dict[str, Parameter] = {}
        for layer in layers:
            for name, parameter in layer.parameters.items():
                known = self.get(name, parameter)
                # Redeclaring a parameter, for example with another default, keeps its places.
                sets, each = parameter.sets or known.sets, parameter.each or known.each
                self._own[name] = parameter._replace(sets=sets, each=each)

    def __getitem__(self, name: str) -> Parameter:
        return self._own[name] if name in self._own else _parameters(self._files[name])[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._files

    def __iter__(self) -> Iterator[str]:
        yield from self._files
        yield from (name for name in self._own if name not in self._files)

    def __len__(self) -> int:
        return len(self._files.keys() | self._own.keys())

    @property
    def active_by_default(self) -> tuple[str, ...]:
        """The parameters that have an effect even without a value: a default, or prototypes to remove."""
        return (*self._shipped_active, *(name for name in self._own if name not in self._shipped_active))


@cache
def _parameters(file: str) -> Mapping[str, Parameter]:
    """The parameters of a shipped file."""
    return kept(f"parameters {file}", lambda: shipped_layer(file).parameters)


@cache
def _index() -> tuple[dict[str, str], tuple[str, ...]]:
    """The file of each shipped parameter, in order of name, and the parameters that have an effect without a value."""
    files: dict[str, str] = {}
    active_by_default: list[str] = []
    for file in shipped_files(FOLDER):
        path = f"{FOLDER}/{file}"
        if file.endswith(".yaml") and path != RULES_FILE:
            entries = shipped_documents(path)[0][0]["parameters"]
            files |= dict.fromkeys(entries, path)
            active_by_default += [name for name, entry in entries.items() if "default" in entry or "each" in entry]
    return files, tuple(active_by_default)
