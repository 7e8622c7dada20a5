"""Go templates as a format of embedded documents: a patch names a place in a template as it does in any object.

The output of an action is unknown, so scalars are read as written, with `…` for an action; of a key
that occurs in several branches, the first is read, and none can be edited. Edits concern whole lines.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from manifestgen.embedded.gotemplate.editor import AFTER, FIRST, LAST, Insertion, TemplateEditor
from manifestgen.embedded.gotemplate.outline import PRINTED, Node, plain
from manifestgen.embedded.line_edits import LineEdit, splice
from manifestgen.embedded.text_edits import CannotEdit
from manifestgen.errors import ManifestgenError
from manifestgen.model.pointer import is_index, to_text
from manifestgen.patch import rfc6902
from manifestgen.patch.copies import Copies
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.rfc6902 import Operation

_FORM = "Go template"


def parse(text: str) -> Any:
    """The first document of a template as plain values, every branch taken.

    Raises:
        TemplateSyntaxError: it is not a Go template.
    """
    return _read(TemplateEditor(text))


def apply(text: str, step: Operation) -> str:
    """Apply one operation to a template: add an item to a list, or replace or remove a key or item.

    Raises:
        CannotEdit: it is another operation, or its result would not be what RFC 6902 requires.
        PlaceNotFound: the template has no safe place for it.
    """
    structure = TemplateEditor(text)
    edited = splice(text, _edits(structure, step))
    if parse(edited) != rfc6902.apply(_read(structure), as_read(step)):
        raise CannotEdit(_FORM, step)
    return edited


def apply_all(text: str, steps: Sequence[Operation]) -> str:
    """Apply operations to a template in order, several at a time if they concern different lines.

    Raises:
        ManifestgenError: as by :func:`apply`.
    """
    at = 0
    while at < len(steps):
        structure = TemplateEditor(text)
        joined = _Joined(structure)
        taken = sum(1 for _ in takewhile(joined.takes, steps[at:])) if len(steps) - at > 1 else 0
        edited = splice(text, joined.edits)
        if taken > 1 and parse(edited) == _after(_read(structure), steps[at : at + taken]):
            text, at = edited, at + taken
        elif taken > 1:  # one of them has to be applied by itself: find it
            half = at + taken // 2
            text, at = apply_all(apply_all(text, steps[at:half]), steps[half : at + taken]), at + taken
        else:
            text, at = apply(text, steps[at]), at + 1
    return text


def as_read(step: Operation) -> Operation:
    """An operation with its value as the template will be parsed: all scalars as strings."""
    if step.op not in {"add", "replace"} or not step.path:
        return step
    return step._replace(value=_first(parse("\n".join(_lines(step)))))


def _read(structure: TemplateEditor) -> Any:
    return _value(structure.documents[0]) if structure.documents else None


def _after(value: Any, steps: Sequence[Operation]) -> Any:
    copies = Copies()
    for step in steps:
        value = rfc6902.apply(value, as_read(step), copies)
    return value


class _Joined:
    """Operations on one template that concern different lines and can be combined into one edit."""

    def __init__(self, structure: TemplateEditor) -> None:
        self.edits: list[LineEdit] = []
        self._structure = structure
        self._spans: list[tuple[int, int]] = []
        self._written: set[Tokens] = set()
        self._around: set[Tokens] = set()
        self._shifted: set[Tokens] = set()

    def takes(self, step: Operation) -> bool:
        """Add an operation; false if it depends on earlier ones or cannot be carried out."""
        path, *above = [step.path[:length] for length in range(len(step.path), -1, -1)]
        if step.op not in {"add", "replace", "remove"} or step.before or path in self._around:
            return False
        if any(one in self._written for one in (path, *above)) or any(one in self._shifted for one in above):
            return False
        try:
            edits = _edits(self._structure, step)
        except ManifestgenError:  # the error is raised when it is applied by itself
            return False
        if any(self._clashes(edit) for edit in edits):
            return False
        for edit in edits:
            insort(self._spans, (edit.first, edit.last))
        self.edits += edits
        self._around.update(above)
        if is_index(path[-1]) and step.op != "replace":
            self._shifted.add(path[:-1])
        elif path[-1] != "-":
            self._written.add(path)
        return True

    def _clashes(self, edit: LineEdit) -> bool:
        """Whether an edit shares lines with another."""
        at = bisect_left(self._spans, (edit.first, edit.last))
        return any(edit.first < last and first < edit.last for first, last in self._spans[max(at - 1, 0) : at + 1])


def _edits(structure: TemplateEditor, step: Operation) -> list[LineEdit]:
    if step.op == "remove":
        return structure.remove([to_text(step.path)])
    return _splices(structure, step, _lines(step))


def _lines(step: Operation) -> tuple[str, ...]:
    """The lines of an operation's value."""
    is_key = not (is_index(step.path[-1]) or step.path[-1] == "-") if step.path else False
    return _written(step.path[-1] if is_key else "", step.value)


def _splices(structure: TemplateEditor, step: Operation, lines: tuple[str, ...]) -> list[LineEdit]:
    path = to_text(step.path)
    *parents, last = step.path or ("",)
    if step.op == "add" and (last == "-" or is_index(last)):
        around = to_text(parents)
        count = sum(child.kind == "item" for child in structure.find(around).children)
        if last in {"-", str(count)}:
            return structure.insert([Insertion(around, lines, (LAST,))])
        if last == "0":
            return structure.insert([Insertion(around, lines, (FIRST,))])
        return structure.insert([Insertion(to_text((*parents, str(int(last) - 1))), lines, (AFTER,))])
    if step.op in {"add", "replace"} and step.path and structure.search(path):
        node = structure.find(path)
        first, end = structure.span(node, path)
        return [LineEdit(first, end, tuple(" " * node.indent + line for line in lines))]
    raise CannotEdit(_FORM, step)


def _written(key: str, value: Any) -> tuple[str, ...]:
    """A value as lines: of the key, or as an item of a list."""
    return tuple(write_document({key: value} if key else [value]).splitlines())


def _first(value: Any) -> Any:
    return next(iter(value.values())) if isinstance(value, dict) else value[0]


def _value(node: Node) -> Any:
    if any(child.kind == "item" for child in node.children):
        return [_value(child) for child in node.children if child.kind == "item"]
    if node.children:
        found: dict[str, Any] = {}
        for child in node.children:
            if child.name and child.name not in found:
                found[child.name] = _value(child)
        return found
    return plain(node.value).replace(PRINTED, "…")
