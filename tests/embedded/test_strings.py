from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from manifestgen.embedded import FORMATS, json_text, yaml_text
from manifestgen.embedded.text_edits import MalformedText, NotRepresentable
from manifestgen.errors import ManifestgenError
from manifestgen.model.identity import identify
from manifestgen.patch.apply import apply_patches
from manifestgen.patch.expect import Expect
from manifestgen.patch.model import Embedded, Patch
from manifestgen.patch.operation import read_operation
from manifestgen.patch.resource import Resource
from manifestgen.patch.rfc6902 import Operation
from manifestgen.patch.select import Selector
from manifestgen.yamlio.locations import SourceFile, SourceRef
from tests.support.program import unmeasured

DEEP = """\
# read by the daemon
level: info   # or debug
nodes:
- {name: "one", settings: '{"mtu": __MTU__, "extra": "# kept\\nlimits:\\n  cpu: 1   # \\u00e9\\n"}'}
- name: two
  settings: |
    { "mtu": 1400 }
"""


def patched(text: str, inside: list[tuple[str, str]], *operations: dict[str, Any], kind: str = "ConfigMap") -> str:
    """The string `data.file` of an object after a patch inside it.

    Args:
        text: the string.
        inside: path and format of each embedded document, outermost first, after `data.file` itself.
        operations: as a profile writes them.
        kind: of the object.
    """
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "nodes"}, "data": {"file": text}}
    resource = Resource(identify(body), body, "config", body, identify(body), "base")
    anchor = SourceRef(SourceFile("site.yaml", str))
    documents = tuple(Embedded(tuple(path.split("/")[1:]), form) for path, form in inside)
    steps = tuple(read_operation(operation, anchor) for operation in operations)
    patch = Patch(Selector(kind=kind), Expect(), documents, steps, anchor)
    (after,) = apply_patches([resource], [patch], layer="overlay site", formats=FORMATS)
    assert body["data"] == {"file": text}
    return str(after.body["data"]["file"])


def test_yaml_in_json_in_yaml_is_edited_at_every_depth() -> None:
    """Three documents deep, only what the operations name changes: comments, quotes, escapes and placeholders stay."""
    inside = [("/data/file", "yaml"), ("/nodes/[name=one]/settings", "json"), ("/extra", "yaml")]
    text = patched(
        DEEP,
        inside,
        {"op": "replace", "path": "/limits/cpu", "value": 2},
        {"op": "add", "path": "/limits/memory", "value": "1Gi"},
    )
    assert text == DEEP.replace("cpu: 1   # \\u00e9\\n", "cpu: 2   # \\u00e9\\n  memory: 1Gi\\n")


def test_json_in_a_block_of_yaml_is_edited_in_its_lines() -> None:
    """A block of text in the outer document stays one."""
    inside = [("/data/file", "yaml"), ("/nodes/1/settings", "json")]
    text = patched(DEEP, inside, {"op": "add", "path": "/level", "value": "debug"})
    assert text == DEEP.replace('{ "mtu": 1400 }', '{ "mtu": 1400, "level": "debug" }')


def test_items_are_named_inside_as_outside() -> None:
    """Segments in brackets, insertion beside an item and missing parents work in an embedded document."""
    text = patched(
        '{"plugins": [{"type": "calico", "mtu": __CNI_MTU__}, {"type": "portmap"}]}',
        [("/data/file", "json")],
        {"op": "add", "path": "/plugins/[type=calico]", "insert": "after", "value": {"type": "tuning"}},
        {"op": "add", "path": "/plugins/[type=portmap]/capabilities/portMappings", "create": True, "value": True},
        {"op": "add", "path": "/plugins/[type=calico]/mtu", "insert": "before", "value": {"log_level": "info"}},
    )
    assert text == (
        '{"plugins": [{"type": "calico", "log_level": "info", "mtu": __CNI_MTU__}, {"type": "tuning"}, '
        '{"type": "portmap", "capabilities": {"portMappings": true}}]}'
    )


def test_a_malformed_string_is_told_with_both_places() -> None:
    """The error names the operation's place and target, and the line and column inside the string."""
    with pytest.raises(ManifestgenError) as raised:
        patched('{"mtu": 1,\n "mtu": 2}', [("/data/file", "json")], {"op": "remove", "path": "/mtu"})
    assert str(raised.value).startswith("site.yaml: operation 1 (remove /mtu) on v1/ConfigMap nodes: line 2, column 2")


def test_a_malformed_string_of_a_secret_is_not_shown() -> None:
    """Nothing of a Secret's text gets into a message."""
    with pytest.raises(ManifestgenError) as raised:
        patched("{hunter2: 1}", [("/data/file", "json")], {"op": "remove", "path": "/mtu"}, kind="Secret")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_what_is_nested_too_deep_is_refused(form: str) -> None:
    """64 collections inside one another are read, 65 and a million are not."""
    FORMATS[form].parse("[" * 64 + "]" * 64)
    for depth in (65, 1_000_000):
        with pytest.raises(MalformedText, match=r"line 1, column 65 .* nested deeper than 64 levels"):
            FORMATS[form].parse("[" * depth)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        *(("json", value) for value in (float("nan"), {"a": [float("inf")]}, "\ud800")),
        *(("yaml", value) for value in (float("nan"), {"a": [float("inf")]}, "\ud800", 2**63)),
    ],
)
def test_a_value_that_a_format_cannot_hold_is_refused(form: str, value: Any) -> None:
    """It is named as such; the text is not blamed."""
    with pytest.raises(NotRepresentable, match=f"the value cannot be written as {form.upper()}: "):
        FORMATS[form].apply('{"a": 1}', Operation("add", ("b",), value))


def test_a_byte_order_mark_stays() -> None:
    """A YAML text that starts with one is edited behind it."""
    assert yaml_text.apply("\ufeffa: 1\n", Operation("replace", ("a",), 2)) == "\ufeffa: 2\n"


def test_long_numbers_do_not_stall() -> None:
    """A number is refused by its length before it is computed."""
    with pytest.raises(MalformedText, match="a number of 1000000 characters"):
        json_text.parse("1" * 1_000_000)


def test_the_formats_are_loaded_when_a_string_is_looked_into() -> None:
    """A render that patches no string does not pay for what edits them."""
    code = (
        "import sys; from manifestgen.embedded import FORMATS\n"
        "print([name for name in ('json_text', 'yaml_text') if f'manifestgen.embedded.{name}' in sys.modules])\n"
        "print(FORMATS['json'].parse('[1]'), 'ruamel.yaml' in sys.modules, 'json' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())
    assert done.stdout == "[]\n[1] False False\n"
