"""`manifestgen diff`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.spec import Argument, Command, Option
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from manifestgen.api import Bundle
    from manifestgen.difference.diff import Diff

STDIN = "-"


class WrongSides(ManifestgenError):
    """There are not two sides to compare."""


def run(arguments: Mapping[str, Any]) -> int:
    """Print how two sides differ."""
    found = _difference(arguments["left"], arguments["right"], arguments["live"])
    sys.stdout.write(_FORMATS[arguments["format"]](found))
    return 1 if found else 0


def _difference(left: str, right: str | None, live: str | None) -> Diff:
    one, other = (left, right) if live is None else (live, left)
    if live is not None and right is not None:
        raise WrongSides("--live FILE is compared with one bundle", found=f"{left} and {right}")
    if other is None:
        raise WrongSides(
            "there is nothing to compare with", next_step="give two sides: LEFT RIGHT, or --live FILE BUNDLE"
        )
    if one == other == STDIN:
        raise WrongSides("both sides are -, and there is one standard input", next_step="give one of them as a file")
    names = (_name(one), _name(other))
    if live is not None:
        from manifestgen.difference.drift import drift

        return drift(_side(one).resources, _side(other).resources, names)
    from manifestgen.difference.diff import compare

    return compare(_side(one).resources, _side(other).resources, names)


def _side(path: str) -> Bundle:
    from manifestgen.api import Bundle, load  # help needs none of it

    if path != STDIN:
        return load(path)
    from manifestgen.catalog.resource_files import objects
    from manifestgen.yamlio.files import decode

    return Bundle(objects(decode(sys.stdin.buffer.read(), _name(path)), _name(path)))


def _name(path: str) -> str:
    return "<stdin>" if path == STDIN else path


def _text(found: Diff) -> str:
    from manifestgen.cli.main import colour  # it imports this package's table

    return found.to_text(color=colour(sys.stdout))


def _json_patch(found: Diff) -> str:
    import json

    return json.dumps(found.to_json_patch(), indent=2, ensure_ascii=False) + "\n"


_FORMATS: dict[str, Callable[[Diff], str]] = {
    "text": _text,
    "unified": lambda found: found.to_unified(),
    "json": lambda found: found.to_json(),
    "jsonpatch": _json_patch,
    "html": lambda found: found.to_html(),
}


COMMAND = Command(
    "diff",
    "Compare two files, directories or streams (-) by what they say: objects by identity, list items by name, "
    "documents in strings inside. With --live, one bundle with what kubectl get -o yaml printed.",
    run,
    (Argument("left"), Argument("right", required=False)),
    (
        Option(
            ("--format",),
            "How to print; a JSON Patch makes RIGHT of LEFT as a List.",
            choices=tuple(_FORMATS),
            default="text",
        ),
        Option(
            ("--live",),
            "A cluster's objects; what the server adds, and objects that the bundle has not, do not count.",
            metavar="FILE",
        ),
    ),
)
