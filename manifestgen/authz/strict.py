"""Reading parsed YAML strictly: what is missing, unknown or of another type is an error with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from manifestgen.errors import ErrorCollector, ManifestgenError, as_message, nearest

Path = tuple[str | int, ...]
"""Names and indexes from the document down to a value."""

Where = Callable[[Path], Any]
"""The place of a value: anything with a `str()`, such as `file:line:column`."""


_T = TypeVar("_T")
_D = TypeVar("_D")


class InvalidData(ManifestgenError):
    """A value of a file is not what belongs there."""


class UnknownField(ManifestgenError):
    """A field of a file has a name that means nothing there.

    Attributes:
        field: the name.
    """

    def __init__(self, field: object, known: tuple[str, ...], where: Any) -> None:
        near = nearest(field, known) if isinstance(field, str) else ()
        super().__init__(f"there is no field {as_message(field)} here", where=where, candidates=near or known)
        self.field = field


class Reader:
    """One pass over a document, which gathers every mistake in it.

    Attributes:
        where: gives the place of a value.
        gathered: the mistakes so far; end with `gathered.raise_all()`.
    """

    def __init__(self, where: Where) -> None:
        self.where = where
        self.gathered = ErrorCollector()

    def wrong(self, path: Path, what: str, found: Any = None, **parts: Any) -> None:
        """Note a mistake; `parts` are those of an error, such as `next_step`."""
        said = "" if found is None else as_message(found)
        self.gathered.add(InvalidData(what, where=self.where(path), found=said, **parts))

    def header(self, body: Any, kind: str, fields: Iterable[str]) -> dict[str, Any]:
        """The document as a mapping of `fields`, once apiVersion and kind are right."""
        found = self.mapping(body, (), ("apiVersion", "kind", *fields))
        for name, expected in (("apiVersion", "manifestgen/v1"), ("kind", kind)) if isinstance(body, dict) else ():
            if found.get(name) != expected:
                self.wrong((name,), f"{name} must be {expected}", body.get(name))
        return found

    def mapping(self, value: Any, path: Path, fields: Iterable[str], required: Iterable[str] = ()) -> dict[str, Any]:
        """The known fields of a mapping; empty where the value is none."""
        known = tuple(fields)
        if not isinstance(value, dict):
            self.wrong(path, f"expected a mapping with {', '.join(known)}", value)
            return {}
        for name in value:
            if name not in known:
                self.gathered.add(UnknownField(name, known, self.where((*path, name))))
        for name in required:
            if name not in value:
                self.wrong(path, f"the field {name} is missing")
        return {name: value[name] for name in known if name in value}

    def field(
        self, found: Mapping[str, Any], path: Path, name: str, read: Callable[[Any, Path], _T], default: _D
    ) -> _T | _D:
        """A field of a mapping, read; the default where it is not there."""
        return read(found[name], (*path, name)) if name in found else default

    def items(self, value: Any, path: Path, *, empty: bool = False) -> list[tuple[Any, Path]]:
        """The items of a list with their paths; one that may be empty only where that is said."""
        if isinstance(value, list) and (value or empty):
            return [(item, (*path, index)) for index, item in enumerate(value)]
        self.wrong(path, f"{path[-1]} must be a list{'' if empty else ' that is not empty'}", value)
        return []

    def text(self, value: Any, path: Path) -> str:
        """A string that is not empty; empty where it is none."""
        if isinstance(value, str) and value:
            return value
        self.wrong(path, "expected a string that is not empty", value)
        return ""

    def texts(self, value: Any, path: Path) -> tuple[str, ...]:
        """A list of strings that are not empty."""
        return tuple(self.text(item, at) for item, at in self.items(value, path))

    def flag(self, value: Any, path: Path) -> bool:
        """A boolean."""
        if isinstance(value, bool):
            return value
        self.wrong(path, f"{path[-1]} must be true or false", value)
        return False

    def number(self, value: Any, path: Path) -> int:
        """A whole number from 1 up."""
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.wrong(path, f"{path[-1]} must be a number from 1 up", value)
        return 1

    def one_of(self, *choices: str) -> Callable[[Any, Path], str]:
        """Reads one of several strings; the first where it is none of them."""
        return lambda value, path: self.choice(value, path, choices)

    def some_of(self, *choices: str) -> Callable[[Any, Path], tuple[str, ...]]:
        """Reads a list of some of several strings."""
        return lambda value, path: tuple(self.choice(item, at, choices) for item, at in self.items(value, path))

    def choice(self, value: Any, path: Path, choices: Iterable[str]) -> str:
        """One of several strings; the first where it is none of them."""
        known = tuple(choices)
        if isinstance(value, str) and value in known:
            return value
        name = next((str(part) for part in reversed(path) if isinstance(part, str)), "the value")
        near = nearest(value, known) if isinstance(value, str) else ()
        self.wrong(path, f"{name} must be {_either(known)}", value, candidates=near)
        return known[0]


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
