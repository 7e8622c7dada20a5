"""Dikastes in one injection template: put in, brought to a release, or taken out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from manifestgen.embedded.gotemplate.editor import AFTER, FIRST, LAST, Insertion
from manifestgen.embedded.line_edits import LineEdit
from manifestgen.injector.fragments import (
    CONTAINER,
    PROXY,
    SOCKET_VOLUME,
    SYNC_VOLUME,
    Lines,
    container_item,
    parsed,
    refuse_actions,
    sync_volume,
)
from manifestgen.model.image import join_image, split_image
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.embedded.gotemplate.editor import TemplateEditor
    from manifestgen.embedded.gotemplate.outline import Node
    from manifestgen.injector.fragments import Fragments, Options

_LISTS = ("containers", "initContainers")
_NOT = re.compile(r"not\s+(\$?[\w.]+)")
_UPSTREAM = re.compile(r"(?:(?:quay|docker)\.io/)?calico/dikastes")
_ENTRY_POINT = "/dikastes"


class TemplateEdit(Record):
    """What to change in a template.

    Attributes:
        splices: of its lines; none where it is as it should be.
        notes: what the user should know.
    """

    splices: tuple[LineEdit, ...] = ()
    notes: tuple[str, ...] = ()


class _Pod(Record):
    """The pod that a template describes.

    Attributes:
        structure: the template.
        root: path of the pod's spec; empty where its members are at the top.
        path: path of istio-proxy.
        proxy: the item istio-proxy.
    """

    structure: TemplateEditor
    root: str
    path: str
    proxy: Node


def insert(structure: TemplateEditor, parts: Fragments, *, overlay: bool) -> TemplateEdit:
    """The changes that give a template Dikastes of a release, or bring the one it has to that release.

    Args:
        structure: the template.
        parts: what goes in.
        overlay: whether the template describes a whole pod, as from Istio 1.9.

    Raises:
        PlaceNotFound: istio-proxy, its mounts or the volumes are not where Dikastes could join them.
        ActionInValue: a value of the user's would be taken for an action of the template.
    """
    refuse_actions(parts, structure.delimiters.left)
    pod = _pod(structure)
    restart = _restart(pod, overlay=overlay)
    present = _present(pod)
    mounts, volumes = f"{pod.path}/volumeMounts", f"{pod.root}/volumes"
    edits = []
    if not structure.search(f"{mounts}/[name={SOCKET_VOLUME}]"):
        edits.append(Insertion(_unconditional(pod, mounts), parts.mount, (LAST, FIRST)))
    planned = TemplateEdit()
    if present is None:
        edits.append(Insertion(pod.path, container_item(parts, restart), (AFTER,)))
    else:
        planned = _brought(pod, present, parts._replace(container={"restartPolicy": restart, **parts.container}))
    socket = () if structure.search(f"{volumes}/[name={SOCKET_VOLUME}]") else parts.socket
    sync = () if structure.search(f"{volumes}/[name={SYNC_VOLUME}]") else sync_volume(parts)
    if socket or sync:
        edits.append(Insertion(_unconditional(pod, volumes), (*socket, *sync), (LAST, FIRST)))
    if not sync:
        planned = planned._replace(splices=(*planned.splices, *_brought_volume(pod, parts)))
    return planned._replace(splices=(*planned.splices, *structure.insert(edits)))


def _brought_volume(pod: _Pod, parts: Fragments) -> Iterator[LineEdit]:
    """The volume of Felix's socket, written anew where it is of another kind than the release's."""
    path = f"{pod.root}/volumes/[name={SYNC_VOLUME}]"
    item = pod.structure.find(path)
    if any(bool(item.keys(kind)) != bool(lines) for kind, lines in parts.sync.items()):
        first, last = pod.structure.span(item, path)
        yield LineEdit(first, last, _indented(sync_volume(parts), item.indent))


def remove(structure: TemplateEditor) -> TemplateEdit:
    """The changes that take Dikastes, its mount and its volumes out of a template again."""
    pod = _pod(structure)
    paths = [f"{pod.path}/volumeMounts/[name={SOCKET_VOLUME}]"]
    paths += [f"{pod.root}/{name}/[name={CONTAINER}]" for name in _LISTS]
    paths += [f"{pod.root}/volumes/[name={name}]" for name in (SOCKET_VOLUME, SYNC_VOLUME)]
    return TemplateEdit(tuple(structure.remove(path for path in paths if structure.search(path))))


def _pod(structure: TemplateEditor) -> _Pod:
    root = "/spec" if structure.search("/spec") else ""
    paths = [f"{root}/{name}/[name={PROXY}]" for name in _LISTS]
    found = [path for path in paths if structure.search(path)]
    if len(found) > 1:
        node = structure.search(found[1])[0]
        raise structure.refusal(found[1], node, f"{PROXY} is in {_LISTS[0]} as well")
    path = found[0] if found else paths[0]
    return _Pod(structure, root, path, structure.find(path))


def _present(pod: _Pod) -> Node | None:
    """The Dikastes that is there already."""
    paths = [f"{pod.root}/{name}/[name={CONTAINER}]" for name in _LISTS]
    found = [path for path in paths if pod.structure.search(path)]
    if not found:
        return None
    item = pod.structure.find(found[0])
    if len(found) > 1 or item.parent is not pod.proxy.parent:
        line = pod.structure.line(pod.proxy.start)
        why = f"it stands in another list than {PROXY} on line {line}; take it out by hand"
        raise pod.structure.refusal(found[-1], item, why)
    return item


def _unconditional(pod: _Pod, path: str) -> str:
    """The path, if what it names is there whenever istio-proxy is."""
    node = pod.structure.find(path)
    if not node.frame.encloses(pod.proxy.frame):
        condition = f"{node.frame.keyword} {node.frame.condition}".strip()
        raise pod.structure.refusal(path, node, f"it stands under a condition that {PROXY} does not: {condition}")
    return path


def _restart(pod: _Pod, *, overlay: bool) -> Lines:
    """What lets Dikastes go on running where istio-proxy is an init container; nothing where it never is.

    Istio's template asks whether sidecars are native and then begins a list, or does not. Dikastes follows
    istio-proxy into whichever list it is, under the same condition.
    """
    owners = pod.structure.owners(pod.proxy)
    names = tuple(owner.name for owner in owners)
    left, right = pod.structure.delimiters
    if names == ("containers",):
        return ()
    if names == ("initContainers",) and overlay:
        always = [key for key in pod.proxy.keys("restartPolicy") if key.frame is pod.proxy.frame]
        if [key.value for key in always] == ["Always"]:
            return ("restartPolicy: Always",)
    elif names == ("containers", "initContainers"):
        plain, init = (owner.frame for owner in owners)
        if init.block == plain.block and init.parent is pod.proxy.frame and (init.branch, plain.branch) == (0, 1):
            return (f"{left} if {_on_one_line(init.condition)} {right}restartPolicy: Always{left} end {right}",)
        if plain.keyword == "if" and not plain.branch and plain.parent is pod.proxy.frame:
            condition = _on_one_line(plain.condition)
            opposite = _NOT.fullmatch(condition)
            opening = f"if {opposite.group(1)}" if opposite else f"if {condition} {right}{left} else"
            return (f"{left} {opening} {right}restartPolicy: Always{left} end {right}",)
    why = f"it belongs to {' or '.join(names) or 'no list'}; a container beside it could keep the pod from starting"
    raise pod.structure.refusal(pod.path, pod.proxy, why)


def _on_one_line(condition: str) -> str:
    return " ".join(line.strip() for line in condition.splitlines())


def _indented(lines: Sequence[str], indent: int) -> Lines:
    return tuple(" " * indent + line if line else line for line in lines)


def _brought(pod: _Pod, item: Node, parts: Fragments) -> TemplateEdit:
    """The changes that bring the container that is there to the release, key by key; the user's own stays."""
    structure = pod.structure
    path = f"{pod.path.rpartition('/')[0]}/[name={CONTAINER}]"
    name = structure.find(f"{path}/name")
    cursor = structure.line(name.start)
    splices: list[LineEdit] = []
    notes: list[str] = []
    for key, lines in parts.container.items():
        first = cursor
        now: Lines = ()
        if item.keys(key):
            if key == "restartPolicy":
                continue
            node = structure.find(f"{path}/{key}")
            now = structure.lines(node, f"{path}/{key}")
            first, cursor = structure.span(node, f"{path}/{key}")
        new = _new_lines(key, now, lines, parts)
        if new != now:
            splices.append(LineEdit(first, cursor, _indented(new, name.indent)))
        elif parsed(now) != parsed(lines) and key != "args":
            notes.append(f"template {structure.name}: {key} of {CONTAINER} is not as any release has it; it is left")
    return TemplateEdit(tuple(splices), tuple(notes))


def _new_lines(key: str, now: Lines, lines: Lines, parts: Fragments) -> Lines:
    """A key of the container as it should be: the release's, unless the user has made it something else."""
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
    """The release's image; from the user's own registry where the one that is there comes from it."""
    if not isinstance(value, str) or any(delimiter in value for delimiter in ("{{", "[[")):
        return now
    name = split_image(value)[0]
    upstream = _UPSTREAM.fullmatch(name)
    return (f"image: {wanted if upstream else join_image(name, split_image(wanted)[1], '')}",)


def _new_arguments(now: Lines, value: Any, wanted: Sequence[str], options: Options) -> Lines:
    """The arguments that are there, naming the program or not as the release's image needs it."""
    if not isinstance(value, list) or not all(isinstance(argument, str) for argument in value):
        return now
    new = [argument for argument in value if argument != _ENTRY_POINT]
    if wanted[0] == _ENTRY_POINT:
        new.insert(0, _ENTRY_POINT)
    if options.debug is not None:
        new = [argument for argument in new if argument != "--debug"] + ["--debug"] * options.debug
    return now if new == value else (f"args: {json.dumps(new)}",)
