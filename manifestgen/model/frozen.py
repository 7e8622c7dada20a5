"""The part of `attrs.frozen` that this package uses, without its import time of 25 ms.

Type checkers and readers see attrs. For comparison: a whole `diff` of two manifests takes 80 ms.
"""

from __future__ import annotations

__all__ = ["asdict", "evolve", "field", "frozen"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from attrs import asdict, evolve, field, frozen
else:

    class _Field:
        """The declaration of a field with more than a default."""

        def __init__(self, *, default=..., factory=None, repr=True):  # noqa: A002 - as attrs has it
            self.default = default
            self.factory = factory
            self.repr = repr

        def value(self):
            """The default."""
            return self.factory() if self.factory else self.default

    def field(**declared):
        """A field of a class with `default`, `factory` (makes the default) or `repr` (whether it is shown)."""
        return _Field(**declared)

    def frozen(kind=None, *, eq=True, repr=True, slots=True, kw_only=False):  # noqa: A002
        """Make the annotated names of a class the fields of its immutable values."""
        del slots  # values keep their fields in a dictionary
        if kind is None:
            return lambda one: _made(one, eq=eq, repr=repr, kw_only=kw_only)
        return _made(kind, eq=eq, repr=repr, kw_only=kw_only)

    def _made(kind, *, eq, repr, kw_only):  # noqa: A002
        own = {}
        stated = {name for name, value in vars(kind).items() if value is not None}  # beside __eq__ __hash__ is None
        for name in vars(kind).get("__annotations__", {}):
            declared = vars(kind).get(name, ...)
            own[name] = declared if isinstance(declared, _Field) else _Field(default=declared)
            if name in vars(kind):
                delattr(kind, name)
        inherited = {}
        for base in reversed(kind.__mro__[1:]):
            inherited |= vars(base).get("__frozen_fields__", {})
        fields = {name: one for name, one in inherited.items() if name not in own} | own
        kind.__frozen_fields__ = fields
        kind.__match_args__ = () if kw_only else tuple(fields)
        made = {"__init__": _init, "__setattr__": _refuse, "__delattr__": _refuse}
        made |= {"__eq__": _eq, "__hash__": _hash} if eq else {}
        made |= {"__repr__": _repr} if repr else {}
        for name, function in made.items():
            if name not in stated or name in {"__setattr__", "__delattr__"}:
                setattr(kind, name, function)
        return kind

    def _init(self, *values, **named):
        fields = self.__frozen_fields__
        if len(values) > len(self.__match_args__):
            raise TypeError(f"{type(self).__name__} takes {len(self.__match_args__)} values in order")
        found = dict(zip(fields, values, strict=False))
        for name, value in named.items():
            if name in found or name not in fields:
                raise TypeError(f"{type(self).__name__} has no field {name}, or it is given twice")
            found[name] = value
        if len(found) < len(fields):
            for name, declared in fields.items():
                if name not in found:
                    if declared.default is ... and declared.factory is None:
                        raise TypeError(f"{type(self).__name__} lacks the field {name}")
                    found[name] = declared.value()
        self.__dict__.update(found)

    def _refuse(self, name, *_):
        raise AttributeError(f"a {type(self).__name__} does not change: {name}")

    def _values(one):
        return tuple(one.__dict__[name] for name in one.__frozen_fields__)

    def _eq(self, other):
        return _values(self) == _values(other) if type(other) is type(self) else NotImplemented

    def _hash(self):
        return hash((type(self), _values(self)))

    def _repr(self):
        shown = (f"{name}={self.__dict__[name]!r}" for name, one in self.__frozen_fields__.items() if one.repr)
        return f"{type(self).__name__}({', '.join(shown)})"

    def evolve(one, **changes):
        """A value with other fields."""
        return type(one)(**{name: one.__dict__[name] for name in one.__frozen_fields__} | changes)

    def asdict(one, *, recurse=True):
        """The fields of a value by name; with `recurse` those of values in it too."""
        return {name: _plain(one.__dict__[name]) if recurse else one.__dict__[name] for name in one.__frozen_fields__}

    def _plain(value):
        if hasattr(value, "__frozen_fields__"):
            return asdict(value)
        if isinstance(value, (tuple, list)):
            return (tuple if isinstance(value, tuple) else list)(map(_plain, value))
        if isinstance(value, dict):
            return {_plain(key): _plain(item) for key, item in value.items()}
        return value
