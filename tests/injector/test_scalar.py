"""Strings of YAML and JSON edited by whole lines where they stand."""

import json

import pytest
import yaml

from manifestgen.embedded.line_edits import LineEdit, splice
from manifestgen.embedded.string_scalar import scalar_at
from manifestgen.yamlio.reader import locate, read

VALUE = 'a: 1\nb:  x \n- c\n  "q\\" é\n  last'
BLOCK = "data:\n  config: |-\n" + "".join(f"    {line}\n" for line in VALUE.split("\n")) + "  other: 1\n"

FORMS = {
    "a block": BLOCK,
    "a block with line ends of Windows": BLOCK.replace("\n", "\r\n"),
    "a block at the end of a file without line end": BLOCK.removesuffix("\n  other: 1\n"),
    "a block with its indentation given": "data:\n  config: |2-\n      deeper\n    b\n  other: 1\n",
    "a block with blank lines around": "data:\n  config: |\n\n    a\n\n    b\n\n\n  # comment\n  other: 1\n",
    "a block that keeps its end": "data:\n  config: |+\n    a\n    b\n\n  other: 1\n",
    "JSON": json.dumps({"data": {"config": VALUE, "other": 1}}, indent=2),
    "JSON on one line with a line end last": json.dumps({"data": {"config": VALUE + "\n"}}),
    "JSON without spaces": json.dumps({"data": {"config": VALUE}}, separators=(",", ":")),
    "double quotes over several lines": yaml.safe_dump({"data": {"config": VALUE + " \n", "other": 1}}, width=12),
}
EDITS = {
    "at the start": [LineEdit(0, 0, ("new", '  "two"'))],
    "in the middle": [LineEdit(1, 1, ("new", "", "  two"))],
    "at the end": [LineEdit(2, 2, ("  new", "two"))],
    "one line replaced": [LineEdit(1, 2, ("z\\",))],
    "the first line gone": [LineEdit(0, 1)],
    "several": [LineEdit(0, 1), LineEdit(1, 1, ("x",)), LineEdit(1, 1, ("y",)), LineEdit(2, 2, ("z",))],
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("form", FORMS)
def test_an_edited_string_reads_as_its_edited_text(form: str, edit: str) -> None:
    """And nothing around it changes; undone, the bytes are those of the start."""
    text = FORMS[form]
    value = read(text)[0]["data"]["config"]
    position = locate(text)[0]["data", "config"]
    found = scalar_at(text, *position, value)
    assert found is not None
    assert not found.rewritten
    edited = splice(text, found.edit(text, EDITS[edit]))
    documents = read(edited)
    assert documents[0]["data"].pop("config") == splice(value, EDITS[edit])
    assert documents[0]["data"] == {key: item for key, item in read(text)[0]["data"].items() if key != "config"}


@pytest.mark.parametrize("form", FORMS)
def test_inserted_lines_can_be_taken_out_again(form: str) -> None:
    """The last line of a string as well as any other."""
    text = FORMS[form]
    value = read(text)[0]["data"]["config"]
    count = value.count("\n") + (not value.endswith("\n"))
    for at in range(count + 1):
        found = scalar_at(text, *locate(text)[0]["data", "config"], value)
        assert found is not None
        edited = splice(text, found.edit(text, [LineEdit(at, at, ("new", "lines"))]))
        again = scalar_at(edited, *locate(edited)[0]["data", "config"], read(edited)[0]["data"]["config"])
        assert again is not None
        assert splice(edited, again.edit(edited, [LineEdit(at, at + 1), LineEdit(at + 1, at + 2)])) == text


@pytest.mark.parametrize("text", ["data:\n  config: plain\n", "data:\n  config: &a |\n    b\n"])
def test_a_form_that_has_no_lines_is_not_found(text: str) -> None:
    """The caller says that it cannot be edited."""
    assert scalar_at(text, 2, 3, "b\n") is None
