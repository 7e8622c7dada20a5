"""`manifestgen preflight`: judge a combination without rendering it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.cli.spec import MANY, Argument, Command, Option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def run(arguments: Mapping[str, Any]) -> int:
    """Print what speaks against it; 1 where there is something."""
    from manifestgen.api import preflight

    found = preflight(
        arguments["profile"],
        calico=arguments["calico"],
        istio=arguments["istio"],
        kubernetes=arguments["kubernetes"],
        components=arguments["component"],
    )
    if arguments["format"] == "json":
        import json

        print(json.dumps([finding._asdict() for finding in found], indent=2, ensure_ascii=False))
    else:
        for finding in found:
            print(f"{'refused' if finding.refused else 'warning'}: {finding}")
    return 1 if found else 0


COMMAND = Command(
    "preflight",
    "Judge a combination of versions, profile and components without rendering it.",
    run,
    (Argument("profile"),),
    (
        Option(("--calico",), "Calico release; the newest not known to be broken.", metavar="VERSION"),
        Option(("--istio",), "Istio version; the one that the Calico release documents.", metavar="VERSION"),
        Option(("--kubernetes",), "The version that it is meant for.", metavar="VERSION"),
        Option(("--component",), "A part of the output; what the release's procedure applies.", MANY, "NAME"),
        Option(("--format",), "How to print.", choices=("text", "json"), default="text"),
    ),
)
