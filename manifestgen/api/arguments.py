"""Checking what a Python caller passes: a wrong type is refused where it is passed, by name, with what would do."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector, ManifestgenError, as_message

if TYPE_CHECKING:
    from collections.abc import Callable


class WrongType(ManifestgenError, TypeError):
    """An argument of a function has a type that it does not take.

    Attributes:
        argument: its name, such as `calico` or `namespaces[0]`.
    """

    def __init__(self, argument: str, value: object, wanted: str, next_step: str = "", *, secret: bool = False) -> None:
        super().__init__(
            f"{argument} must be {wanted}, not {_kind(value)}",
            found="" if secret else as_message(value),
            next_step=next_step,
        )
        self.argument = argument


def _kind(value: object) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


_VERSIONS = ("calico", "istio", "kubernetes", "upgrade_from")
_PATHS = ("profile", "injector", "source", "directory", "matrix")
_NAMES = ("components", "namespaces", "allow", "trees", "covers", "ignore")
_PATH_LISTS = ("overlays", "ignore_files")
_TEXT_MAPPINGS = ("pins", "labels")
_FLAGS = ("published", "argo", "remove", "force")
_OPTIONAL = frozenset(
    {"calico", "istio", "kubernetes", "upgrade_from", "injector", "pins", "labels", "values", "pointer"}
)


def check_types(**arguments: object) -> None:
    """Refuse arguments of the wrong type; what each must be goes by its name, which is the same in every function.

    Raises:
        WrongType: for one argument.
        Failures: for several.
    """
    gathered = ErrorCollector()
    for name, value in arguments.items():
        if not (value is None and name in _OPTIONAL):
            with gathered:
                _CHECKS.get(name, _text)(name, value)
    gathered.raise_all()


def _version(name: str, value: object) -> None:
    if not isinstance(value, str):
        quoted = f'write it in quotes: "{value}"' if isinstance(value, (int, float)) else ""
        raise WrongType(name, value, "a version as a string", quoted)


def _text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise WrongType(name, value, "a string")


def _flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise WrongType(name, value, "True or False")


def _path(name: str, value: object) -> None:
    if isinstance(value, str) or (isinstance(value, os.PathLike) and isinstance(os.fspath(value), str)):
        return
    raise WrongType(name, value, "a string or a path")


def _names(name: str, value: object, check: Callable[[str, object], None] = _text) -> None:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        listed = f"write a list: [{value!r}]" if isinstance(value, str) else ""
        raise WrongType(name, value, "a list or tuple of strings", listed)
    for index, item in enumerate(value):
        check(f"{name}[{index}]", item)


def _paths(name: str, value: object) -> None:
    _names(name, value, _path)


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongType(name, value, "a mapping", secret=name == "values")
    for key in value:
        if not isinstance(key, str):
            raise WrongType(f"a key of {name}", key, "a string")
    return value


def _texts(name: str, value: object) -> None:
    for key, text in _mapping(name, value).items():
        _text(f"{name}[{key!r}]", text)


_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    **dict.fromkeys(_VERSIONS, _version),
    **dict.fromkeys(_PATHS, _path),
    **dict.fromkeys(_NAMES, _names),
    **dict.fromkeys(_PATH_LISTS, _paths),
    **dict.fromkeys(_TEXT_MAPPINGS, _texts),
    **dict.fromkeys(_FLAGS, _flag),
    "values": _mapping,
}
