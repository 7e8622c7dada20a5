"""`manifestgen help`, which is what `--help` prints."""

from __future__ import annotations

from manifestgen.cli.spec import Argument, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def run(arguments: Mapping[str, Any]) -> int:
    """Print the help of the program or of one command."""
    if not arguments["command"]:
        from manifestgen.cli.overview import overview

        print(overview(), end="")
        return 0
    _refuse_more(arguments["command"])
    from manifestgen.cli.click_call import run as run_with_click

    return run_with_click([*arguments["command"], "--help"])


def _refuse_more(words: Sequence[str]) -> None:
    """Refuse words after a command that has no subcommands; click never sees them."""
    from manifestgen.cli.registry import COMMANDS, find

    for length in range(1, len(words)):
        name = " ".join(words[:length])
        if name in COMMANDS and not COMMANDS[name].group and isinstance(find(name), Command):
            from manifestgen.cli.usage import UsageError

            raise UsageError(f"{name} has no command {words[length]!r}", command=f"manifestgen {name}")


COMMAND = Command(
    run,
    (Argument("command", required=False, many=True),),
    details="The same as COMMAND --help; without COMMAND, the list of commands.",
    examples=("help", "help render", "help golden check"),
)
