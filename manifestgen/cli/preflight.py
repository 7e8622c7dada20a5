"""`manifestgen preflight`: judge a combination without rendering it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.cli.spec import FLAG, MANY, Argument, Command, Option
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from manifestgen.compose.policy_notes import PolicyNote


def run(arguments: Mapping[str, Any]) -> int:
    """Print what speaks against it; 1 where there is something."""
    from manifestgen.api import preflight
    from manifestgen.api.policy import policy_notes

    found = preflight(
        arguments["profile"],
        calico=arguments["calico"],
        istio=arguments["istio"],
        kubernetes=arguments["kubernetes"],
        components=arguments["component"],
        upgrade_from=arguments["from"],
    )
    notes = policy_notes(arguments["calico"]) if arguments["policy"] else ()
    if arguments["format"] == "json":
        import json

        values = [finding._asdict() for finding in found]
        values += [{"note": note.code, **_without_range(note)} for note in notes]
        print(visible(json.dumps(values, indent=2, ensure_ascii=False), keep="\n"))
    else:
        for finding in found:
            print(visible(f"{'refused' if finding.refused else 'warning'}: {finding}", keep="\n"))
        for note in notes:
            print(visible(f"note: {note}", keep="\n"))
    return 1 if found else 0


def _without_range(note: PolicyNote) -> dict[str, Any]:
    return {"text": note.text, "next_step": note.next_step, "measured": list(note.measured)}


COMMAND = Command(
    "preflight",
    "Judge a combination of versions, profile and components without rendering it.",
    run,
    (Argument("profile"),),
    (
        Option(("--calico",), "Calico release; the newest not known to be broken.", metavar="VERSION"),
        Option(("--istio",), "Istio version; the one that the Calico release documents.", metavar="VERSION"),
        Option(("--kubernetes",), "The version that it is meant for.", metavar="VERSION"),
        Option(("--from",), "Calico release that is installed: what happens while it is replaced.", metavar="VERSION"),
        Option(("--policy",), "Print also what the release does with policy, as notes that change no status.", FLAG),
        Option(("--component",), "A part of the output; what the release's procedure applies.", MANY, "NAME"),
        Option(("--format",), "How to print.", choices=("text", "json"), default="text"),
    ),
)
