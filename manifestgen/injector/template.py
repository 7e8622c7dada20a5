"""Dikastes in one injection template: inserting, updating and removing it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from manifestgen.embedded.gotemplate.editor import AFTER, BEFORE, FIRST, LAST, Insertion
from manifestgen.embedded.gotemplate.outline import PRINTED, plain
from manifestgen.embedded.line_edits import LineEdit
from manifestgen.injector.fragments import (
    CONTAINER,
    LABEL,
    ORDER,
    PROXY,
    SOCKET_VOLUME,
    SYNC_VOLUME,
    Lines,
    NativeSidecar,
    container_item,
    metadata,
    parsed,
    refuse_actions,
    sync_volume,
)
from manifestgen.model import pointer
from manifestgen.model.image import join_image, split_image
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.embedded.gotemplate.editor import TemplateEditor
    from manifestgen.embedded.gotemplate.outline import Node
    from manifestgen.injector.fragments import Fragments, Options

_LISTS = ("containers", "initContainers")
_VARIABLE = re.compile(r"\$?[\w.]+")
_NOT = re.compile(r"not\s+(\$?[\w.]+)")
_UPSTREAM = re.compile(r"(?:(?:quay|docker)\.io/)?calico/dikastes")
_FLOW_ITEM = re.compile(rf"""\{{[^{{}}\n]*\bname:\s*["']?{CONTAINER}["']?\s*[,}}]""")
_ENTRY_POINT = "/dikastes"
_LABELS = "/metadata/labels"
_LABEL_PATH = f"{_LABELS}/{pointer.escape(LABEL)}"
_ORDER_PATH = f"/spec/{pointer.escape(ORDER)}"
_OURS = "lifecycle: {preStop: {sleep: {seconds:"
_EMPTY = "spec: {}"


class TemplateEdit(Record):
    """The changes to a template.

    Attributes:
        edits: the edits of its lines; empty if it is up to date.
        notes: what the user should know.
    """

    edits: tuple[LineEdit, ...] = ()
    notes: tuple[str, ...] = ()


class _Pod(Record):
    """The pod that a template describes.

    Attributes:
        structure: the template.
        root: path of the pod's spec; empty where its members are at the top.
        path: path of istio-proxy.
        proxy: the item istio-proxy; None if the template has none.
        present: the item dikastes; None if the template has none.
    """

    structure: TemplateEditor
    root: str
    path: str
    proxy: Node | None
    present: Node | None


def has_dikastes(structure: TemplateEditor) -> bool:
    """Whether a template has a container named dikastes.

    Raises:
        PlaceNotFound: it has one in flow style, which cannot be edited.
    """
    root = _root(structure)
    if any(structure.search(f"{root}/{name}/[name={CONTAINER}]") for name in _LISTS):
        return True
    flow = _FLOW_ITEM.search(structure.text)
    if flow:
        why = f"the container {CONTAINER} is written in braces; write it as a block, each key on a line of its own"
        raise structure.refusal_at(f"{root}/{_LISTS[0]}", flow.start(), why)
    return False


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
    pod = _pod(structure)
    if pod.present:
        return _upgrade(pod, pod.present, parts, overlay=overlay, custom=custom)
    proxy = structure.find(pod.path)
    native = _native(pod, proxy, overlay=overlay, custom=custom)
    if native is None:
        names = " or ".join(owner.name for owner in structure.owners(proxy)) or "no list"
        why = f"it belongs to {names}; a container beside it could keep the pod from starting"
        raise structure.refusal(pod.path, proxy, why)
    mounts = _unconditional(pod, proxy, f"{pod.path}/volumeMounts")
    container = Insertion(pod.path, container_item(parts, native), (AFTER,))
    head, before, notes = _pod_level(pod, parts, native)
    edits = [*head, Insertion(mounts, parts.mount, (LAST, FIRST)), container, *before, *_volumes(pod, proxy, parts)]
    return TemplateEdit(tuple(structure.insert(edits)), notes)


def _upgrade(pod: _Pod, present: Node, parts: Fragments, *, overlay: bool, custom: bool) -> TemplateEdit:
    """The changes that update the Dikastes of a template to a release."""
    structure = pod.structure
    if pod.proxy and present.parent is not pod.proxy.parent:
        why = f"it is in another list than {PROXY} on line {structure.line(pod.proxy.start)}; remove it by hand"
        raise structure.refusal(pod.path, present, why)
    native = _native(pod, pod.proxy, overlay=overlay, custom=custom) if pod.proxy else None
    container = _upgraded_container(pod, present, parts, native)
    head, before, notes = _pod_level(pod, parts, native)
    edits = [*head]
    mounts = f"{pod.path}/volumeMounts"
    if pod.proxy and structure.search(mounts) and not structure.search(f"{mounts}/[name={SOCKET_VOLUME}]"):
        edits.append(Insertion(_unconditional(pod, pod.proxy, mounts), parts.mount, (LAST, FIRST)))
    volume: tuple[LineEdit, ...] = ()
    if structure.search(f"{pod.root}/volumes"):
        edits += [*before, *_volumes(pod, pod.proxy or present, parts)]
        volume = tuple(_upgraded_volume(pod, parts))
    return TemplateEdit((*container.edits, *volume, *structure.insert(edits)), (*container.notes, *notes))


def _pod_level(
    pod: _Pod, parts: Fragments, native: NativeSidecar | None
) -> tuple[list[Insertion], list[Insertion], tuple[str, ...]]:
    """The label; the key that keeps the application's containers first; and why that key cannot be added."""
    structure = pod.structure
    label = [] if not parts.label or structure.search(_LABEL_PATH) else [_label(structure, parts)]
    if not parts.order or structure.search(_ORDER_PATH) or (native and native.always):
        return label, [], ()
    listed = {
        plain(key.value)
        for name in _LISTS
        for owner in structure.search(f"{pod.root}/{name}")
        for item in owner.children
        if any(one.name == _LISTS[0] for one in structure.owners(item))
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


def _volumes(pod: _Pod, beside: Node, parts: Fragments) -> list[Insertion]:
    """Inserts the volumes that the template lacks."""
    volumes = f"{pod.root}/volumes"
    lines = {SOCKET_VOLUME: parts.socket, SYNC_VOLUME: sync_volume(parts)}
    missing = [line for name in lines if not pod.structure.search(f"{volumes}/[name={name}]") for line in lines[name]]
    return [Insertion(_unconditional(pod, beside, volumes), tuple(missing), (LAST, FIRST))] if missing else []


def _upgraded_volume(pod: _Pod, parts: Fragments) -> Iterator[LineEdit]:
    """Replaces the volume of Felix's socket if it is of another kind than the release's."""
    path = f"{pod.root}/volumes/[name={SYNC_VOLUME}]"
    if not pod.structure.search(path):
        return
    item = pod.structure.find(path)
    if any(bool(item.keys(kind)) != bool(lines) for kind, lines in parts.sync.items()):
        first, last = pod.structure.span(item, path)
        yield LineEdit(first, last, _indented(sync_volume(parts), item.indent))


def remove(structure: TemplateEditor) -> TemplateEdit:
    """The changes that remove Dikastes, its mount, its volumes and its label from a template.

    A template with nothing else in it is emptied but kept: a pod that names it by annotation could not be created
    without it.
    """
    pod = _pod(structure)
    if pod.root and pod.present and _holds_nothing_else(pod):
        note = (
            f"template {structure.name} held nothing but {CONTAINER}; it is empty now, so that a pod may still name it"
        )
        return TemplateEdit((LineEdit(0, structure.text.count("\n") + 1, (_EMPTY,)),), (note,))
    paths = [f"{pod.path}/volumeMounts/[name={SOCKET_VOLUME}]"]
    paths += [f"{pod.root}/{name}/[name={CONTAINER}]" for name in _LISTS]
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


def _holds_nothing_else(pod: _Pod) -> bool:
    """Whether a template adds no container except Dikastes, and nothing to istio-proxy except the mount."""
    structure = pod.structure
    items = [item for name in _LISTS for one in structure.search(f"{pod.root}/{name}") for item in one.children]
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


def _root(structure: TemplateEditor) -> str:
    return "/spec" if structure.search("/spec") else ""


def _pod(structure: TemplateEditor) -> _Pod:
    root = _root(structure)
    proxies, ours = (
        [path for name in _LISTS if structure.search(path := f"{root}/{name}/[name={container}]")]
        for container in (PROXY, CONTAINER)
    )
    for found, name in ((proxies, PROXY), (ours, CONTAINER)):
        if len(found) > 1:
            raise structure.refusal(found[1], structure.search(found[1])[0], f"{name} is in {_LISTS[0]} as well")
    path = proxies[0] if proxies else f"{root}/{_LISTS[0]}/[name={PROXY}]"
    return _Pod(
        structure=structure,
        root=root,
        path=path,
        proxy=structure.find(path) if proxies else None,
        present=structure.find(ours[0]) if ours else None,
    )


def _unconditional(pod: _Pod, beside: Node, path: str) -> str:
    """The path, if it exists whenever the container exists."""
    node = pod.structure.find(path)
    if not node.frame.encloses(beside.frame):
        condition = f"{node.frame.keyword} {node.frame.condition}".strip()
        name = PROXY if beside is pod.proxy else CONTAINER
        raise pod.structure.refusal(path, node, f"it is under a condition that {name} is not under: {condition}")
    return path


def _native(pod: _Pod, proxy: Node, *, overlay: bool, custom: bool) -> NativeSidecar | None:
    """When a template makes istio-proxy a native sidecar; None if it does not say.

    Istio's template tests whether sidecars are native and then begins a list, or does not. Dikastes follows
    istio-proxy into whichever list it is in, under the same condition.
    """
    owners = pod.structure.owners(proxy)
    names = tuple(owner.name for owner in owners)
    left, right = pod.structure.delimiters
    delimiters = (left, right)
    if names == ("containers",):
        return NativeSidecar()
    if names == ("initContainers",) and overlay:
        always = [key.value for key in proxy.keys("restartPolicy") if key.frame is proxy.frame]
        # A template that only adds to the istio-proxy of Istio's template need not repeat that it keeps running.
        if always == ["Always"] or (custom and not proxy.keys("image")):
            return NativeSidecar(always=True)
    elif names == ("containers", "initContainers"):
        other, init = (owner.frame for owner in owners)
        if init.block == other.block and init.parent is proxy.frame and (init.branch, other.branch) == (0, 1):
            condition = _on_one_line(init.condition)
            opposite = f"if not {condition}" if _VARIABLE.fullmatch(condition) else f"if not ({condition})"
            return NativeSidecar(f"if {condition}", opposite, delimiters=delimiters)
        if other.keyword == "if" and not other.branch and other.parent is proxy.frame:
            condition = _on_one_line(other.condition)
            negated = _NOT.fullmatch(condition)
            opening = f"if {negated.group(1)}" if negated else f"if {condition} {right}{left} else"
            return NativeSidecar(opening, f"if {condition}", delimiters=delimiters)
    return None


def _on_one_line(condition: str) -> str:
    return " ".join(line.strip() for line in condition.splitlines())


def _indented(lines: Sequence[str], indent: int) -> Lines:
    return tuple(" " * indent + line if line else line for line in lines)


def _upgraded_container(pod: _Pod, item: Node, parts: Fragments, native: NativeSidecar | None) -> TemplateEdit:
    """The changes that update the existing container to the release, key by key; the user's keys stay."""
    structure = pod.structure
    home = next(name for name in _LISTS if item in structure.search(f"{pod.root}/{name}/[name={CONTAINER}]"))
    path = f"{pod.root}/{home}/[name={CONTAINER}]"
    name = structure.find(f"{path}/name")
    cursor = structure.line(name.start)
    edits: list[LineEdit] = []
    notes: list[str] = []
    wanted = {"restartPolicy": native.only("restartPolicy: Always") if native else (), **parts.container}
    wanted["lifecycle"] = native.without(*parts.container["lifecycle"]) if native else ()
    for key, lines in wanted.items():
        first = cursor
        now: Lines = ()
        if item.keys(key):
            if key in ("restartPolicy", "lifecycle"):
                line = structure.line(item.keys(key)[0].start)
                there = structure.text.splitlines()[line - 1].strip()
                if key == "lifecycle" and _OURS in there:
                    cursor = line
                    if (there,) != lines:
                        edits.append(LineEdit(line - 1, line, _indented(lines, name.indent)))
                continue
            node = structure.find(f"{path}/{key}")
            now = structure.lines(node, f"{path}/{key}")
            first, cursor = structure.span(node, f"{path}/{key}")
        new = _new_lines(key, now, lines, parts)
        if new != now:
            edits.append(LineEdit(first, cursor, _indented(new, name.indent)))
        elif parsed(now) != parsed(lines) and key != "args":
            notes.append(f"template {structure.name}: {key} of {CONTAINER} is not as any release has it; it stays")
    return TemplateEdit(tuple(edits), tuple(notes))


def _new_lines(key: str, now: Lines, lines: Lines, parts: Fragments) -> Lines:
    """The wanted value of a key: the release's, unless the user has changed it."""
    value, wanted = parsed(now), parsed(lines)
    if value == wanted:
        return now
    if not now:
        return lines
    if key == "image":
        return lines if parts.options.image else _new_image(now, value, wanted)
    if key == "args":
        return _new_arguments(now, value, wanted, parts.options)
    return lines if key in parts.asked or value in map(parsed, parts.published.get(key, ())) else now


def _new_image(now: Lines, value: Any, wanted: str) -> Lines:
    """The release's image, from the user's registry if the existing one is from there."""
    if not isinstance(value, str) or any(delimiter in value for delimiter in ("{{", "[[")):
        return now
    name = split_image(value)[0]
    upstream = _UPSTREAM.fullmatch(name)
    return (f"image: {wanted if upstream else join_image(name, split_image(wanted)[1], '')}",)


def _new_arguments(now: Lines, value: Any, wanted: Sequence[str], options: Options) -> Lines:
    """The existing arguments, with the program's name or without it, as the release's image requires."""
    if not isinstance(value, list) or not all(isinstance(argument, str) for argument in value):
        return now
    new = [argument for argument in value if argument != _ENTRY_POINT]
    if wanted[0] == _ENTRY_POINT:
        new.insert(0, _ENTRY_POINT)
    if options.debug is not None:
        new = [argument for argument in new if argument != "--debug"] + ["--debug"] * options.debug
    return now if new == value else (f"args: {json.dumps(new)}",)
