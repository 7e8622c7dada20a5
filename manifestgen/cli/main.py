"""The entry point: parse, run, report. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import gc
import io
import sys

from manifestgen.cli.registry import COMMANDS, find
from manifestgen.cli.spec import Command
from manifestgen.cli.streams import CannotPrint, discard_results, open_streams
from manifestgen.cli.terminal import takes_color
from manifestgen.errors import FAULT, USER, Failures, ManifestgenError, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def run() -> None:
    """The `manifestgen` script."""
    if sys.argv[1:2] == ["render"]:
        gc.disable()  # garbage collection would take a tenth of the time of this short process
    open_streams()
    sys.exit(main(sys.argv[1:]))


def main(words: Sequence[str]) -> int:
    """Run one call of the command line.

    Args:
        words: the arguments after the program's name.

    Returns:
        The exit status: 0 done or no difference, 1 a difference or a finding, 2 the user's input or arguments,
        3 a fault of manifestgen.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # the same bytes in every locale
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        status = _dispatch(words)
        sys.stdout.flush()
    except ManifestgenError as error:
        if isinstance(error, CannotPrint):
            discard_results()
        report(error)
        return error.exit_status
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(visible(f"error: {where}{error.strerror or error}"), file=sys.stderr)
        return USER
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - the last line of defence
        import traceback

        traceback.print_exc()
        print("\nThis is a fault of manifestgen. Please report it, with the lines above.", file=sys.stderr)
        return FAULT
    return status


def _dispatch(words: Sequence[str]) -> int:
    if words and words[0] in {"-h", "--help"}:
        words = ["help", *words[1:]]
    elif list(words) in (["-V"], ["--version"]):
        words = ["version"]
    from manifestgen.cli import fast_parser

    for length in (2, 1):
        name = " ".join(words[:length])
        if len(words) >= length and name in COMMANDS and not COMMANDS[name].group:
            found = find(name)
            if isinstance(found, Command):
                arguments = fast_parser.parse(found, words[length:])
                if arguments is not None:
                    return found.run(arguments)
            break
    from manifestgen.cli.click_call import run as run_with_click

    return run_with_click(words)


def report(error: ManifestgenError) -> None:
    """Print an error on stderr; each of several with its own `error:`."""
    word = "\033[1;31merror:\033[0m" if takes_color(sys.stderr) else "error:"
    for one in error if isinstance(error, Failures) else (error,):
        print(f"{word} {one}", file=sys.stderr)
