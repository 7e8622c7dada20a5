"""Checking arguments of Python callers: a wrong type is refused at once, with the argument's name and an example."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ErrorCollector, ManifestgenError, as_message

if TYPE_CHECKING:
    from collections.abc import Callable


class WrongArgument(ManifestgenError, TypeError):
    """An argument of a function has the wrong type.

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


_VERSIONS = ("calico", "istio", "kubernetes", "from_calico", "from_istio", "from_kubernetes", "upgrade_from")
_PATHS = ("profile", "injector", "directory", "matrix")
_NAMES = ("components", "namespaces", "allow", "templates", "trees", "covers", "ignore")
_PATH_LISTS = ("overlays", "ignore_files", "profiles")
_FLAGS = ("debug", "published", "argo", "remove", "force", "write", "fields_of_bundle_only", "ignore_order")
_OPTIONAL = frozenset(
    {*_VERSIONS, "debug", "env", "injector", "labels", "layout", "path", "pins", "registry", "resources", "values"}
)


def check_types(**arguments: object) -> None:
    """Refuse arguments of the wrong type; their types go by their names, which are the same in every function.

    Raises:
        WrongArgument: for one argument.
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
        # 1.30 is 1.3 to Python, so the intended version is unknown.
        quoted = 'write it in quotes, as in "3.9"' if isinstance(value, (int, float)) else ""
        raise WrongArgument(argument=name, value=value, wanted="a version as a string", next_step=quoted)


def _text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise WrongArgument(name, value, "a string")


def _flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise WrongArgument(name, value, "True or False")


def path_of(name: str, value: object, wanted: str = "a string or a path") -> str:
    """The text of a path.

    Raises:
        WrongArgument: it is neither a string nor an `os.PathLike` of one.
    """
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if isinstance(path, str):
        return path
    raise WrongArgument(name, value, wanted)


def _path(name: str, value: object) -> None:
    path_of(name, value)


def _names(name: str, value: object, check: Callable[[str, object], None] = _text) -> None:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        listed = f"write a list: [{value!r}]" if isinstance(value, str) else ""
        raise WrongArgument(argument=name, value=value, wanted="a list or tuple of strings", next_step=listed)
    for index, item in enumerate(value):
        check(f"{name}[{index}]", item)


def _paths(name: str, value: object) -> None:
    _names(name, value, _path)


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongArgument(name, value, "a mapping", secret=name == "values")
    for key in value:
        if not isinstance(key, str):
            raise WrongArgument(f"a key of {name}", key, "a string")
    return value


def _texts(name: str, value: object) -> None:
    for key, text in _mapping(name, value).items():
        _text(f"{name}[{key!r}]", text)


def _pins(name: str, value: object) -> None:
    """Digests by image, which are checked when they are read, or a file of them."""
    if not isinstance(value, (str, os.PathLike)):
        _mapping(name, value)


def _operations(name: str, value: object) -> None:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise WrongArgument(name, value, "a list of operations")


_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    **dict.fromkeys(_VERSIONS, _version),
    **dict.fromkeys(_PATHS, _path),
    **dict.fromkeys(_NAMES, _names),
    **dict.fromkeys(_PATH_LISTS, _paths),
    **dict.fromkeys(_FLAGS, _flag),
    "env": _texts,
    "labels": _texts,
    "operations": _operations,
    "pins": _pins,
    "resources": _mapping,
    "values": _mapping,
}
