"""`manifestgen completion`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.cli.spec import Argument, Command
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SHELLS = ("bash", "zsh", "fish")


class NoSuchShell(ManifestgenError):
    """There is no completion for this shell.

    Attributes:
        shell: its name.
    """

    def __init__(self, shell: str) -> None:
        super().__init__(
            f"there is no completion for {shell!r}", candidates=SHELLS, next_step="name one of these shells"
        )
        self.shell = shell


def run(arguments: Mapping[str, Any]) -> int:
    """Print the script for the shell to source."""
    from click.shell_completion import get_completion_class

    from manifestgen.cli.click_adapter import main
    from manifestgen.cli.shells import register

    register()
    shell = arguments["shell"]
    script = get_completion_class(shell) if shell in SHELLS else None
    if script is None:
        raise NoSuchShell(shell)
    print(script(main(), {}, "manifestgen", "_MANIFESTGEN_COMPLETE").source(), end="")
    return 0


COMMAND = Command(
    run,
    (Argument("shell"),),
    details="SHELL is bash, zsh or fish. Commands, options, profiles and directories with one, versions, components, "
    "parameters, objects, rule codes and golden trees are completed.",
    examples=(
        "completion bash > ~/.local/share/bash-completion/completions/manifestgen",
        "completion zsh > ~/.zfunc/_manifestgen",
        "completion fish > ~/.config/fish/completions/manifestgen.fish",
    ),
)
