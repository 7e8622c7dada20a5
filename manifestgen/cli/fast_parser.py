"""Parsing a well-formed call from a command's data, without click.

Importing click takes as long as most of a render. Anything that is not clearly well formed is left to it, so that
there is one place for usage errors and help.
"""

from __future__ import annotations

from manifestgen.cli.spec import FLAG, MANY, Command, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def parse(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """The arguments of a call by name; None if click has to parse it.

    Args:
        command: the command.
        words: the words after its name.
    """
    by_flag = {flag: option for option in command.options for flag in option.flags}
    found: dict[str, Any] = {
        option.name: False if option.kind == FLAG else () if option.kind == MANY else option.default
        for option in command.options
    }
    positional: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "-" or not word.startswith("-"):
            positional.append(word)
            continue
        flag, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        option = by_flag.get(flag)
        if option is None or (option.kind == FLAG and equals):
            return None
        if option.kind == FLAG:
            found[option.name] = True
            continue
        given = value if equals else next(rest, None)
        if given is None or (not equals and given.startswith("-") and given != "-") or not _allowed(option, given):
            return None
        found[option.name] = (*found[option.name], given) if option.kind == MANY else given
    return _with_positional(command, found, positional)


def _allowed(option: Option, value: str) -> bool:
    return not option.choices or value in option.choices


def _with_positional(command: Command, found: dict[str, Any], positional: list[str]) -> dict[str, Any] | None:
    for argument in command.arguments:
        if argument.many:
            found[argument.name], positional = tuple(positional), []
        else:
            found[argument.name] = positional.pop(0) if positional else argument.default
        if argument.required and not found[argument.name]:
            return None
    return None if positional else found
