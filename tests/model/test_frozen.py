"""Frozen classes do what those of attrs do, which type checkers take them for."""

from __future__ import annotations

import copy
import pickle
import sys
import types
from typing import Any

import attrs
import pytest

from manifestgen.model import frozen as ours

SOURCE = """
from __future__ import annotations
from functools import cached_property

@frozen
class Point:
    x: int
    y: int = 2
    items: tuple = ()
    tags: dict = field(factory=dict)
    secret: str = field(default="s", repr=False)

@frozen(eq=False, repr=False, slots=False)
class Base:
    a: object
    b: int = 1

    @cached_property
    def doubled(self):
        return self.b * 2

    def __repr__(self):
        return "base"

@frozen(eq=False, repr=False, slots=False)
class Below(Base):
    c: int = 3
    b: int = 4

@frozen(kw_only=True)
class Named:
    one: int
    two: int = 2

    def __eq__(self, other):
        return True
"""


def made(name: str, tools: Any) -> types.ModuleType:
    """The classes, made by attrs or by ours."""
    module = types.ModuleType(name)
    vars(module).update(frozen=tools.frozen, field=tools.field, evolve=tools.evolve, asdict=tools.asdict)
    sys.modules[name] = module
    exec(SOURCE, vars(module))
    return module


MODULES = [made("made_by_attrs", attrs), made("made_by_ours", ours)]

WORK = [
    "Point(1)",
    "Point(1, 3, (1, Point(2)), {'k': [Point(4)]})",
    "Point(x=1, y=5)",
    "Point(1) == Point(1), Point(1) != Point(2), Point(1) == 1, Named(one=1) == 3",
    "evolve(Point(1), y=7)",
    "evolve(Below(1), a=2).a",
    "asdict(Point(1, 3, (1, Point(2)), {'k': [Point(4)]}))",
    "asdict(Below(Point(1)))",
    "asdict(Below(Point(1)), recurse=False)",
    "Below(1), Below(1).doubled, Below(1, 3).c, Below(1, 3).b, Below(1) == Below(1)",
    "Named(one=1)",
    "Point.__match_args__, Below.__match_args__, Named.__match_args__",
]
FAULTS = [
    "Point()",
    "Point(1, x=1)",
    "Point(1, z=1)",
    "Point(1, 2, 3, 4, 5, 6)",
    "Named(1)",
    "setattr(Point(1), 'x', 2)",
    "delattr(Point(1), 'x')",
    "setattr(Point(1), 'other', 2)",
    "evolve(Point(1), z=2)",
    "hash(Point(1))",
]


@pytest.mark.parametrize("work", WORK)
def test_what_a_value_does(work: str) -> None:
    """The same as with attrs."""
    first, second = (repr(eval(work, vars(module))) for module in MODULES)
    assert first == second


@pytest.mark.parametrize("work", FAULTS)
def test_what_is_refused(work: str) -> None:
    """With the same kind of error."""
    kinds = []
    for module in MODULES:
        with pytest.raises((TypeError, AttributeError)) as caught:
            eval(work, vars(module))
        kinds.append(AttributeError if isinstance(caught.value, AttributeError) else TypeError)
    assert kinds[0] is kinds[1]


def test_values_can_be_copied() -> None:
    """By copy, deepcopy and pickle."""
    point = MODULES[1].Point(1, 2, (MODULES[1].Point(3),))
    for again in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):
        assert again == point
        assert repr(again) == repr(point)
