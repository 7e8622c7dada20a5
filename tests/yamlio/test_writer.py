"""How values are written, and that every reader reads the same values back."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from ruamel.yaml import YAML

from manifestgen.errors import Failures, ManifestgenError
from manifestgen.yamlio.errors import Unwritable
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.writer import style, write, write_document
from tests.support.fuzz import examples
from tests.yamlio.tables import same, table
from tests.yamlio.texts import documents, texts

CASES = table("written")
LAYOUTS = table("layouts")


def writable(key: str) -> bool:
    """Whether a key is one that kustomize reads, and so one that is written."""
    return key != "<<" and not any("\x7f" <= character <= "\x9f" or character in "\ufffe\uffff" for character in key)


def by_pyyaml(text: str) -> Any:
    """What PyYAML reads."""
    return yaml.safe_load(text)


def by_pyyaml_in_c(text: str) -> Any:
    """What PyYAML reads with libyaml."""
    return yaml.load(text, yaml.CSafeLoader)


def by_ruamel(text: str) -> Any:
    """What ruamel.yaml reads, as plain values."""
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_a_string_is_written_as_the_table_says(case: dict[str, Any]) -> None:
    """Each string of the table is written as it says, and comes back."""
    assert write_document({"k": case["text"]}) == case["yaml"]
    assert read(case["yaml"]) == [{"k": case["text"]}]


@pytest.mark.parametrize(
    "case", [case for case in CASES if writable(case["text"])], ids=lambda case: repr(case["text"])
)
def test_a_key_is_written_like_a_value_but_on_one_line(case: dict[str, Any]) -> None:
    """A key has a value's form, except that it is never a block."""
    written = write_document({case["text"]: 0})
    form = case["yaml"].removeprefix("k: ").removesuffix("\n")
    assert written == f"{form}: 0\n" if style(case["text"]) != "|" else written.startswith('"')
    assert written.count("\n") == 1
    assert read(written) == [{case["text"]: 0}]


@pytest.mark.parametrize("case", LAYOUTS, ids=lambda case: case["name"])
def test_documents_are_laid_out_as_the_table_says(case: dict[str, Any]) -> None:
    """Mappings indent by two, lists stand under their key, nothing is sorted, folded or shared."""
    assert write(case["documents"]) == case["yaml"]
    assert read(case["yaml"]) == case["documents"]


@pytest.mark.parametrize("reader", [by_pyyaml, by_pyyaml_in_c, by_ruamel])
@given(text=texts)
@examples(150, 5_000)
def test_fuzz_every_string_comes_back_from_other_readers(reader: Any, text: str) -> None:
    """PyYAML and ruamel.yaml read every string back, as a value, in a list, and as a key."""
    written = write_document({"k": text, "l": [text]})
    assert reader(written) == {"k": text, "l": [text]}
    if writable(text):
        assert reader(write_document({text: None})) == {text: None}


@given(body=documents(texts.filter(writable)))
@examples(150, 5_000)
def test_fuzz_what_is_written_is_read_back(body: Any) -> None:
    """Every value that can be written is read back with equal types and order, and written the same again."""
    written = write([body, body])
    assert same(read(written), [body, body])
    assert write(read(written)) == written


def test_long_keys_are_written_so_that_go_yaml_takes_them() -> None:
    """A key of more than 512 bytes is written with a question mark: as an implicit key go-yaml refuses long ones."""
    body = {"k" * 512: 1, "k" * 513: {"é" * 257: [{"x" * 600: "a\nb"}]}}
    written = write_document(body)
    assert written.count("? ") == 3
    for reader in (by_pyyaml, by_pyyaml_in_c, by_ruamel, lambda text: read(text)[0]):
        assert reader(written) == body


@pytest.mark.parametrize("number", [0.1, 1e16, -1e16, 1.5e300, 5e-324, 1e-7, 123456789012345680.0, -0.0, 1.0])
def test_a_float_is_a_float_to_every_reader(number: float) -> None:
    """A float has a point and a sign in its exponent, without which PyYAML reads a string."""
    for reader in (by_pyyaml, by_ruamel, lambda text: read(text)[0]):
        value = reader(write_document({"k": number}))["k"]
        assert isinstance(value, float)
        assert value == number
        assert math.copysign(1, value) == math.copysign(1, number)


class Text(str):
    """A subclass; what it does when written is not known."""


NOT_JSON = {
    "tuple": (1,),
    "bytes": b"x",
    "set": {1},
    "nan": math.nan,
    "inf": -math.inf,
    "large": 2**63,
    "small": -(2**63) - 1,
    "surrogate": "a\ud800",
    "subclass": Text("a"),
    "key": {1: 2},
    "keys": {None: 1, "<<": 2, "a\x85": 3, "\ud800": 4},
}


@pytest.mark.parametrize("case", table("unwritable"), ids=lambda case: case["name"])
def test_what_json_has_not_is_refused_with_its_pointer(case: dict[str, Any]) -> None:
    """Values outside JSON's model are refused, all that a document holds together."""
    body = {"metadata": {"a/b": [0, NOT_JSON[case["name"]]]}, "fine": "a"}
    with pytest.raises((Unwritable, Failures)) as caught:
        write([{"first": 1}, body])
    assert f"{caught.value}\n" == case["error"]


def test_a_refusal_is_a_type_error_with_a_pointer() -> None:
    """Python code may catch the refusal as TypeError; it tells the pointer."""
    with pytest.raises(TypeError) as caught:
        write_document({"a": [object]})
    assert isinstance(caught.value, Unwritable)
    assert caught.value.pointer == "/a/0"


def test_what_contains_itself_is_refused() -> None:
    """A list within itself has no end, and is refused as nested too deep."""
    body: list[Any] = []
    body.extend([body, body])
    with pytest.raises(ManifestgenError, match="deeper than 64 levels"):
        write_document(body)


def test_the_deepest_that_is_written_is_the_deepest_that_is_read() -> None:
    """64 levels are written and read; 65 are neither."""
    body: Any = "leaf"
    for _ in range(64):
        body = {"k": body}
    assert read(write_document(body)) == [body]
    with pytest.raises(Unwritable):
        write_document([body])


def test_values_are_not_changed_nor_shared() -> None:
    """One value in two places is written twice, and stays as it was."""
    shared = {"a": ["x"]}
    assert write_document({"one": shared, "two": shared}) == "one:\n  a:\n  - x\ntwo:\n  a:\n  - x\n"
    assert shared == {"a": ["x"]}
