"""What a command takes, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FLAG, VALUE, MANY = "flag", "value", "many"


class Option(Record):
    """An option.

    Attributes:
        flags: as written, such as `("-o", "--output")`.
        help: one line.
        kind: `flag` (present or not), `value` (one, the last wins) or `many` (repeatable).
        metavar: how help names the value.
        choices: the words it may be; empty for any.
        default: of a value; None where there is none.
    """

    flags: tuple[str, ...]
    help: str
    kind: str = VALUE
    metavar: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None

    @property
    def name(self) -> str:
        """The key of its value among the parsed arguments: the long flag with underscores."""
        return self.flags[-1].lstrip("-").replace("-", "_")


class Argument(Record):
    """A positional argument.

    Attributes:
        name: its key, and its name in help.
        required: whether one must be given.
        many: whether it takes all that are left.
        default: where none is given.
    """

    name: str
    required: bool = True
    many: bool = False
    default: str | None = None


class Command(Record):
    """A command.

    Attributes:
        name: the word, or words joined by a space for a command within a group.
        help: what it does; the first line is its summary.
        run: takes the parsed arguments by name, gives the exit status.
        arguments, options: what it takes.
    """

    name: str
    help: str
    run: Callable[[Mapping[str, Any]], int]
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
