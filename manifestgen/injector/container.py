"""Updating an existing Dikastes container in a template to another release."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from manifestgen.embedded.line_edits import LineEdit
from manifestgen.injector.fragments import CONTAINER, Lines, NativeSidecar, parsed
from manifestgen.injector.pod import LISTS, TemplatePod
from manifestgen.model.image import join_image, split_image
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.embedded.gotemplate.outline import Node
    from manifestgen.injector.fragments import Fragments, Options

_UPSTREAM = re.compile(r"(?:(?:quay|docker)\.io/)?calico/dikastes")
_ENTRY_POINT = "/dikastes"
_OURS = "lifecycle: {preStop: {sleep: {seconds:"


class TemplateEdit(Record):
    """The changes to a template.

    Attributes:
        edits: the edits of its lines; empty if it is up to date.
        notes: what the user should know.
    """

    edits: tuple[LineEdit, ...] = ()
    notes: tuple[str, ...] = ()


def upgraded_container(pod: TemplatePod, item: Node, parts: Fragments, native: NativeSidecar | None) -> TemplateEdit:
    """The changes that update the existing container to the release, key by key; the user's keys stay."""
    structure = pod.structure
    home = next(name for name in LISTS if item in structure.search(f"{pod.root}/{name}/[name={CONTAINER}]"))
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
                        edits.append(LineEdit(line - 1, line, indented(lines, name.indent)))
                continue
            node = structure.find(f"{path}/{key}")
            now = structure.lines(node, f"{path}/{key}")
            first, cursor = structure.span(node, f"{path}/{key}")
        new = _new_lines(key, now, lines, parts)
        if new != now:
            edits.append(LineEdit(first, cursor, indented(new, name.indent)))
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


def indented(lines: Sequence[str], indent: int) -> Lines:
    """Indented lines; blank ones stay empty."""
    return tuple(" " * indent + line if line else line for line in lines)
