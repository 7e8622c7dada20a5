"""The entry point: parse, run, report. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.cli.again import Call
    from manifestgen.errors import ManifestgenError

INTERRUPTED = 130


def run() -> None:
    """The `manifestgen` script."""
    call = None
    if sys.argv[1:2] in (["render"], ["diff"]):
        gc.disable()  # garbage collection would take a tenth of the time of these short processes
    if sys.argv[1:2] == ["render"]:
        from manifestgen.cli.again import read_call

        try:
            call = read_call(sys.argv[2:])
            if call and call.answer():
                sys.exit()
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
    from manifestgen.cli.streams import open_streams

    open_streams()
    sys.exit(main(sys.argv[1:], call))


def main(words: Sequence[str], call: Call | None = None) -> int:
    """Run one call of the command line.

    Args:
        words: the arguments after the program's name.
        call: the same call as one that can be remembered, if it is a render.

    Returns:
        The exit status: 0 done or no difference, 1 a difference or a finding, 2 the user's input or arguments,
        3 a fault of manifestgen.
    """
    from io import TextIOWrapper

    from manifestgen.cli.streams import CannotPrint, discard_results
    from manifestgen.errors import FAULT, USER, ManifestgenError, visible

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # the same bytes in every locale
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        status = _dispatch(words, call)
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


def _dispatch(words: Sequence[str], call: Call | None) -> int:
    if words and words[0] in {"-h", "--help"}:
        words = ["help", *words[1:]]
    elif list(words) in (["-V"], ["--version"]):
        words = ["version"]
    from manifestgen.cli import fast_parser
    from manifestgen.cli.registry import COMMANDS, find
    from manifestgen.cli.spec import Command

    for length in (2, 1):
        name = " ".join(words[:length])
        if len(words) >= length and name in COMMANDS and not COMMANDS[name].group:
            found = find(name)
            if isinstance(found, Command):
                arguments = fast_parser.parse(found, words[length:])
                if arguments is not None:
                    return found.run({**arguments, "call": call} if call else arguments)
            break
    from manifestgen.cli.click_call import run as run_with_click

    return run_with_click(words)


def report(error: ManifestgenError) -> None:
    """Print an error on stderr; each of several with its own `error:`."""
    from manifestgen.cli.terminal import takes_color
    from manifestgen.errors import Failures

    word = "\033[1;31merror:\033[0m" if takes_color(sys.stderr) else "error:"
    for one in error if isinstance(error, Failures) else (error,):
        print(f"{word} {one}", file=sys.stderr)
