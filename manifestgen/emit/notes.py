"""The remaining steps for a bundle, in order: as NOTES.md, and a short form for a terminal.

The steps are data, in `profiles/notes.yaml`. Every path, object and command in them is taken from the bundle as
written: a step that names a file or an object that the bundle does not have is left out.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS, read_when
from manifestgen.catalog.loading import shipped_documents, shipped_profiles
from manifestgen.catalog.placeholders import filled, words_of
from manifestgen.compose.policy_notes import policy_notes
from manifestgen.emit.enforcing import enforces
from manifestgen.model.record import Record
from manifestgen.patch.select import fits
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.catalog.conditions import Context
    from manifestgen.emit.layouts import Placement
    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

NOTES_FILE = "notes.yaml"
SECTIONS = {"steps": "", "removal": "Rolling back"}
_ISTIO = "istio-system"
_INJECTOR = "istio-sidecar-injector"
_SYNC_WAVE = "argocd.argoproj.io/sync-wave"
_WORD = re.compile(r"<(\w+)>")
_STREAM = "BUNDLE.yaml"
_COMMANDS = frozenset({"apply", "diff", "apply_enforce", "delete_enforce"})
"""The words that are commands, which a bundle may not need."""


class PlacedBundle(Record):
    """A bundle and its places in a directory.

    Attributes:
        profile: the name of the profile.
        context: the versions and values that it was rendered for.
        resources: its resources, in apply order.
        placement: the places of its objects; None if it was written as a stream.
        directory: the directory of the files, as commands name it.
    """

    profile: str
    context: Context
    resources: Sequence[Resource]
    placement: Placement | None
    directory: str = "."


class NoteStep(Record):
    """One step, with its placeholders filled in.

    Attributes:
        text: what to do.
        commands: the commands; can be empty.
    """

    text: str
    commands: tuple[str, ...]


def notes(placed: PlacedBundle) -> str:
    """The text of NOTES.md."""
    context = placed.context
    lines = [
        f"# Calico application layer policy: {placed.profile}, Calico {context.calico}, Istio {context.istio}",
        "",
        "Run the commands in this directory.",
        "",
    ]
    for section, title in SECTIONS.items():
        if section == "removal":
            lines += _policy(placed)
        if title:
            lines += [f"## {title}", ""]
        for number, step in enumerate(steps(section, placed), 1):
            lines.append(f"{number}. {step.text}")
            if step.commands:
                lines += ["", "    ```sh", *(f"    {command}" for command in step.commands), "    ```"]
            lines.append("")
    return "\n".join(lines)


def _policy(placed: PlacedBundle) -> Iterator[str]:
    """Notes about the release's handling of policy, if the bundle enforces policy."""
    calico = placed.context.calico
    found = policy_notes(calico)
    if found and {"injector", "policy"} & {resource.component for resource in placed.resources}:
        yield from (f"## Before you write policy: what Calico {calico} does with it", "")
        for note in found:
            measured = f" (Measured with {', '.join(note.measured)}.)" if note.measured else ""
            advice = f" {note.next_step[:1].upper()}{note.next_step[1:]}." if note.next_step else ""
            yield f"- {note.text}{advice}{measured}"
        yield ""


def short(placed: PlacedBundle) -> list[str]:
    """The steps for a terminal: the first sentence of each, and its commands."""
    lines = []
    for section, title in SECTIONS.items():
        context = placed.context
        lines.append(f"{title or 'Remaining steps'}, Calico {context.calico} with Istio {context.istio}:")
        for number, step in enumerate(steps(section, placed), 1):
            lines.append(f"{number:3}. {step.text.partition('. ')[0].rstrip('.')}")
            lines += [f"       {command}" for command in step.commands]
    return lines


def steps(section: str, placed: PlacedBundle) -> list[NoteStep]:
    """The steps that apply, in order.

    Args:
        section: one of `SECTIONS`.
        placed: the bundle.
    """
    documents, source = shipped_documents(NOTES_FILE)
    data, ref = documents[0], SourceRef(source).at(section)
    lists = _lists(data, placed)
    words = _words(placed)
    components = {resource.component for resource in placed.resources}
    argo = any(_SYNC_WAVE in (one.content["metadata"].get("annotations") or ()) for one in placed.resources)
    found: list[NoteStep] = []
    for index, step in enumerate(data[section]):
        when = read_when(step["when"], ref.at(index, "when")) if "when" in step else ALWAYS
        wanted = (
            step.get("component", "") in {"", *components}
            and step.get("without") not in components
            and step.get("argo", argo) is argo
        )
        if wanted and when.holds(placed.context):
            found += _filled(step, words, lists)
    return found


def _filled(step: Mapping[str, Any], words: dict[str, str], lists: Mapping[str, Sequence[str]]) -> Iterator[NoteStep]:
    """The step with its placeholders filled in; None if it names something that the bundle does not have."""
    texts = [step["text"], *step.get("commands", ())]
    named = {word for text in texts for word in _WORD.findall(text)}
    if any(not lists[word] for word in named & lists.keys()) or any(not words[word] for word in named & _COMMANDS):
        return
    every = words | {word: " and ".join(items) for word, items in lists.items()}
    commands = [one for command in step.get("commands", ()) for one in _repeated(command, lists)]
    yield NoteStep(filled(step["text"], every), tuple(filled(command, every) for command in commands))


def _repeated(command: str, lists: Mapping[str, Sequence[str]]) -> list[str]:
    """A command, once for each thing that its placeholder stands for."""
    for word, items in lists.items():
        if f"<{word}>" in command:
            return [command.replace(f"<{word}>", item) for item in items]
    return [command]


def _lists(data: Mapping[str, Any], placed: PlacedBundle) -> dict[str, Sequence[str]]:
    """The placeholders that stand for several things, with the bundle's things."""
    namespaces = placed.context.values.get("namespaces") or ["NAMESPACE"]
    lists: dict[str, Sequence[str]] = {"namespace": namespaces, "one_namespace": namespaces[:1]}
    for word, selector in data["objects"].items():
        lists[word] = [
            _as_argument(resource.id)
            for resource in placed.resources
            if _selects(selector, resource.id) and fits(selector.get("component", ".*"), resource.component)
        ]
    apart = placed.placement is not None and placed.placement.enforce is not None
    lists["enforced_at_once"] = [str(resource.id) for resource in placed.resources if enforces(resource) and not apart]
    for word, selector in data["files"].items():
        lists[word] = [
            _quoted(placed, path)
            for identity, path in (placed.placement.paths if placed.placement else ())
            if _selects(selector, identity) and fits(selector.get("path", ".*"), path)
        ]
        if lists[word] and "option" in selector:  # one command for all, the bundle's own last
            lists[word] = [" ".join(f"{selector['option']} {path}" for path in reversed(lists[word]))]
    return lists


def _selects(selector: Mapping[str, str], identity: Id) -> bool:
    return fits(selector.get("group", ".*"), identity.group) and fits(selector.get("kind", ".*"), identity.kind)


def _as_argument(identity: Id) -> str:
    """An object as an argument of kubectl: `-n kube-system daemonset/calico-node`."""
    namespace = f"-n {identity.namespace} " if identity.namespace else ""
    return f"{namespace}{identity.kind.lower()}/{identity.name}"


def _quoted(placed: PlacedBundle, path: str) -> str:
    return shlex.quote(posixpath.normpath(posixpath.join(placed.directory, path)))


def _words(placed: PlacedBundle) -> dict[str, str]:
    """The placeholders that stand for one thing each."""
    context = placed.context
    values: Mapping[str, Any] = context.values
    istio = values.get("istio_namespace", _ISTIO)
    revision = values.get("istio_revision", "")
    if placed.placement is None:
        kubectl = f"-f {_STREAM}"
    elif placed.placement.kubectl:
        option, path = placed.placement.kubectl
        kubectl = f"{option} {_quoted(placed, path)}"
    else:
        kubectl = ""
    last = placed.placement.enforce if placed.placement else None
    enforce = f"{last[0]} {_quoted(placed, last[1])}" if last else ""
    return {
        **words_of(context),
        "profile": next((name for name in context.profiles if name in shipped_profiles()), ""),
        "istio_namespace": istio,
        "root_namespace": values.get("root_namespace", istio),
        "label": f"istio.io/rev={revision}" if revision else "istio-injection=enabled",
        "injector": f"{_INJECTOR}-{revision}" if revision else _INJECTOR,
        "revision": f" --set revision={revision}" if revision else "",
        "apply": f"kubectl apply {kubectl}" if kubectl else "",
        "diff": f"kubectl diff {kubectl}" if kubectl else "",
        **{f"{verb}_enforce": f"kubectl {verb} {enforce}" if enforce else "" for verb in ("apply", "delete")},
    }
