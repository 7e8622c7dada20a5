"""`manifestgen upgrade`: what other versions do to a profile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.progress import Progress
from manifestgen.cli.render_options import SITE, site
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from manifestgen.cli.terminal import takes_color

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = ("text", "markdown", "json")


def run(arguments: Mapping[str, Any]) -> int:
    """Print the report, and change the profile where that is asked for."""
    from manifestgen.api import upgrade

    with Progress("rendering every release between"):
        found = upgrade(
            arguments["profile"],
            calico=arguments["to"],
            istio=arguments["to_istio"],
            kubernetes=arguments["to_kubernetes"],
            from_calico=arguments["from"],
            from_istio=arguments["from_istio"],
            from_kubernetes=arguments["from_kubernetes"],
            manifest=arguments["manifest"],
            old_manifest=arguments["old_manifest"],
            write=arguments["write"],
            force=arguments["force"],
            **site(arguments),
        )
    form = arguments["format"]
    if form == "json":
        text = found.to_json()
    elif form == "markdown":
        text = found.to_markdown()
    else:
        text = found.to_text(color=takes_color(sys.stdout))
    sys.stdout.write(text)
    return 0 if arguments["write"] or not found else 1


def _version(flag: str, help_text: str, without: str) -> Option:
    return Option((flag,), help_text, metavar="VERSION", without=without)


COMMAND = Command(
    run,
    (Argument("profile"),),
    (
        _version("--to", "Calico version to go to.", "the newest release that is not known to be broken"),
        _version("--from", "Present Calico version.", "the one that the profile states"),
        _version("--to-istio", "Istio version to go to.", "the stated one, or the one that the new Calico documents"),
        _version(
            "--from-istio", "Present Istio version.", "the stated one, or the one that the present Calico documents"
        ),
        _version("--to-kubernetes", "Kubernetes version to go to.", "the present one"),
        _version("--from-kubernetes", "Present Kubernetes version.", "the one that the profile states"),
        *SITE,
        Option(
            ("--manifest",),
            "Install that Calico publishes for the new release: take its other objects, and keep your edits of them.",
            metavar="PATH",
            without="they stay as they are, and the report lists them",
        ),
        Option(
            ("--old-manifest",),
            "Install that Calico publishes for the present release, which tells your edits from its own text.",
            metavar="PATH",
            without="what adopt --manifest or an earlier upgrade has kept of it",
        ),
        Option(("--write",), "Change the versions in the files of the profile, and nothing else.", FLAG),
        Option(
            ("--force",),
            "Go back to older versions; with --write, also where something no longer fits.",
            FLAG,
        ),
        Option(("--format",), "Output format; markdown is for pull requests.", choices=FORMATS, default=FORMATS[0]),
    ),
    details="Renders the profile at every release between the two versions. Prints what changes, with the release that "
    "changes it and why; what of your own no longer fits and where its place is now; the objects that come and go; the "
    "rules that start or stop to hold; and the steps in a safe order. Exit status: 0 nothing changes, or --write has "
    "written; 1 something changes.",
    examples=(
        "upgrade ./site --to 3.32",
        "upgrade ./site --to 3.32 --to-istio 1.28 --format markdown",
        "upgrade ./site --to 3.32 --manifest calico-3.32.yaml --old-manifest calico-3.27.yaml --write",
        "upgrade kdd --from 3.27 --to 3.32",
    ),
)
