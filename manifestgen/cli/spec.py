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
        help: one sentence; help adds the default, and whether the option may be repeated.
        kind: `flag` (present or not), `value` (one, the last wins) or `many` (repeatable).
        metavar: how help names the value.
        choices: the words it may be; empty for any.
        default: of a value; None where there is none.
        without: what applies without the option, where that is no value that could be written.
    """

    flags: tuple[str, ...]
    help: str
    kind: str = VALUE
    metavar: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None
    without: str = ""

    @property
    def name(self) -> str:
        """The key of its value among the parsed arguments: the long flag with underscores."""
        return self.flags[-1].lstrip("-").replace("-", "_")

    def described(self) -> str:
        """The help text with what it does not say: `[repeatable]`, `[default: …]`."""
        default = self.default if self.default is not None else self.without
        notes = ["repeatable"] if self.kind == MANY else []
        notes += [f"default: {default}"] if default else []
        return f"{self.help}  [{'; '.join(notes)}]" if notes else self.help


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
    """A command. Its name and its one-line summary are in `cli.registry`, so that help imports no command.

    Attributes:
        run: takes the parsed arguments by name, gives the exit status.
        arguments, options: what it takes.
        details: what help says after the summary; paragraphs are separated by an empty line.
        examples: calls that help shows, each what follows `manifestgen `.
    """

    run: Callable[[Mapping[str, Any]], int]
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    details: str = ""
    examples: tuple[str, ...] = ()
