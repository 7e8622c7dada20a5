"""The remaining steps for exactly these versions, in order: as NOTES.md, and short for a terminal.

The steps are data, in `profiles/notes.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS, read_when
from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.placeholders import filled, words_of
from manifestgen.emit.file_names import resource_names
from manifestgen.model.record import Record
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.patch.resource import Resource

NOTES_FILE = "notes.yaml"
_SECTIONS = {"steps": "", "removal": "To take it back"}
_ISTIO = "istio-system"
_INJECTOR = "istio-sidecar-injector"


class Step(Record):
    """One step, its words filled in.

    Attributes:
        text: what to do.
        commands: by which; may be none.
    """

    text: str
    commands: tuple[str, ...]


def notes(profile: str, context: Context, resources: Sequence[Resource], extra: Collection[str] = ()) -> str:
    """The text of NOTES.md.

    Args:
        profile: the profile rendered.
        context: the versions and values it was rendered for.
        resources: what the bundle holds.
        extra: the paths below `istio/` of what kubectl must not apply.
    """
    lines = [f"# Calico application layer policy: {profile}, Calico {context.calico}, Istio {context.istio}", ""]
    for section, title in _SECTIONS.items():
        if title:
            lines += [f"## {title}", ""]
        for number, step in enumerate(steps(section, context, resources, extra), 1):
            lines.append(f"{number}. {step.text}")
            if step.commands:
                lines += ["", "    ```sh", *(f"    {command}" for command in step.commands), "    ```"]
            lines.append("")
    return "\n".join(lines)


def short(
    context: Context, resources: Sequence[Resource], extra: Collection[str] = (), directory: str = ""
) -> list[str]:
    """The same for a terminal: the first sentence of each step, and its commands.

    Args:
        context: the versions and values it was rendered for.
        resources: what the bundle holds.
        extra: the paths below `istio/` of what kubectl must not apply.
        directory: where the bundle was written; empty for a stream.
    """
    lines = []
    for section, title in _SECTIONS.items():
        lines.append(f"{title or 'Remaining steps'}, Calico {context.calico} with Istio {context.istio}:")
        for number, step in enumerate(steps(section, context, resources, extra, directory or None), 1):
            lines.append(f"{number:3}. {step.text.partition('. ')[0].rstrip('.')}")
            lines += [f"       {command}" for command in step.commands]
    return lines


def steps(
    section: str,
    context: Context,
    resources: Sequence[Resource],
    extra: Collection[str] = (),
    directory: str | None = ".",
) -> list[Step]:
    """The steps in force, in order.

    Args:
        section: `steps` or `removal`.
        context: the versions and values the bundle was rendered for.
        resources: what it holds.
        extra: the paths below `istio/` of what kubectl must not apply.
        directory: where it is, as commands name it; None for a stream.
    """
    documents, source = shipped_documents(NOTES_FILE)
    ref = SourceRef(source).at(section)
    components = {resource.component for resource in resources} | ({"injector"} if extra else set())
    files = _files(resources) if directory is not None else {}
    lists = {
        "namespace": context.values.get("namespaces") or ["NAMESPACE"],
        "pilot_egress": files.get("NetworkPolicy", ["the NetworkPolicy"]),
        "envoyfilter": files.get("EnvoyFilter", ["the EnvoyFilter"]),
    }
    words = _words(context, resources, extra, directory) | {word: " and ".join(items) for word, items in lists.items()}
    words["one_namespace"] = lists["namespace"][0]
    found = []
    for index, step in enumerate(documents[0][section]):
        when = read_when(step["when"], ref.at(index, "when")) if "when" in step else ALWAYS
        wanted = step.get("component", "") in {"", *components} and step.get("without") not in components
        if wanted and when.holds(context):
            commands = [one for command in step.get("commands", ()) for one in _repeated(command, lists)]
            found.append(Step(filled(step["text"], words), tuple(filled(command, words) for command in commands)))
    return found


def _repeated(command: str, lists: Mapping[str, Sequence[str]]) -> list[str]:
    """A command once for each of what it names."""
    for word, items in lists.items():
        if f"<{word}>" in command:
            return [command.replace(f"<{word}>", item) for item in items]
    return [command]


def _files(resources: Sequence[Resource]) -> dict[str, list[str]]:
    """The names of a bundle's files, by kind."""
    found: dict[str, list[str]] = {}
    for resource, name in zip(resources, resource_names([resource.id for resource in resources]), strict=True):
        found.setdefault(resource.id.kind, []).append(name)
    return found


def _words(
    context: Context, resources: Sequence[Resource], extra: Collection[str], directory: str | None
) -> dict[str, str]:
    values: Mapping[str, Any] = context.values
    daemonsets = {
        resource.component: f"-n {resource.id.namespace} daemonset/{resource.id.name}"
        for resource in resources
        if resource.id.kind == "DaemonSet"
    }
    istio = values.get("istio_namespace", _ISTIO)
    revision = values.get("istio_revision", "")
    return {
        **words_of(context),
        "node": daemonsets.get("node", ""),
        "csi": daemonsets.get("csi", ""),
        "istio_namespace": istio,
        "root_namespace": values.get("root_namespace", istio),
        "label": f"istio.io/rev={revision}" if revision else "istio-injection=enabled",
        "injector": f"{_INJECTOR}-{revision}" if revision else _INJECTOR,
        "revision": f" --set revision={revision}" if revision else "",
        "apply": f"kubectl apply -k {directory}" if directory is not None else "kubectl apply -f BUNDLE.yaml",
        "istio_operator": f"istio/{min(extra)}" if extra else "",
    }
