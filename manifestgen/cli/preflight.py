"""`manifestgen preflight`: check a combination without rendering it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import CALICO, COMPONENT, ISTIO
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from manifestgen.api.compatibility import Finding
    from manifestgen.api.policy import PolicyNote


def run(arguments: Mapping[str, Any]) -> int:
    """Print the findings; returns 1 if there are any."""
    from manifestgen.api import preflight
    from manifestgen.api.judged import judged
    from manifestgen.api.policy import policy_notes

    combination = {name: arguments[name] for name in ("calico", "istio", "kubernetes")}
    combination["components"] = arguments["component"]
    found = preflight(arguments["profile"], **combination, upgrade_from=arguments["from"])
    scope = judged(arguments["profile"], **combination)
    notes = policy_notes(arguments["calico"]) if arguments["policy"] else ()
    if arguments["format"] == "json":
        import json

        values = [finding._asdict() for finding in found]
        values += [{"note": note.code, **_without_range(note)} for note in notes]
        print(visible(json.dumps(values, indent=2, ensure_ascii=False), keep="\n"))
    else:
        for finding in found:
            kind = "refused" if finding.refused else "note" if finding.note else "warning"
            print(visible(f"{kind}: {finding}", keep="\n"))
        for note in notes:
            print(visible(f"note: {note}", keep="\n"))
    # part of the result as text; with JSON, a message for people
    out = sys.stderr if arguments["format"] == "json" else sys.stdout
    for product in scope.unknown_ranges:
        print(f"note: it is not known which Kubernetes versions {product} was tested with", file=out)
    print(f"checked: {scope}: {_outcome(found)}", file=out)
    return 1 if any(not finding.note for finding in found) else 0


def _outcome(found: Sequence[Finding]) -> str:
    refused = sum(finding.refused for finding in found)
    warned = sum(not (finding.refused or finding.note) for finding in found)
    counts = [f"{refused} refused"] * bool(refused) + [f"{warned} warned of"] * bool(warned)
    return ", ".join(counts) or "no findings"


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
