"""NOTES.md: the remaining steps for exactly these versions, in order. The steps are data, in `profiles/notes.yaml`."""

from __future__ import annotations

from typing import Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.when import ALWAYS, read_when
from manifestgen.yamlio.source import Anchor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.catalog.when import Context
    from manifestgen.patch.resource import Resource

NOTES_FILE = "notes.yaml"


def notes(profile: str, context: Context, resources: Sequence[Resource]) -> str:
    """The text of NOTES.md.

    Args:
        profile: the profile rendered.
        context: the versions it was rendered for.
        resources: what the bundle holds; a step may be about a component only.
    """
    words = _words(profile, context, resources)
    lines = [f"# Calico application layer policy: {profile}, Calico {context.calico}, Istio {context.istio}", ""]
    for number, step in enumerate(steps(context, {resource.component for resource in resources}), 1):
        lines.append(f"{number}. {_filled(step['text'], words)}")
        if "commands" in step:
            lines += ["", "   ```sh", *(f"   {_filled(command, words)}" for command in step["commands"]), "   ```"]
        lines.append("")
    return "\n".join(lines)


def steps(context: Context, components: set[str]) -> list[Mapping[str, Any]]:
    """The steps in force, in order."""
    documents, source = shipped_documents(NOTES_FILE)
    anchor = Anchor(source)
    found = []
    for index, step in enumerate(documents[0]["steps"]):
        when = read_when(step["when"], anchor.at("steps", index, "when")) if "when" in step else ALWAYS
        if when.holds(context) and step.get("component", "") in {"", *components}:
            found.append(step)
    return found


def _words(profile: str, context: Context, resources: Sequence[Resource]) -> dict[str, str]:
    daemonsets = [r.id.name for r in resources if r.id.kind == "DaemonSet" and r.component == "node"]
    return {
        "profile": profile,
        "calico": str(context.calico),
        "istio": str(context.istio),
        "kubernetes": str(context.kubernetes or ""),
        "daemonset": daemonsets[0] if daemonsets else "calico-node",
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    """A text with its `<word>`s replaced; anything else in it is left."""
    for word, value in words.items():
        text = text.replace(f"<{word}>", value)
    return text
