"""The arguments of a command, as data."""

from __future__ import annotations

from manifestgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

FLAG, VALUE, MANY = "flag", "value", "many"


class Option(Record):
    """An option.

    Attributes:
        flags: as written, such as `("-o", "--output")`.
        help: one sentence; the default and `[repeatable]` are added automatically.
        kind: `flag` (present or not), `value` (the last one wins) or `many` (repeatable).
        metavar: the name of the value in help.
        choices: the allowed words; empty for any.
        default: the default value; None if there is none.
        without: the default in words, if it is not a value that could be written.
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
        """The key of its value in the parsed arguments: the long flag with underscores."""
        return self.flags[-1].lstrip("-").replace("-", "_")

    def described(self) -> str:
        """The help text with `[repeatable]` and `[default: …]`."""
        default = self.default if self.default is not None else self.without
        notes = ["repeatable"] if self.kind == MANY else []
        notes += [f"default: {default}"] if default else []
        return f"{self.help}  [{'; '.join(notes)}]" if notes else self.help


class Argument(Record):
    """A positional argument.

    Attributes:
        name: its key, and its name in help.
        required: whether one must be given.
        many: whether it takes all remaining words.
        default: the value if none is given.
    """

    name: str
    required: bool = True
    many: bool = False
    default: str | None = None


class Command(Record):
    """A command. Its name and its one-line summary are in `cli.registry`, so that help imports no command.

    Attributes:
        run: takes the parsed arguments by name, returns the exit status.
        arguments, options: its arguments and options.
        details: the help text after the summary; paragraphs are separated by an empty line.
        examples: example calls for the help, without the leading `manifestgen `.
    """

    run: Callable[[Mapping[str, Any]], int]
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    details: str = ""
    examples: tuple[str, ...] = ()
