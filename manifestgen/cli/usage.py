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
_CHOICE = re.compile(r"Invalid value for .*?: '(?P<name>[^']*)' is not one of ")
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
        words: the call: click does not say which word of it an error is about.
    """
    from click.exceptions import UsageError as ClickUsageError

    context = error.ctx if isinstance(error, ClickUsageError) else None
    what = _SUGGESTION.sub("", error.format_message()).rstrip(".")
    what = _as_written(what, words)
    return UsageError(
        what[:1].lower() + what[1:],
        command=context.command_path if context else _called(words),
        candidates=_nearest(context, what, getattr(error, "param", None)) if context else (),
    )


def _as_written(what: str, words: Sequence[str]) -> str:
    """The message with the word that was written: of `-calico`, click says that there is no option `-c`."""
    unknown = _UNKNOWN.match(what)
    if unknown and re.fullmatch("-[^-]", unknown["name"]):
        word = next((word for word in words if word.startswith(unknown["name"])), unknown["name"])
        return what.replace(f"'{unknown['name']}'", f"'{word.partition('=')[0]}'")
    return what


def _called(words: Sequence[str]) -> str:
    for length in (2, 1):
        if " ".join(words[:length]) in COMMANDS:
            return " ".join(("manifestgen", *words[:length]))
    return "manifestgen"


def _nearest(context: click.Context, what: str, parameter: click.Parameter | None) -> tuple[str, ...]:
    """The commands, options or values that are nearest to an unknown one."""
    from click import Choice

    choice = _CHOICE.match(what)
    if choice and parameter is not None and isinstance(parameter.type, Choice):
        return nearest(choice["name"], map(str, parameter.type.choices))
    unknown = _UNKNOWN.match(what)
    if not unknown:
        return ()
    if unknown["kind"] == "command":
        return _nearest_commands(context, unknown["name"])
    flags = [flag for one in context.command.get_params(context) for flag in one.opts]
    if len(unknown["name"]) == len("-x"):
        return tuple(flag for flag in flags if flag.casefold() == unknown["name"].casefold())
    flags = [flag for flag in flags if flag.startswith("--")]
    by_word = {flag.lstrip("-"): flag for flag in flags}
    return tuple(by_word[word] for word in nearest(unknown["name"].lstrip("-"), by_word))


def _nearest_commands(context: click.Context, name: str) -> tuple[str, ...]:
    """Commands of a group; where none is near, those of the groups in it: for `update`, `golden update`."""
    from click import Group

    group = context.command
    if not isinstance(group, Group):
        return ()
    below: dict[str, list[str]] = {}
    for outer in group.list_commands(context):
        inner = group.get_command(context, outer)
        for last in inner.list_commands(context) if isinstance(inner, Group) else ():
            below.setdefault(last, []).append(f"{outer} {last}")
    here = () if name in below else nearest(name, group.list_commands(context))
    return here or tuple(full for last in nearest(name, below) for full in below[last])
