"""click commands made from a command's data: for help, completion and usage errors."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from manifestgen._version import __version__
from manifestgen.cli.overview import overview
from manifestgen.cli.registry import COMMANDS, CommandEntry, find
from manifestgen.cli.spec import FLAG, MANY, Argument, Command, Option

if TYPE_CHECKING:
    from collections.abc import Sequence


def command(name: str, spec: Command) -> click.Command:
    """A click command made from a command's data.

    Args:
        name: its full name, a key of the registry.
        spec: what it takes.
    """

    def run(**arguments: Any) -> int:
        return spec.run(arguments)

    parameters = [_argument(argument) for argument in spec.arguments] + [_option(option) for option in spec.options]
    return click.Command(
        name.rsplit(maxsplit=1)[-1],
        callback=run,
        params=parameters,
        help="\n\n".join(filter(None, (COMMANDS[name].summary, spec.details))),
        short_help=COMMANDS[name].summary,
        epilog=_examples(spec.examples),
    )


def _examples(calls: Sequence[str]) -> str | None:
    """Calls as the last paragraph of help."""
    # `\b` keeps click from rewrapping the paragraph.
    return "\b\nExamples:\n" + "\n".join(f"  $ manifestgen {call}" for call in calls) if calls else None


def _argument(argument: Argument) -> click.Parameter:
    shown = argument.name.upper() + ("..." if argument.many else "")
    return click.Argument(
        [argument.name],
        required=argument.required,
        nargs=-1 if argument.many else 1,
        # To click, None is a default too, and would make the argument optional.
        **({} if argument.default is None else {"default": argument.default}),
        metavar=shown if argument.required else f"[{shown}]",
        shell_complete=_complete,
    )


def _option(option: Option) -> click.Parameter:
    return click.Option(
        [*option.flags, option.name],
        help=option.described(),
        is_flag=option.kind == FLAG,
        multiple=option.kind == MANY,
        metavar=option.metavar or None,
        type=click.Choice(option.choices) if option.choices else None,
        default=False if option.kind == FLAG else () if option.kind == MANY else option.default,
        shell_complete=None if option.choices or option.kind == FLAG else _complete,
    )


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from manifestgen.cli.candidates import candidates

    option = parameter.opts[-1] if isinstance(parameter, click.Option) else ""
    kind = option or str(parameter.name)
    metavar = parameter.metavar or "" if option else ""
    found = candidates(context.command_path.partition(" ")[2], kind, metavar, _given(context), incomplete)
    sign = "+" if incomplete.startswith("+") else ""  # `+NAME` adds to a list
    return [
        CompletionItem(sign + one.value if one.value else incomplete, one.kind, one.help or None)
        for one in found
        if not one.value or (sign + one.value).startswith(incomplete)
    ]


def _given(context: click.Context) -> dict[str, Any]:
    """The values of an incomplete call: if an option lacks its value, click leaves arguments unread."""
    given, words = dict(context.params), list(context.args)
    for parameter in context.command.params:
        if isinstance(parameter, click.Argument) and words and not given.get(str(parameter.name)):
            given[str(parameter.name)] = (words.pop(0),) if parameter.nargs == -1 else words.pop(0)
    return given


class _Commands(click.Group):
    """A group whose commands are imported when they are called or described."""

    def __init__(self, prefix: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return [
            name[len(self.prefix) :]
            for name in COMMANDS
            if name.startswith(self.prefix) and " " not in name[len(self.prefix) :]
        ]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        name = self.prefix + cmd_name
        return _of_entry(name, COMMANDS[name]) if name in COMMANDS else None

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help of the whole program is the same as without click."""
        if self.prefix:
            super().format_help(ctx, formatter)
        else:
            formatter.write(overview())

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Summaries come from the registry, so that help imports no command."""
        rows = [(name, COMMANDS[self.prefix + name].summary) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _of_entry(name: str, entry: CommandEntry) -> click.Command:
    if entry.group:
        return _Commands(f"{name} ", name=name, help=entry.summary, epilog=_examples(entry.examples))
    found = find(name)
    if isinstance(found, Command):
        return command(name, found)
    assert isinstance(found, click.Command)
    named = copy(found)
    named.help = f"{entry.summary}\n\n{found.help or ''}"
    return named


def main() -> click.Group:
    """The whole command line."""
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
    group = _Commands(name="manifestgen", context_settings=settings)
    version = click.version_option(
        __version__, "-V", "--version", prog_name="manifestgen", message="%(prog)s %(version)s"
    )
    return version(group)
