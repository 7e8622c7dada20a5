"""The pod in an injection template: istio-proxy, and Dikastes if it is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from manifestgen.injector.fragments import CONTAINER, PROXY, NativeSidecar
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from manifestgen.embedded.gotemplate.editor import TemplateEditor
    from manifestgen.embedded.gotemplate.outline import Node

LISTS = ("containers", "initContainers")
_VARIABLE = re.compile(r"\$?[\w.]+")
_NOT = re.compile(r"not\s+(\$?[\w.]+)")
_FLOW_ITEM = re.compile(rf"""\{{[^{{}}\n]*\bname:\s*["']?{CONTAINER}["']?\s*[,}}]""")


class TemplatePod(Record):
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
    if any(structure.search(f"{root}/{name}/[name={CONTAINER}]") for name in LISTS):
        return True
    flow = _FLOW_ITEM.search(structure.text)
    if flow:
        why = f"the container {CONTAINER} is written in braces; write it as a block, each key on a line of its own"
        raise structure.refusal_at(f"{root}/{LISTS[0]}", flow.start(), why)
    return False


def pod_of(structure: TemplateEditor) -> TemplatePod:
    """The pod of a template.

    Raises:
        PlaceNotFound: istio-proxy or Dikastes is in both lists of containers.
    """
    root = _root(structure)
    proxies, ours = (
        [path for name in LISTS if structure.search(path := f"{root}/{name}/[name={container}]")]
        for container in (PROXY, CONTAINER)
    )
    for found, name in ((proxies, PROXY), (ours, CONTAINER)):
        if len(found) > 1:
            raise structure.refusal(found[1], structure.search(found[1])[0], f"{name} is in {LISTS[0]} as well")
    path = proxies[0] if proxies else f"{root}/{LISTS[0]}/[name={PROXY}]"
    return TemplatePod(
        structure=structure,
        root=root,
        path=path,
        proxy=structure.find(path) if proxies else None,
        present=structure.find(ours[0]) if ours else None,
    )


def _root(structure: TemplateEditor) -> str:
    return "/spec" if structure.search("/spec") else ""


def native_sidecar(pod: TemplatePod, proxy: Node, *, overlay: bool, custom: bool) -> NativeSidecar | None:
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


def unconditional(pod: TemplatePod, beside: Node, path: str) -> str:
    """The path, if it exists whenever the container exists."""
    node = pod.structure.find(path)
    if not node.frame.encloses(beside.frame):
        condition = f"{node.frame.keyword} {node.frame.condition}".strip()
        name = PROXY if beside is pod.proxy else CONTAINER
        raise pod.structure.refusal(path, node, f"it is under a condition that {name} is not under: {condition}")
    return path
