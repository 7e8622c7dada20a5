"""click commands from a command's data: help, completion, usage errors."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from manifestgen._version import __version__
from manifestgen.cli.registry import COMMANDS, find
from manifestgen.cli.spec import FLAG, MANY, Command

HELP = """Compose, prove and compare the manifests that enable Calico application layer policy on Istio.

Exit status: 0 done or no difference; 1 a difference, a denied check or a finding; 2 the input or the arguments;
3 a fault of manifestgen.
"""


def command(spec: Command) -> click.Command:
    """The click command that a command's data describes."""
    parameters: list[click.Parameter] = [
        click.Argument(
            [argument.name],
            required=argument.required,
            nargs=-1 if argument.many else 1,
            # For click a default of None is a default, and the argument no longer required.
            **({} if argument.default is None else {"default": argument.default}),
            metavar=argument.name.upper() if argument.required else f"[{argument.name.upper()}]",
        )
        for argument in spec.arguments
    ]
    parameters += [
        click.Option(
            [*option.flags, option.name],
            help=option.help,
            is_flag=option.kind == FLAG,
            multiple=option.kind == MANY,
            metavar=option.metavar or None,
            type=click.Choice(option.choices) if option.choices else None,
            default=False if option.kind == FLAG else () if option.kind == MANY else option.default,
        )
        for option in spec.options
    ]

    def run(**arguments: Any) -> int:
        return spec.run(arguments)

    return click.Command(spec.name.split()[-1], callback=run, params=parameters, help=spec.help)


class _Commands(click.Group):
    """A group whose commands are imported when they are called or listed in detail."""

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
        if name not in COMMANDS:
            return None
        entry = COMMANDS[name]
        if entry.group:
            return _Commands(f"{name} ", name=cmd_name, help=entry.summary)
        found = find(name)
        if isinstance(found, Command):
            return command(found)
        click_command: click.Command = import_module(entry.module).command
        return click_command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Summaries come from the table, so that help imports no command."""
        rows = [(name, COMMANDS[self.prefix + name].summary) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def main() -> click.Group:
    """The whole command line."""
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
    group = _Commands(name="manifestgen", help=HELP, context_settings=settings)
    return click.version_option(__version__, prog_name="manifestgen")(group)
