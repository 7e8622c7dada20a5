"""`manifestgen diff`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.dates import refuse_date_without_page
from manifestgen.cli.progress import Progress
from manifestgen.cli.spec import FLAG, MANY, Argument, Command, Option
from manifestgen.cli.terminal import takes_color
from manifestgen.errors import ManifestgenError, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from manifestgen.api import Bundle, Diff, Drift

STDIN = "-"


class WrongSides(ManifestgenError):
    """Two sides to compare are needed."""


def run(arguments: Mapping[str, Any]) -> int:
    """Print how two sides differ."""
    if arguments["live"] is None:
        for option in ("covers", "ignore", "ignore_file", "fields_of_bundle_only"):
            if arguments[option]:
                raise WrongSides(f"--{option.replace('_', '-')} is for a comparison with --live FILE")
    refuse_date_without_page(arguments["date"], arguments["format"])
    with Progress("comparing"):
        found = _difference(arguments) if arguments["live"] is None else _drift(arguments)
        text = _FORMATS[arguments["format"]](found, arguments)
    _warn(found)
    sys.stdout.write(text)
    _tell_left_out(found)
    return 1 if found else 0


def _tell_left_out(found: Diff) -> None:
    """Name the differences that were ignored: no output must not mean that the sides are the same."""
    if found.order and found.order.told():
        print(f"note: left out: {found.order.told()}", file=sys.stderr)


def _difference(arguments: Mapping[str, Any]) -> Diff:
    left, right = arguments["left"], arguments["right"]
    if right is None:
        raise WrongSides(
            "there is nothing to compare with", next_step="give two sides: LEFT RIGHT, or --live FILE BUNDLE"
        )
    _refuse_two_streams(left, right)
    from manifestgen.api import diff
    from manifestgen.model.frozen import evolve

    known: dict[str, Any] = {}
    found = diff(_side(left, known), _side(right, known), ignore_order=arguments["ignore_order"])
    return evolve(found, names=(_name(left), _name(right)))


def _drift(arguments: Mapping[str, Any]) -> Drift:
    from manifestgen.api import drift
    from manifestgen.model.frozen import evolve

    live, bundle = arguments["live"], arguments["left"]
    if arguments["right"] is not None:
        raise WrongSides("--live FILE is compared with one bundle", found=f"{bundle} and {arguments['right']}")
    _refuse_two_streams(live, bundle)
    found = drift(
        _side(live),
        bundle if bundle != STDIN else _side(bundle),
        covers=arguments["covers"],
        ignore=arguments["ignore"],
        ignore_files=arguments["ignore_file"],
        fields_of_bundle_only=arguments["fields_of_bundle_only"],
        ignore_order=arguments["ignore_order"],
    )
    return evolve(found, names=(_name(live), _name(bundle)))


def _warn(found: Diff) -> None:
    """Say what was not compared, and what rules say of objects of a cluster."""
    for finding in found.warnings:
        print(visible(f"warning: {finding}", keep="\n"), file=sys.stderr)
    for one in getattr(found, "uncovered", ()):
        print(
            f"warning: {one} was not compared: {found.names[0]} does not cover it\n"
            f"  next: print it with the rest, or say --covers {one.kind} if the cluster has none",
            file=sys.stderr,
        )


def _refuse_two_streams(one: str, other: str) -> None:
    if one == other == STDIN:
        raise WrongSides("both sides are -, and there is one standard input", next_step="give one of them as a file")


def _side(path: str, known: dict[str, Any] | None = None) -> Bundle:
    """A side; documents that it has in common with what is known are not read again."""
    from manifestgen.api.loading import load_beside  # imported lazily: help does not need it
    from manifestgen.api.sources import bundle_from

    return load_beside(sys.stdin.buffer, known) if path == STDIN else bundle_from(path, known)


def _name(path: str) -> str:
    return "<stdin>" if path == STDIN else path


def _text(found: Diff, _: Mapping[str, Any]) -> str:
    return found.to_text(color=takes_color(sys.stdout))


def _html(found: Diff, arguments: Mapping[str, Any]) -> str:
    from manifestgen.cli.dates import date_compared, last_changed
    from manifestgen.cli.written import written

    sides = (
        (arguments["left"], arguments["right"]) if arguments["live"] is None else (arguments["live"], arguments["left"])
    )
    return found.to_html(
        command=written("diff", COMMAND, arguments),
        date=date_compared(arguments["date"]),
        changed=(last_changed(sides[0]), last_changed(sides[1])),
    )


def _json_patch(found: Diff, _: Mapping[str, Any]) -> str:
    import json

    return visible(json.dumps(found.to_json_patch(), indent=2, ensure_ascii=False), keep="\n") + "\n"


_FORMATS: dict[str, Callable[[Diff, Mapping[str, Any]], str]] = {
    "text": _text,
    "unified": lambda found, _: found.to_unified(),
    "json": lambda found, _: found.to_json(),
    "jsonpatch": _json_patch,
    "html": _html,
    "markdown": lambda found, _: found.to_markdown(),
}


COMMAND = Command(
    run,
    (Argument("left"), Argument("right", required=False)),
    (
        Option(
            ("--format",),
            "Output format. jsonpatch turns LEFT, written as a List, into RIGHT; markdown is for a comment on a pull "
            "request, at most 65,536 characters.",
            choices=tuple(_FORMATS),
            default="text",
        ),
        Option(
            ("--ignore-order",),
            "Ignore the order of objects, and of lists whose order has no meaning, such as volumes. The order of "
            "containers, arguments or Calico's rules still counts.",
            FLAG,
        ),
        Option(
            flags=("--date",),
            help="With --format html: when the sides were compared, to show on the page (ISO 8601).",
            metavar="WHEN",
            without="SOURCE_DATE_EPOCH, or nothing",
        ),
        Option(
            ("--live",),
            "Objects of a cluster, as `kubectl get -k DIR -o yaml` prints them. What the API server adds and objects "
            "that are not in the bundle are ignored.",
            metavar="FILE",
        ),
        Option(
            flags=("--covers",),
            help="With --live: FILE holds every object of this kind (or of `all`), so objects that it lacks are "
            "missing.",
            kind=MANY,
            metavar="KIND",
        ),
        Option(flags=("--ignore",), help="With --live: a field to ignore.", kind=MANY, metavar="[KIND[/NAME]:]PATH"),
        Option(
            flags=("--ignore-file",), help="With --live: a YAML file of fields to ignore.", kind=MANY, metavar="FILE"
        ),
        Option(
            ("--fields-of-bundle-only",),
            "With --live: ignore fields and named list items that the bundle does not have.",
            FLAG,
        ),
    ),
    details="LEFT and RIGHT are files, directories or streams (-). Objects are matched by identity, list items by "
    "their merge keys, and documents in strings are compared inside. With --live, one bundle is compared with what "
    "`kubectl get -o yaml` printed.",
    examples=(
        "diff before after",
        "diff before after --format html > difference.html",
        "diff --live cluster.yaml out",
        "diff before after --ignore-order --format markdown > comment.md",
    ),
)
