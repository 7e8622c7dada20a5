"""`manifestgen preflight`: check a combination without rendering it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import CALICO, COMPONENT, ISTIO, OVERLAY, SET, VALUES, given
from manifestgen.cli.spec import FLAG, MANY, Argument, Command, Option
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

    combination: dict[str, Any] = {name: arguments[name] for name in ("calico", "istio", "kubernetes")}
    combination |= {
        "components": arguments["component"],
        "overlays": arguments["overlay"],
        "allow": arguments["allow"],
        "given": given(arguments),
    }
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
            print(visible(f"{_kind(finding)}: {finding}", keep="\n"))
        for note in notes:
            print(visible(f"note: {note}", keep="\n"))
    # part of the result as text; with JSON, a message for people
    out = sys.stderr if arguments["format"] == "json" else sys.stdout
    for product in scope.unknown_ranges:
        print(f"note: it is not known which Kubernetes versions {product} was tested with", file=out)
    print(f"checked: {scope}: {_outcome(found)}", file=out)
    return 1 if any(_kind(finding) in {_REFUSED, _WARNING} for finding in found) else 0


_REFUSED, _WARNING, _NOTE, _ALLOWED = "refused", "warning", "note", "allowed"


def _kind(finding: Finding) -> str:
    if finding.allowed:
        return _ALLOWED
    return _REFUSED if finding.refused else _NOTE if finding.note else _WARNING


def _outcome(found: Sequence[Finding]) -> str:
    kinds = [_kind(finding) for finding in found]
    words = {_REFUSED: "refused", _WARNING: "warned of", _ALLOWED: "allowed"}
    return ", ".join(f"{kinds.count(kind)} {word}" for kind, word in words.items() if kind in kinds) or "no findings"


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
        SET,
        VALUES,
        OVERLAY,
        Option(
            flags=("--allow",),
            help="Code of a rule that you accept; what it finds changes no exit status.",
            kind=MANY,
            metavar="RULE",
        ),
        Option(("--format",), "Output format.", choices=("text", "json"), default="text"),
    ),
    details="Prints what refuses the combination and what warns about it, and last the versions that were checked. "
    "Rules about single objects are checked by render. Exit status: 0 no refusal and no warning, 1 otherwise.",
    examples=(
        "preflight kdd --calico 3.32 --istio 1.28 --kubernetes 1.35",
        "preflight ./site --overlay prod --set enforce=mesh",
        "preflight kdd --calico 3.31 --allow dikastes-unknown",
    ),
)
