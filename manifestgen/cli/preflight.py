"""`manifestgen preflight`: judge a combination without rendering it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.cli.render_options import CALICO, COMPONENT, ISTIO
from manifestgen.cli.spec import FLAG, Argument, Command, Option
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
    run,
    (Argument("profile"),),
    (
        CALICO,
        ISTIO,
        Option(("--kubernetes",), "Kubernetes version of the cluster.", metavar="VERSION", without="not checked"),
        Option(("--from",), "Installed Calico release; checks what happens while it is replaced.", metavar="VERSION"),
        Option(("--policy",), "Also print how the release handles policy, as notes that change no status.", FLAG),
        COMPONENT,
        Option(("--format",), "Output format.", choices=("text", "json"), default="text"),
    ),
    details="Prints what refuses the combination and what warns about it. Exit status: 0 nothing, 1 something.",
    examples=("preflight kdd --calico 3.32 --istio 1.28 --kubernetes 1.35",),
)
