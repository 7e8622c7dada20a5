"""`manifestgen golden check` and `golden update`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.dates import date_compared, refuse_date_without_page
from manifestgen.cli.spec import Argument, Command, Option
from manifestgen.cli.terminal import takes_color
from manifestgen.cli.written import written
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from manifestgen.api.golden_trees import RunResult


class CannotRender(ManifestgenError):
    """Trees of the matrix cannot be rendered.

    Attributes:
        trees: their names.
    """

    def __init__(self, trees: Sequence[str]) -> None:
        super().__init__(
            f"{len(trees)} of the golden trees cannot be rendered: {', '.join(trees)}",
            next_step="correct what is reported about them above, in the matrix or in the profiles that it names",
        )
        self.trees = tuple(trees)


def check(arguments: Mapping[str, Any]) -> int:
    """Print how golden trees differ from what is rendered."""
    from manifestgen.api import check_golden
    from manifestgen.api.golden_trees import report

    refuse_date_without_page(arguments["date"], arguments["format"])
    outcome = _outcome(check_golden, arguments)
    page = _page(arguments) if arguments["format"] == "html" else {}
    sys.stdout.write(report(outcome, arguments["format"], color=takes_color(sys.stdout), **page))
    names = [result.name for result in outcome.results if result.report]
    if names and arguments["format"] == "text":
        print(f"To accept the difference: manifestgen golden update {' '.join(names)}", file=sys.stderr)
    _refuse_errors(outcome)
    return 1 if outcome else 0


def _page(arguments: Mapping[str, Any]) -> dict[str, str]:
    """What the page says about itself."""
    return {"command": written("golden check", CHECK, arguments), "date": date_compared(arguments["date"])}


def update(arguments: Mapping[str, Any]) -> int:
    """Rewrite golden trees, and print the difference that was accepted."""
    from manifestgen.api import update_golden
    from manifestgen.api.golden_trees import report

    outcome = _outcome(update_golden, arguments)
    sys.stdout.write(report(outcome, color=takes_color(sys.stdout)))
    for path in outcome.left:
        print(f"{path}: kept, because manifestgen did not write it; move it elsewhere", file=sys.stderr)
    _refuse_errors(outcome)
    return 1 if outcome.left else 0


def _outcome(work: Callable[..., RunResult], arguments: Mapping[str, Any]) -> RunResult:
    shown = sys.stderr.isatty()
    try:
        return work(arguments["matrix"], arguments["selection"], progress=_progress if shown else None)
    finally:
        if shown:
            sys.stderr.write("\r\033[K")


def _progress(done: int, total: int, name: str) -> None:
    sys.stderr.write(f"\r\033[K{done}/{total} {name}")
    sys.stderr.flush()


def _refuse_errors(outcome: RunResult) -> None:
    if outcome.errors:
        raise CannotRender([name for name, _ in outcome.errors])


_SELECTION = Argument("selection", required=False, many=True)
_MATRIX = Option(
    ("--matrix",), "Matrix file; the golden trees are beside it.", metavar="FILE", default="golden/matrix.yaml"
)

_DETAILS = "SELECTION is the name of a tree, a part of one such as kdd or v3.9, or a pattern; without it, all trees."

CHECK = Command(
    check,
    (_SELECTION,),
    (
        Option(("--format",), "Output format.", choices=("text", "json", "junit", "html", "markdown"), default="text"),
        Option(
            flags=("--date",),
            help="With --format html: when the trees were compared, to show on the page (ISO 8601).",
            metavar="WHEN",
            without="SOURCE_DATE_EPOCH, or nothing",
        ),
        _MATRIX,
    ),
    details=f"{_DETAILS} A file that no tree writes is a difference too.",
    examples=("golden check", "golden check v3.32 --format junit > golden.xml"),
)
UPDATE = Command(
    update,
    (_SELECTION,),
    (_MATRIX,),
    details=f"{_DETAILS} Files that do not differ are not touched.",
    examples=("golden update", "golden update kdd"),
)
