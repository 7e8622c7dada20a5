"""`manifestgen help`, which is what `--help` prints."""

from __future__ import annotations

from manifestgen.cli.spec import Argument, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def run(arguments: Mapping[str, Any]) -> int:
    """Print the help of the program or of one command."""
    if not arguments["command"]:
        from manifestgen.cli.overview import overview

        print(overview(), end="")
        return 0
    from manifestgen.cli.click_call import run as run_with_click

    return run_with_click([*arguments["command"], "--help"])


COMMAND = Command(
    run,
    (Argument("command", required=False, many=True),),
    details="The same as COMMAND --help; without COMMAND, the list of commands.",
    examples=("help", "help render", "help golden check"),
)
