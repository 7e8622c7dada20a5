"""`manifestgen validate`: what is wrong with objects, without a cluster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from manifestgen.cli.progress import Progress
from manifestgen.cli.render_options import COMPOSING, bundle
from manifestgen.cli.spec import MANY, Argument, Command, Option
from manifestgen.errors import ManifestgenError, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from manifestgen.api import Bundle

STDIN = "-"
_OF_THE_TARGET = frozenset({"kubernetes", "istio"})
_FORMATS = ("text", "json", "sarif")


class ForProfilesOnly(ManifestgenError):
    """An option is for rendering, but the input is rendered already.

    Attributes:
        option: the flag.
    """

    def __init__(self, option: str, source: str) -> None:
        super().__init__(
            f"{option} says how to render a profile, and {source} is rendered already",
            next_step="leave it out, or name a profile",
        )
        self.option = option


def run(arguments: Mapping[str, Any]) -> int:
    """Print the findings; returns 1 if there is an error or a warning."""
    from manifestgen.api import load, validate

    source = arguments["source"]
    with Progress("validating"):
        beside = [load(path) for path in arguments["with"]]
        target = {name: arguments[name] for name in _OF_THE_TARGET}
        found = validate(_judged(arguments), **target, beside=beside)
    found = found._replace(name="<stdin>" if source == STDIN else source)
    write = {"text": found.to_text, "json": found.to_json, "sarif": found.to_sarif}[arguments["format"]]
    sys.stdout.write(visible(write(), keep="\n"))
    return 1 if found.failed else 0


def _judged(arguments: Mapping[str, Any]) -> Bundle:
    from manifestgen.api import load
    from manifestgen.api.sources import names_profile

    source = arguments["source"]
    if source != STDIN and names_profile(source):
        return bundle(source, arguments)
    for option in COMPOSING:
        if arguments[option.name] and option.name not in _OF_THE_TARGET:
            raise ForProfilesOnly(option.flags[-1], source)
    return load(sys.stdin.buffer if source == STDIN else source)


COMMAND = Command(
    run,
    (Argument("source"),),
    (
        Option(
            flags=("--with",), help="File or directory with other objects of the cluster.", kind=MANY, metavar="FILE"
        ),
        Option(("--format",), "Output format.", choices=_FORMATS, default="text"),
        *COMPOSING,
    ),
    details="SOURCE is a directory, a file, a stream (-), or a profile, which is rendered first. The schemas are those "
    "of Kubernetes, Calico and Istio; what schemas cannot say is checked too. Needs the extra `validate`.",
    examples=("validate out --kubernetes 1.35", "validate kdd --calico 3.32 --kubernetes 1.35 --format sarif"),
)
