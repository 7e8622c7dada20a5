"""`manifestgen golden init`, `golden check` and `golden update`."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.dates import date_compared, refuse_date_without_page
from manifestgen.cli.progress import Progress
from manifestgen.cli.spec import Argument, Command, Option
from manifestgen.cli.terminal import takes_color
from manifestgen.cli.written import written
from manifestgen.errors import ManifestgenError, counted, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    with Progress("comparing golden trees") as progress:
        outcome = check_golden(arguments["matrix"], arguments["selection"], progress=progress)
    page = _page(arguments) if arguments["format"] == "html" else {}
    sys.stdout.write(report(outcome, arguments["format"], color=takes_color(sys.stdout), **page))
    names = [result.name for result in outcome.results if result.report]
    if names and arguments["format"] == "text":
        selection = arguments["selection"] if len(names) == len(outcome.results) else names
        words = " ".join([*_matrix(arguments), *map(shlex.quote, selection)])
        print(f"To accept the difference: manifestgen golden update {words}".rstrip(), file=sys.stderr)
    _refuse_errors(outcome)
    return 1 if outcome else 0


def _page(arguments: Mapping[str, Any]) -> dict[str, str]:
    """What the page says about itself."""
    return {"command": written("golden check", CHECK, arguments), "date": date_compared(arguments["date"])}


def update(arguments: Mapping[str, Any]) -> int:
    """Rewrite golden trees, and print the difference that was accepted."""
    from manifestgen.api import update_golden
    from manifestgen.api.golden_trees import report

    with Progress("updating golden trees") as progress:
        outcome = update_golden(arguments["matrix"], arguments["selection"], progress=progress)
    sys.stdout.write(report(outcome, "update", color=takes_color(sys.stdout)))
    for path in outcome.left:
        print(f"{path}: kept, because manifestgen did not write it; move it elsewhere", file=sys.stderr)
    _refuse_errors(outcome)
    return 1 if outcome.left else 0


def init(arguments: Mapping[str, Any]) -> int:
    """Write a matrix to begin with."""
    from manifestgen.api import init_golden

    versions = {product: arguments[product] for product in ("calico", "istio", "kubernetes")}
    names = init_golden(arguments["profile"], arguments["matrix"], **versions)
    print(visible(f"wrote {arguments['matrix']}: {counted(len(names), 'golden tree')}: {', '.join(names)}"))
    words = " ".join(["manifestgen golden update", *_matrix(arguments)])
    print(visible(f"next: add what else you want to keep, then {words}"))
    return 0


def _matrix(arguments: Mapping[str, Any]) -> list[str]:
    """The option that names the matrix, where it is not the usual one."""
    file = arguments["matrix"]
    return [] if file == _MATRIX.default else ["--matrix", shlex.quote(file)]


def _refuse_errors(outcome: RunResult) -> None:
    if outcome.errors:
        raise CannotRender([name for name, _ in outcome.errors])


_SELECTION = Argument("selection", required=False, many=True)
_MATRIX = Option(
    ("--matrix",), "Matrix file; the golden trees are beside it.", metavar="FILE", default="golden/matrix.yaml"
)

_DETAILS = "SELECTION is the name of a tree, a part of one such as kdd or v3.9, or a pattern; without it, all trees."

INIT = Command(
    init,
    (Argument("profile", many=True),),
    (
        Option(
            ("--calico",),
            "Calico release of the golden trees.",
            metavar="VERSION",
            without="what the profile states, or the newest release that is not known to be broken",
        ),
        Option(("--istio",), "Istio version.", metavar="VERSION", without="what the profile or the release says"),
        Option(
            ("--kubernetes",), "Kubernetes version of the cluster.", metavar="VERSION", without="what the profile says"
        ),
        _MATRIX,
    ),
    details="PROFILE is the name of a shipped profile or the directory of your own. The file has one golden tree for "
    "each profile; add others to it. An existing file is not overwritten.",
    examples=("golden init kdd", "golden init ./site --kubernetes 1.35 --matrix tests/golden/matrix.yaml"),
)
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
