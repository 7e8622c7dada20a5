"""What plain words are read as."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from manifestgen.yamlio import errors
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.writer import style
from tests.yamlio.tables import same, table

CASES = table("scalars")
READ = [case for case in CASES if "reads" in case]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["word"] or "nothing")
def test_a_plain_word_is_read_as_kubernetes_reads_it_or_refused(case: dict[str, Any]) -> None:
    """Each word of the table is read as the value it says, or refused at its place by the error it says."""
    text = f"key: {case['word']}\n"
    if "reads" in case:
        assert same(read(text), [{"key": case["reads"]}])
    else:
        with pytest.raises(getattr(errors, case["refused"])) as caught:
            read(text, "file.yaml")
        assert str(caught.value).startswith("file.yaml:1:6: ")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["word"] or "nothing")
def test_a_plain_key_is_a_string_or_refused(case: dict[str, Any]) -> None:
    """A key is read only where its word is a string; all others are refused."""
    text = f"{case['word'] or '~'}: value\n"
    if isinstance(case.get("reads"), str) and case["word"] != "<<":
        assert read(text) == [{case["word"]: "value"}]
    else:
        with pytest.raises(errors.YamlError) as caught:
            read(text, "file.yaml")
        assert str(caught.value).startswith("file.yaml:1:1: ")


@pytest.mark.parametrize("reader", ["pyyaml", "ruamel"])
@pytest.mark.parametrize("case", READ, ids=lambda case: case["word"] or "nothing")
def test_other_readers_agree_but_for_what_the_table_says(case: dict[str, Any], reader: str) -> None:
    """PyYAML and ruamel.yaml read each word alike, and differ just where, and as, the table says."""
    text = f"key: {case['word']}\n"
    try:
        value = (yaml.safe_load(text) if reader == "pyyaml" else YAML().load(text))["key"]
    except Exception:  # noqa: BLE001 - any way of failing is the same here
        value = "error"
    if type(value).__name__ == "TaggedScalar":
        value = "a TaggedScalar"
    expected = case.get(reader, case["reads"])
    assert value == expected
    assert isinstance(value, bool) == isinstance(expected, bool)
    assert not isinstance(value, datetime.date)


@given(st.text(st.sampled_from("0123456789+-_.:eExXoObBaAfFnNiITZ "), min_size=1, max_size=12))
def test_what_is_written_plain_is_read_as_the_string_it_is(text: str) -> None:
    """The writer leaves no word unquoted that the reader takes for anything but a string."""
    if style(text) == "":
        assert read(f"key: {text}\n") == [{"key": text}]
