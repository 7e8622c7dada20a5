"""Immutable values with named fields, like `typing.NamedTuple` but cheap to define.

Each `typing.NamedTuple` class compiles its own constructor when its module is imported: 53 of them take a tenth of
a whole render. The classes here share one constructor. Type checkers see a NamedTuple, and so does the reader: fields
with types, then defaults, then methods.
"""

from __future__ import annotations

from _collections_abc import Iterable, Mapping
from operator import itemgetter

__all__ = ["Record"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from typing import NamedTuple as Record
else:

    class _RecordType(type):
        """Turns the annotated names of a class body into fields, in order."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if bases == (tuple,):
                return super().__new__(mcs, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            getters = {field: property(itemgetter(index)) for index, field in enumerate(fields)}
            return super().__new__(
                mcs, name, bases, {"__slots__": (), **body, **getters, "_fields": fields, "_field_defaults": defaults}
            )

    class Record(tuple, metaclass=_RecordType):
        """Base of immutable values; the annotated names of the class body are its fields.

        It has the members of `typing.NamedTuple` that this package uses, under the same names.
        """

        __slots__ = ()
        _fields: tuple[str, ...] = ()
        _field_defaults: Mapping[str, object] = {}  # noqa: RUF012 - nobody changes it

        def __new__(cls, *values: Any, **named: Any) -> Record:
            """Create a value from positional arguments, keywords and defaults."""
            if len(values) == len(cls._fields) and not named:
                return tuple.__new__(cls, values)
            if not values and len(named) == len(cls._fields):
                try:
                    return tuple.__new__(cls, [named[field] for field in cls._fields])
                except KeyError:
                    pass  # said below
            given = {**cls._field_defaults, **dict(zip(cls._fields, values)), **named}  # noqa: B905 - counted below
            try:
                made = tuple.__new__(cls, [given[field] for field in cls._fields])
            except KeyError as missing:
                raise TypeError(f"{cls.__name__} lacks the field {missing}") from None
            if len(values) > len(cls._fields) or len(given) > len(cls._fields):
                raise TypeError(f"{cls.__name__} has the fields {', '.join(cls._fields)}")
            return made

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Record:
            return cls(*values)

        def _replace(self, **named: Any) -> Record:
            return type(self)(**{**self._asdict(), **named})

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"
