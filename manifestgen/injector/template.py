"""Dikastes in one injection template: inserting, updating and removing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.embedded.gotemplate.editor import AFTER, BEFORE, FIRST, LAST, Insertion
from manifestgen.embedded.gotemplate.outline import PRINTED, plain
from manifestgen.embedded.line_edits import LineEdit
from manifestgen.injector.container import TemplateEdit, indented, upgraded_container
from manifestgen.injector.fragments import (
    CONTAINER,
    LABEL,
    ORDER,
    PROXY,
    SOCKET_VOLUME,
    SYNC_VOLUME,
    NativeSidecar,
    container_item,
    metadata,
    refuse_actions,
    sync_volume,
)
from manifestgen.injector.pod import LISTS, TemplatePod, native_sidecar, pod_of, unconditional
from manifestgen.model import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.embedded.gotemplate.editor import TemplateEditor
    from manifestgen.embedded.gotemplate.outline import Node
    from manifestgen.injector.fragments import Fragments

_LABELS = "/metadata/labels"
_LABEL_PATH = f"{_LABELS}/{pointer.escape(LABEL)}"
_ORDER_PATH = f"/spec/{pointer.escape(ORDER)}"
_EMPTY = "spec: {}"


def insert(structure: TemplateEditor, parts: Fragments, *, overlay: bool, custom: bool = False) -> TemplateEdit:
    """The changes that add Dikastes of a release to a template, or update the one that it has.

    Args:
        structure: the template.
        parts: what to insert.
        overlay: whether the template describes a whole pod, as from Istio 1.9.
        custom: whether it is not one of Istio's templates; then it can add to the istio-proxy of those.

    Raises:
        PlaceNotFound: istio-proxy, its mounts or the volumes are not in a place where Dikastes can be added.
        ActionInValue: the template would execute a user's value.
    """
    refuse_actions(parts, structure.delimiters.left)
    pod = pod_of(structure)
    if pod.present:
        return _upgrade(pod, pod.present, parts, overlay=overlay, custom=custom)
    proxy = structure.find(pod.path)
    native = native_sidecar(pod, proxy, overlay=overlay, custom=custom)
    if native is None:
        names = " or ".join(owner.name for owner in structure.owners(proxy)) or "no list"
        why = f"it belongs to {names}; a container beside it could keep the pod from starting"
        raise structure.refusal(pod.path, proxy, why)
    mounts = unconditional(pod, proxy, f"{pod.path}/volumeMounts")
    container = Insertion(pod.path, container_item(parts, native), (AFTER,))
    head, before, notes = _pod_level(pod, parts, native)
    edits = [*head, Insertion(mounts, parts.mount, (LAST, FIRST)), container, *before, *_volumes(pod, proxy, parts)]
    return TemplateEdit(tuple(structure.insert(edits)), notes)


def _upgrade(pod: TemplatePod, present: Node, parts: Fragments, *, overlay: bool, custom: bool) -> TemplateEdit:
    """The changes that update the Dikastes of a template to a release."""
    structure = pod.structure
    if pod.proxy and present.parent is not pod.proxy.parent:
        why = f"it is in another list than {PROXY} on line {structure.line(pod.proxy.start)}; remove it by hand"
        raise structure.refusal(pod.path, present, why)
    native = native_sidecar(pod, pod.proxy, overlay=overlay, custom=custom) if pod.proxy else None
    container = upgraded_container(pod, present, parts, native)
    head, before, notes = _pod_level(pod, parts, native)
    edits = [*head]
    mounts = f"{pod.path}/volumeMounts"
    if pod.proxy and structure.search(mounts) and not structure.search(f"{mounts}/[name={SOCKET_VOLUME}]"):
        edits.append(Insertion(unconditional(pod, pod.proxy, mounts), parts.mount, (LAST, FIRST)))
    volume: tuple[LineEdit, ...] = ()
    if structure.search(f"{pod.root}/volumes"):
        edits += [*before, *_volumes(pod, pod.proxy or present, parts)]
        volume = tuple(_upgraded_volume(pod, parts))
    return TemplateEdit((*container.edits, *volume, *structure.insert(edits)), (*container.notes, *notes))


def _pod_level(
    pod: TemplatePod, parts: Fragments, native: NativeSidecar | None
) -> tuple[list[Insertion], list[Insertion], tuple[str, ...]]:
    """The label; the key that keeps the application's containers first; and why that key cannot be added."""
    structure = pod.structure
    label = [] if not parts.label or structure.search(_LABEL_PATH) else [_label(structure, parts)]
    if not parts.order or structure.search(_ORDER_PATH) or (native and native.always):
        return label, [], ()
    listed = {
        plain(key.value)
        for name in LISTS
        for owner in structure.search(f"{pod.root}/{name}")
        for item in owner.children
        if any(one.name == LISTS[0] for one in structure.owners(item))
        for key in item.keys("name")
    }
    others = sorted(listed - {PROXY, CONTAINER})
    if others:
        known = ", ".join(name for name in others if PRINTED not in name) or "some whose names are not known before"
        note = (
            f"template {structure.name} has other containers beside {PROXY} ({known}); they and {CONTAINER} come "
            "before the application's containers"
        )
        return label, [], (note,)
    return label, [Insertion(f"{pod.root}/volumes", parts.order, (BEFORE,))], ()


def _label(structure: TemplateEditor, parts: Fragments) -> Insertion:
    """Inserts the label, with metadata around it that the template lacks."""
    if structure.search(_LABELS):
        return Insertion(_LABELS, parts.label, (FIRST,))
    _, labels, *lines = metadata(parts)
    if structure.search("/metadata"):
        return Insertion("/metadata", tuple(line[2:] for line in (labels, *lines)), (FIRST,))
    return Insertion("/spec", metadata(parts), (BEFORE,))


def _volumes(pod: TemplatePod, beside: Node, parts: Fragments) -> list[Insertion]:
    """Inserts the volumes that the template lacks."""
    volumes = f"{pod.root}/volumes"
    lines = {SOCKET_VOLUME: parts.socket, SYNC_VOLUME: sync_volume(parts)}
    missing = [line for name in lines if not pod.structure.search(f"{volumes}/[name={name}]") for line in lines[name]]
    return [Insertion(unconditional(pod, beside, volumes), tuple(missing), (LAST, FIRST))] if missing else []


def _upgraded_volume(pod: TemplatePod, parts: Fragments) -> Iterator[LineEdit]:
    """Replaces the volume of Felix's socket if it is of another kind than the release's."""
    path = f"{pod.root}/volumes/[name={SYNC_VOLUME}]"
    if not pod.structure.search(path):
        return
    item = pod.structure.find(path)
    if any(bool(item.keys(kind)) != bool(lines) for kind, lines in parts.sync.items()):
        first, last = pod.structure.span(item, path)
        yield LineEdit(first, last, indented(sync_volume(parts), item.indent))


def remove(structure: TemplateEditor) -> TemplateEdit:
    """The changes that remove Dikastes, its mount, its volumes and its label from a template.

    A template with nothing else in it is emptied but kept: a pod that names it by annotation could not be created
    without it.
    """
    pod = pod_of(structure)
    if pod.root and pod.present and _holds_nothing_else(pod):
        note = (
            f"template {structure.name} held nothing but {CONTAINER}; it is empty now, so that a pod may still name it"
        )
        return TemplateEdit((LineEdit(0, structure.text.count("\n") + 1, (_EMPTY,)),), (note,))
    paths = [f"{pod.path}/volumeMounts/[name={SOCKET_VOLUME}]"]
    paths += [f"{pod.root}/{name}/[name={CONTAINER}]" for name in LISTS]
    paths += [f"{pod.root}/volumes/[name={name}]" for name in (SOCKET_VOLUME, SYNC_VOLUME)]
    if pod.root:
        paths += [_ORDER_PATH, _LABEL_PATH]
    there = [_whole(structure, path) for path in paths if structure.search(path)]
    return TemplateEdit(tuple(structure.remove(dict.fromkeys(there))))


def _whole(structure: TemplateEditor, path: str) -> str:
    """The path to remove so that no key is left without a value, which Istio would treat as a deletion."""
    names = (SOCKET_VOLUME, SYNC_VOLUME)
    while path.count("/") > 1:
        parent = path[: path.rindex("/")]
        node = structure.search(parent)[0]
        ours = all(
            child.name == LABEL or any(plain(key.value) in names for key in child.keys("name"))
            for child in node.children
        )
        single = parent in (_LABELS, "/metadata") and len(node.children) == 1
        if not single and not (ours and node.kind == "key" and not path.startswith(_LABELS)):
            break
        path = parent
    return path


def _holds_nothing_else(pod: TemplatePod) -> bool:
    """Whether a template adds no container except Dikastes, and nothing to istio-proxy except the mount."""
    structure = pod.structure
    items = [item for name in LISTS for one in structure.search(f"{pod.root}/{name}") for item in one.children]
    names = {plain(key.value) for item in items for key in item.keys("name")}
    volumes = {
        plain(key.value)
        for one in structure.search(f"{pod.root}/volumes")
        for item in one.children
        for key in item.keys("name")
    }
    added = {key.name for key in pod.proxy.children} if pod.proxy else set()
    return (
        names <= {PROXY, CONTAINER}
        and volumes <= {SOCKET_VOLUME, SYNC_VOLUME}
        and added <= {"name", "volumeMounts"}
        and all(
            plain(key.value) == SOCKET_VOLUME
            for one in structure.search(f"{pod.path}/volumeMounts")
            for item in one.children
            for key in item.keys("name")
        )
    )
