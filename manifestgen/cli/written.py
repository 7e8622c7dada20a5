"""A call of the command line as text, to repeat it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from manifestgen.cli.spec import FLAG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from manifestgen.cli.spec import Command


def written(name: str, command: Command, arguments: Mapping[str, Any]) -> str:
    """The call, with its options in the order of the help and without default values.

    Args:
        name: the name of the command.
        command: the command.
        arguments: the parsed arguments.
    """
    return shlex.join(["manifestgen", *name.split(), *_words(command, arguments)])


def _words(command: Command, arguments: Mapping[str, Any]) -> Iterator[str]:
    for argument in command.arguments:
        yield from _several(arguments[argument.name])
    for option in command.options:
        value = arguments[option.name]
        if option.kind == FLAG:
            yield from [option.flags[-1]] if value else []
        elif value != option.default:
            for one in _several(value):
                yield from (option.flags[-1], one)


def _several(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)
