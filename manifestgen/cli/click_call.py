"""A call that click looks at: help, mistakes in its words, and forms that few people use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(words: Sequence[str]) -> int:
    """Parse and run one call with click.

    Args:
        words: the arguments after the program's name.

    Returns:
        The exit status.

    Raises:
        UsageError: the words do not fit the command.
        KeyboardInterrupt: a prompt was broken off.
    """
    import click  # imported lazily: it takes longer than a render

    from manifestgen.cli.click_adapter import main as group

    if "_MANIFESTGEN_COMPLETE" in os.environ:
        from manifestgen.cli.shells import register

        register()
    try:
        status = group().main(args=list(words), prog_name="manifestgen", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        from manifestgen.cli.usage import usage_error

        raise usage_error(error, words) from None
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    return status if isinstance(status, int) else 0
