"""Several operations on one text: read as RFC 6902 has it, as if done one after another, and what none names stays."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifestgen.embedded import FORMATS, json_text, yaml_text
from manifestgen.embedded.text_edits import CannotEdit
from manifestgen.patch import rfc6902
from manifestgen.patch.rfc6902 import Operation
from manifestgen.yamlio.writer import write
from tests.embedded.documents import FUZZ, documents, json_texts, operations, yaml_texts


def _several(data: st.DataObject, document: Any) -> tuple[list[Operation], Any]:
    """Operations that fit a document one after another, and what they make of it."""
    steps = []
    for _ in range(data.draw(st.integers(2, 6))):
        steps.append(data.draw(operations(document)))
        document = rfc6902.apply(document, steps[-1])
    return steps, document


@FUZZ
@given(st.data())
def test_fuzz_operations_on_a_json_text_read_as_the_patched_document(data: st.DataObject) -> None:
    """Whatever they are, and in whatever layout."""
    document = data.draw(documents)
    text = data.draw(json_texts(document))
    steps, after = _several(data, document)
    assert repr(json_text.parse(json_text.apply_all(text, steps))) == repr(after)


@FUZZ
@given(st.data())
def test_fuzz_operations_on_a_yaml_text_read_as_the_patched_document(data: st.DataObject) -> None:
    """As for JSON."""
    document = data.draw(documents)
    text = data.draw(yaml_texts(document))
    steps, after = _several(data, document)
    assert repr(yaml_text.parse(yaml_text.apply_all(text, steps))) == repr(after)


def _one_by_one(form: str, text: str, steps: Sequence[Operation]) -> str:
    for step in steps:
        text = FORMATS[form].apply(text, step)
    return text


def _random_steps(choose: random.Random, count: int) -> list[Operation]:
    """Operations of an everyday kind on `_document`, many of them on the same collections."""
    steps, value = [], _document()
    for number in range(count):
        at = choose.randrange(len(value["list"]))
        key = choose.choice(list(value["map"]))
        kinds: list[Operation] = [
            Operation("replace", ("map", key), f"other-{number}"),
            Operation("add", ("map", f"new-{number}"), number),
            Operation("add", ("list", "-"), {"name": f"n-{number}", "value": "v"}),
            Operation("add", ("list", str(at)), {"name": f"m-{number}", "value": "w"}),
            Operation("replace", ("list", str(at), "value"), f"v-{number}"),
            Operation("replace", ("inner", "deep", "key"), number),
        ]
        if len(value["map"]) > 4:
            kinds.append(Operation("remove", ("map", key)))
        if len(value["list"]) > 4:
            kinds.append(Operation("remove", ("list", str(at))))
        steps.append(choose.choice(kinds))
        value = rfc6902.apply(value, steps[-1])
    return steps


def _document() -> Any:
    return {
        "map": {f"key-{at}": f"value-{at}" for at in range(12)},
        "list": [{"name": f"item-{at}", "value": "value"} for at in range(12)],
        "inner": {"deep": {"key": 1}},
    }


_TEXTS: dict[str, Callable[[], tuple[str, str]]] = {
    "indented JSON": lambda: ("json", json.dumps(_document(), indent=2)),
    "JSON on one line": lambda: ("json", json.dumps(_document())),
    "dense JSON": lambda: ("json", json.dumps(_document(), separators=(",", ":"))),
    "YAML": lambda: ("yaml", write([_document()])),
    "YAML in brackets": lambda: ("yaml", json.dumps(_document(), indent=2)),
}


@pytest.mark.parametrize("layout", _TEXTS)
@pytest.mark.parametrize("seed", range(25))
def test_together_they_write_what_they_write_one_by_one(layout: str, seed: int) -> None:
    """The very bytes, in texts without comments, where nothing of the layout depends on the order."""
    form, text = _TEXTS[layout]()
    steps = _random_steps(random.Random(seed), 15)
    assert FORMATS[form].apply_all(text, steps) == _one_by_one(form, text, steps)


def test_comments_and_spelling_stay() -> None:
    """What no operation names keeps its bytes, between and beside what they change."""
    text = """\
# first
level: info   # or debug
nodes:   # by name
- {name: "one", port: 0x10}
# about two
- name: two   # the second
  port: 80
- name: 'three'
limits:
  cpu: '1'

  memory: 1Gi   # enough
"""
    steps = [
        Operation("replace", ("level",), "debug"),
        Operation("add", ("nodes", "0", "zone"), "a"),
        Operation("replace", ("nodes", "1", "port"), 81),
        Operation("remove", ("limits", "cpu")),
        Operation("add", ("nodes", "-"), {"name": "four"}),
        Operation("add", ("limits", "disk"), "2Gi"),
    ]
    assert (
        yaml_text.apply_all(text.replace("0x10", "16"), steps)
        == """\
# first
level: debug   # or debug
nodes:   # by name
- {name: "one", port: 16, zone: a}
# about two
- name: two   # the second
  port: 81
- name: 'three'
- name: four
limits:

  memory: 1Gi   # enough
  disk: 2Gi
"""
    )


def test_a_template_takes_several_operations_at_once() -> None:
    """Keys and items on different lines, with actions between them."""
    text = """\
spec:
  first: "{{ .One }}"
{{- if .Two }}
  second: 2
{{- end }}
  third: 3
  list:
  - name: a
  - name: b
"""
    steps = [
        Operation("replace", ("spec", "first"), "one"),
        Operation("replace", ("spec", "third"), "three"),
        Operation("add", ("spec", "list", "-"), {"name": "c"}),
        Operation("remove", ("spec", "list", "0")),
        Operation("add", ("spec", "list", "-"), {"name": "d"}),
    ]
    expected = """\
spec:
  first: one
{{- if .Two }}
  second: 2
{{- end }}
  third: three
  list:
  - name: b
  - name: c
  - name: d
"""
    assert FORMATS["gotemplate"].apply_all(text, steps) == expected
    assert _one_by_one("gotemplate", text, steps) == expected


def test_the_operation_that_cannot_be_written_is_the_one_that_fails() -> None:
    """Others before it do not hide it."""
    text = "a: 1\nspec:\n  x: {{ .X }}\n  y: {{ .Y }}\n"
    steps = [Operation("replace", ("a",), 2), Operation("move", ("spec", "z"), None, ("spec", "x"))]
    with pytest.raises(CannotEdit):
        FORMATS["gotemplate"].apply_all(text, steps)


def test_lines_of_a_nested_document_keep_their_spelling_between_edits() -> None:
    """Escapes in a document in a string in JSON, above, between and below what several operations change."""
    lines = [f"key-{at}: {at}   # caf\\u00e9 {at}\\n" for at in range(6)]
    text = '{"extra": "' + "".join(lines) + '"}'
    extra = json_text.parse(text)["extra"]
    inner = yaml_text.apply_all(extra, [Operation("replace", (f"key-{at}",), "x") for at in (0, 3, 4)])
    new = json_text.apply_all(text, [Operation("replace", ("extra",), inner)])
    for at in (0, 3, 4):
        lines[at] = lines[at].replace(f": {at} ", ": x ")
    assert new == '{"extra": "' + "".join(lines) + '"}'
