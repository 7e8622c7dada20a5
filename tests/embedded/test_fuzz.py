from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from manifestgen.embedded import json_text, yaml_text
from manifestgen.embedded.text_edits import ValueSpan, line_end
from manifestgen.model.pointer import Tokens, lookup
from manifestgen.patch import rfc6902
from manifestgen.patch.rfc6902 import Operation
from tests.embedded.documents import FUZZ, documents, json_texts, operations, yaml_texts


@FUZZ
@given(st.data())
def test_fuzz_an_edited_json_text_reads_as_the_patched_document_and_keeps_the_rest(data: st.DataObject) -> None:
    """Whatever the layout: the new text reads as RFC 6902's result, and every untouched member keeps its bytes."""
    document = data.draw(documents)
    text = data.draw(json_texts(document))
    step = data.draw(operations(document))
    new = json_text.apply(text, step)
    assert repr(json_text.parse(new)) == repr(rfc6902.apply(document, step))
    assert _changed(json_text.scan, text, new, _left_alone(document, step)) == []


@FUZZ
@given(st.data())
def test_fuzz_an_edited_yaml_text_reads_as_the_patched_document_and_keeps_the_rest(data: st.DataObject) -> None:
    """Whatever the layout: as for JSON, and every comment outside of what is replaced or removed stays."""
    document = data.draw(documents)
    text = data.draw(yaml_texts(document))
    step = data.draw(operations(document))
    assert repr(yaml_text.parse(text)) == repr(document), "the generator means something else"
    new = yaml_text.apply(text, step)
    assert repr(yaml_text.parse(new)) == repr(rfc6902.apply(document, step))
    assert _changed(yaml_text.scan, text, new, _left_alone(document, step)) == []
    start, end = _span_touched(text, document, step)
    outside = re.findall(r"# remark \d+\.", text[:start] + text[end:])
    assert [remark for remark in outside if remark not in new] == []


@FUZZ
@given(documents, st.data())
def test_fuzz_moving_a_json_value_there_and_back_gives_the_text_back(document: Any, data: st.DataObject) -> None:
    """An item of a list that is moved and moved back stands as it stood."""
    document = {"list": [document, *data.draw(st.lists(st.integers(), min_size=2, max_size=4))]}
    text = data.draw(json_texts(document))
    there = json_text.apply(text, Operation("move", ("list", "2"), None, ("list", "1")))
    assert json_text.apply(there, Operation("move", ("list", "1"), None, ("list", "2"))) == text


def _left_alone(document: Any, step: Operation) -> list[tuple[Tokens, Tokens]]:
    """The paths, before and after, of each member and item that an operation does not touch or look into."""
    before = _unlike(document)
    after = rfc6902.apply(before, step._replace(value=_unlike(step.value)))
    written = _resolved(after, step.path)
    left = {id(value): path for path, value in _walk(after, ()) if path[: len(written)] != written}
    return [(path, left[id(value)]) for path, value in _walk(before, ()) if path and id(value) in left]


def _changed(scan: Callable[[str], ValueSpan], text: str, new: str, paths: list[tuple[Tokens, Tokens]]) -> list[Tokens]:
    """Those of the paths whose text is not what it was; none where an operation changes nothing."""
    if text == new:
        return []
    old_root, new_root = scan(text), scan(new)
    return [was for was, now in paths if _bytes(text, old_root, was) != _bytes(new, new_root, now)]


class _Leaf:
    """A scalar that is the same as no other."""


def _unlike(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unlike(one) for key, one in value.items()}
    return [_unlike(one) for one in value] if isinstance(value, list) else _Leaf()


def _walk(value: Any, path: Tokens) -> Iterator[tuple[Tokens, Any]]:
    yield path, value
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _walk(one, (*path, str(key)))


def _resolved(after: Any, path: Tokens) -> Tokens:
    if path and path[-1] == "-" and isinstance(items := lookup(after, path[:-1]), list):
        return (*path[:-1], str(len(items) - 1))
    return path


def _bytes(text: str, root: ValueSpan, path: Tokens) -> str:
    box = root.at(path[:-1])
    item = box.items[box.number(path[-1])]
    return text[item.start : item.node.end]


def _span_touched(text: str, document: Any, step: Operation) -> tuple[int, int]:
    """Where comments may go: on the lines of what is replaced or removed; anywhere where that is in two places."""
    path = step.source if step.op == "move" else step.path
    if not path or (step.op == "move" and _replaces(rfc6902.apply(document, Operation("remove", path)), step.path)):
        return 0, len(text)
    if step.op in {"add", "copy"} and not _replaces(document, path):
        return 0, 0
    box = yaml_text.scan(text).at(path[:-1])
    item = box.items[box.number(path[-1])]
    return item.start, line_end(text, item.node.end)


def _replaces(document: Any, path: Tokens) -> bool:
    """Whether adding at a path replaces what is there."""
    parent = lookup(document, path[:-1])
    return isinstance(parent, dict) and path[-1] in parent
