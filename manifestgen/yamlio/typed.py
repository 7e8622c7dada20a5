"""Typed reading of parsed YAML: each file format is declared once, as small functions that compose.

A reader takes a value and its source reference, and returns a typed value or raises an error with the location::

    _RULE = mapping("a rule", required={"code": string, "summary": string}, optional={"refuse": boolean})

    def read_rule(value: Any, ref: SourceRef) -> Rule:
        entry = _RULE(value, ref)
        return Rule(code=entry["code"], text=entry["summary"], refused=entry.get("refuse", False))

    rules = list_of(read_rule)(body["rules"], ref.at("rules"))

Readers of collections report every mistake in them together. A function with the same two arguments is a reader, so a
format can add its own checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from manifestgen.errors import Failures, ManifestgenError, as_message, nearest
from manifestgen.model.location import Location
from manifestgen.model.version import VersionSyntaxError, parse_range, parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from manifestgen.model.version import Range, Version
    from manifestgen.yamlio.locations import SourceRef

    Reader = Callable[[Any, SourceRef], "T"]
    """Gives what a value means; raises a ManifestgenError at its place."""

    Readers = Mapping[str, Reader[Any]]
    """The keys of a mapping with the readers of their values."""

T = TypeVar("T")


EMPTY = "nothing: the file is empty"


class FormatError(ManifestgenError):
    """A file is valid YAML but does not follow its format."""


class WrongType(FormatError):
    """A value is not of the type that belongs there."""

    def __init__(self, value: Any, expected: str, ref: SourceRef, next_step: str = "") -> None:
        if not next_step and expected.startswith("a string") and isinstance(value, (int, float)):
            next_step = "quote it"
        super().__init__(
            f"{name_of(ref)} must be {expected}", where=ref.location, found=as_message(value), next_step=next_step
        )


class WrongValue(FormatError):
    """A value is not one of those that are allowed there."""

    def __init__(self, value: Any, known: Iterable[str], ref: SourceRef) -> None:
        names = tuple(known)
        super().__init__(
            f"{name_of(ref)} cannot be {as_message(value)}",
            where=ref.location,
            candidates=nearest(str(value), names) or names,
            next_step=f"write {names[0]}" if len(names) == 1 else "write one of the values that there are",
        )


class UnquotedVersion(WrongType):
    """A version is written as a number, which loses the zero of 3.10."""

    def __init__(self, value: Any, ref: SourceRef) -> None:
        super().__init__(value, "a string: without quotes, YAML reads 3.10 as 3.1", ref, "quote it")


class UnknownKey(FormatError):
    """A mapping has a key that its format does not know.

    Attributes:
        key: the key.
    """

    def __init__(self, key: object, known: Iterable[str], where: Location, within: str, next_step: str = "") -> None:
        names = tuple(known)
        super().__init__(
            f"{within} has no member {as_message(key)}",
            where=where,
            candidates=() if next_step else nearest(str(key), names) or names,
            next_step=next_step or "correct the name or remove it",
        )
        self.key = key


class MissingKey(FormatError):
    """A mapping lacks a key that its format requires.

    Attributes:
        key: the key.
    """

    def __init__(self, key: str, where: Location, within: str) -> None:
        super().__init__(f"{within} must have the member {key}", where=where, next_step=f"add {key}")
        self.key = key


def name_of(ref: SourceRef) -> str:
    """How messages call a value: by its key, or as an item of the list that it is in."""
    keys = [token for token in ref.path if isinstance(token, str)]
    if not keys:
        return "an item of the list" if ref.path else "the document"
    return f"an item of {keys[-1]}" if isinstance(ref.path[-1], int) else keys[-1]


def anything(value: Any, ref: SourceRef) -> Any:
    """Any value, as it is."""
    del ref
    return value


def string(value: Any, ref: SourceRef) -> str:
    """A string with something in it."""
    if not isinstance(value, str):
        raise WrongType(value, "a string", ref)
    if not value:
        raise WrongType(value, "a string that is not empty", ref)
    return value


def any_string(value: Any, ref: SourceRef) -> str:
    """A string, which may be empty."""
    if not isinstance(value, str):
        raise WrongType(value, "a string", ref)
    return value


def boolean(value: Any, ref: SourceRef) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise WrongType(value, "true or false", ref)
    return value


def integer(value: Any, ref: SourceRef) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongType(value, "a whole number", ref)
    return value


def number(value: Any, ref: SourceRef) -> int | float:
    """A number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise WrongType(value, "a number", ref)
    return value


def scalar(value: Any, ref: SourceRef) -> str | int | float | bool:
    """A string, a number, true or false."""
    if not isinstance(value, (str, int, float)):
        raise WrongType(value, "a string, a number, true or false", ref)
    return value


def choice(*known: str) -> Reader[str]:
    """One of some strings."""

    def read(value: Any, ref: SourceRef) -> str:
        if not isinstance(value, str) or value not in known:
            raise WrongValue(value, known, ref)
        return value

    return read


def placed(function: Callable[[Any], T]) -> Reader[T]:
    """The result of a function; ManifestgenErrors that it raises get the location."""

    def read(value: Any, ref: SourceRef) -> T:
        try:
            return function(value)
        except ManifestgenError as error:
            raise error.placed(ref.location) from None

    return read


def parsed(parse_version: Callable[[str], T]) -> Reader[T]:
    """The same of a string."""
    of_text = placed(parse_version)

    def read(value: Any, ref: SourceRef) -> T:
        return of_text(any_string(value, ref), ref)

    return read


def version(value: Any, ref: SourceRef) -> Version:
    """A version: `v3.9`, `"3.9"` or `3.9.6`."""
    text = _quoted(value, ref)
    try:
        return parse_version(text)
    except VersionSyntaxError:
        raise VersionSyntaxError(text, "version", ref.location) from None


def version_range(value: Any, ref: SourceRef) -> Range:
    """A range of versions such as `>=3.4,<3.8`."""
    text = _quoted(value, ref)
    try:
        return parse_range(text)
    except VersionSyntaxError:
        raise VersionSyntaxError(text, "version range", ref.location) from None


def _quoted(value: Any, ref: SourceRef) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise UnquotedVersion(value, ref)
    return string(value, ref)


def list_of(item: Reader[T], *, nonempty: bool = False) -> Reader[tuple[T, ...]]:
    """A list.

    Args:
        item: reads each item.
        nonempty: whether there must be an item.
    """

    def read(value: Any, ref: SourceRef) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise WrongType(value, "a list", ref)
        if nonempty and not value:
            raise WrongType(value, "a list that is not empty", ref)
        try:
            return tuple([item(each, ref.at(index)) for index, each in enumerate(value)])
        except ManifestgenError:
            raise _together(_mistakes_of(item, enumerate(value), ref)) from None

    return read


def one_or_list_of(item: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list, or a single item instead of one."""
    several = list_of(item, nonempty=True)

    def read(value: Any, ref: SourceRef) -> tuple[T, ...]:
        return several(value, ref) if isinstance(value, list) else (item(value, ref),)

    return read


def mapping_of(item: Reader[T]) -> Reader[dict[str, T]]:
    """A mapping with arbitrary keys.

    Args:
        item: reads the value of each key.
    """

    def read(value: Any, ref: SourceRef) -> dict[str, T]:
        if not isinstance(value, dict):
            raise WrongType(value, "a mapping", ref)
        try:
            return {key: item(each, ref.at(key)) for key, each in value.items()}
        except ManifestgenError:
            raise _together(_mistakes_of(item, value.items(), ref)) from None

    return read


def mapping(
    within: str,
    required: Readers | None = None,
    optional: Readers | None = None,
    *,
    foreign: Mapping[str, str] | None = None,
) -> Reader[dict[str, Any]]:
    """A mapping with a fixed set of keys; the result has those that are present.

    Args:
        within: what messages call it, such as `a rule`.
        required: the keys that must be there, with the readers of their values.
        optional: the keys that may be there.
        foreign: keys that belong elsewhere, with a hint for each.
    """
    needed = required or {}
    readers = {**needed, **(optional or {})}

    def read(value: Any, ref: SourceRef) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongType(value, "a mapping", ref)
        try:
            found = {key: readers[key](each, ref.at(key)) for key, each in value.items()}
        except (KeyError, ManifestgenError):
            raise _mistakes(value, ref, within, needed=needed, readers=readers, foreign=foreign or {}) from None
        if found.keys() >= needed.keys():
            return found
        raise _mistakes(value, ref, within, needed=needed, readers=readers, foreign=foreign or {})

    return read


def _mistakes(
    value: Mapping[Any, Any],
    ref: SourceRef,
    within: str,
    *,
    needed: Readers,
    readers: Readers,
    foreign: Mapping[str, str],
) -> ManifestgenError:
    """Everything that is wrong with the keys of a mapping and their values."""
    errors: list[ManifestgenError] = []
    misspelled: set[str] = set()
    for key, each in value.items():
        if key in readers:
            errors += _mistakes_of(readers[key], [(key, each)], ref)
        else:
            misspelled.update(nearest(str(key), needed, count=1))
            errors.append(UnknownKey(key, readers, ref.at(key).location, within, foreign.get(key, "")))
    for key in needed:
        if key not in value and key not in misspelled:
            errors.append(MissingKey(key, ref.location, within))
    return _together(errors)


def _mistakes_of(item: Reader[Any], values: Iterable[tuple[Any, Any]], ref: SourceRef) -> list[ManifestgenError]:
    """Everything that is wrong with the values of a collection."""
    errors = []
    for key, each in values:
        try:
            item(each, ref.at(key))
        except ManifestgenError as error:
            errors.append(error)
    return errors


def _together(errors: list[ManifestgenError]) -> ManifestgenError:
    return errors[0] if len(errors) == 1 else Failures(errors)


def exactly_one(entry: Mapping[str, Any], keys: Iterable[str], ref: SourceRef, within: str) -> str:
    """The key that is present, of several of which exactly one must be.

    Raises:
        FormatError: none of them is present, or several are.
    """
    names = tuple(keys)
    found = [name for name in names if name in entry]
    if len(found) != 1:
        raise FormatError(
            f"{within} must have exactly one of {', '.join(names[:-1])} and {names[-1]}",
            where=ref.location,
            found=", ".join(found) or "none of them",
            next_step="remove all but one" if found else "add one of them",
        )
    return found[0]


def one_document(documents: list[Any], ref: SourceRef, what: str) -> Any:
    """The document of a file that must hold exactly one.

    Args:
        documents: what the file holds.
        ref: the file's top.
        what: how messages call it: `a matrix file`.

    Raises:
        FormatError: it is empty, or holds several.
    """
    if len(documents) != 1:
        found = f"{len(documents)} documents" if documents else EMPTY
        next_step = "split it into files" if documents else "write the document"
        raise FormatError(
            f"{what} must hold one document", where=Location(ref.source.name), found=found, next_step=next_step
        )
    return documents[0]
