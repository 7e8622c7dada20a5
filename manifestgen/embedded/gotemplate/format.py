"""Go templates as a format of embedded documents: a patch names a place in a template as it does in any object.

The output of an action is unknown, so scalars are read as written, with `…` for an action; of a key
that occurs in several branches, the first is read, and none can be edited. Edits concern whole lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.embedded.gotemplate.editor import AFTER, FIRST, LAST, Insertion, TemplateEditor
from manifestgen.embedded.gotemplate.outline import PRINTED, Node, plain
from manifestgen.embedded.line_edits import LineEdit, splice
from manifestgen.embedded.text_edits import CannotEdit
from manifestgen.model.pointer import is_index, to_text
from manifestgen.patch import rfc6902
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from manifestgen.patch.rfc6902 import Operation

_FORM = "Go template"


def parse(text: str) -> Any:
    """The first document of a template as plain values, every branch taken.

    Raises:
        TemplateSyntaxError: it is not a Go template.
    """
    documents = TemplateEditor(text).documents
    return _value(documents[0]) if documents else None


def apply(text: str, step: Operation) -> str:
    """Apply one operation to a template: add an item to a list, or replace or remove a key or item.

    Raises:
        CannotEdit: it is another operation, or its result would not be what RFC 6902 requires.
        PlaceNotFound: the template has no safe place for it.
    """
    structure = TemplateEditor(text)
    if step.op == "remove":
        lines: tuple[str, ...] = ()
        splices = structure.remove([to_text(step.path)])
    else:
        is_key = not (is_index(step.path[-1]) or step.path[-1] == "-") if step.path else False
        lines = _written(step.path[-1] if is_key else "", step.value)
        splices = _splices(structure, step, lines)
    edited = splice(text, splices)
    as_read = _first(parse("\n".join(lines))) if lines else None
    if parse(edited) != rfc6902.apply(parse(text), step._replace(value=as_read)):
        raise CannotEdit(_FORM, step)
    return edited


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
