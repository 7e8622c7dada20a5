"""Usage errors, in the format of all other errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.cli.registry import COMMANDS
from manifestgen.errors import ManifestgenError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import click

_UNKNOWN = re.compile(r"No such (?P<kind>command|option):? '?(?P<name>[^']*)")
_SUGGESTION = re.compile(r" \(Did you mean.*\)\Z|\s*Did you mean .*\?\Z", re.DOTALL)


class UsageError(ManifestgenError):
    """The arguments do not match the command.

    Attributes:
        command: the command, such as `manifestgen golden check`.
    """

    def __init__(self, what: str, *, command: str, candidates: Iterable[str] = ()) -> None:
        super().__init__(what, candidates=tuple(candidates), next_step=f"{command} --help")
        self.command = command


def usage_error(error: click.ClickException, words: Sequence[str]) -> UsageError:
    """An error of click about a call, in the format of our messages.

    Args:
        error: what click raised.
        words: the call, for errors that do not name their command.
    """
    from click.exceptions import UsageError as ClickUsageError

    context = error.ctx if isinstance(error, ClickUsageError) else None
    what = _SUGGESTION.sub("", error.format_message()).rstrip(".")
    return UsageError(
        what[:1].lower() + what[1:],
        command=context.command_path if context else _called(words),
        candidates=_nearest(context, what) if context else (),
    )


def _called(words: Sequence[str]) -> str:
    for length in (2, 1):
        if " ".join(words[:length]) in COMMANDS:
            return " ".join(("manifestgen", *words[:length]))
    return "manifestgen"


def _nearest(context: click.Context, what: str) -> tuple[str, ...]:
    """The commands or options that are nearest to an unknown one."""
    from click import Group

    unknown = _UNKNOWN.match(what)
    if not unknown:
        return ()
    command = context.command
    if unknown["kind"] == "command":
        return nearest(unknown["name"], command.list_commands(context)) if isinstance(command, Group) else ()
    flags = [flag for parameter in command.get_params(context) for flag in parameter.opts if flag.startswith("--")]
    by_word = {flag.lstrip("-"): flag for flag in flags}
    return tuple(by_word[word] for word in nearest(unknown["name"].lstrip("-"), by_word))
