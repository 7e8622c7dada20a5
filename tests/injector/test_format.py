"""A patch reaches into a template by structure, as it reaches into any other document in a string."""

from collections.abc import Callable
from typing import Any

import pytest

from manifestgen.embedded.gotemplate.format import apply, parse
from manifestgen.embedded.gotemplate.lookup import PlaceNotFound
from manifestgen.embedded.text_edits import CannotEdit
from manifestgen.patch.lower import lower
from manifestgen.patch.operation import PatchOperation
from manifestgen.patch.rfc6902 import Operation
from manifestgen.yamlio.locations import SourceFile, SourceRef

TEMPLATE = """\
spec:
  containers:
  - name: istio-proxy
    image: "{{ .ProxyImage }}"
    {{- if .probe }}
    probe: 1
    {{- else }}
    probe: 2
    {{- end }}
    env:
    - name: A
      value: a
    {{- range $k, $v := .Env }}
    - name: {{ $k }}
    {{- end }}
  volumes:
  - name: istio-envoy
    emptyDir: {}
"""

CASES: dict[str, tuple[tuple[Any, ...], Callable[[str], str]]] = {
    "an item last": (
        ("add", "/spec/volumes/-", {"name": "new", "emptyDir": {}}),
        lambda text: text + "  - name: new\n    emptyDir: {}\n",
    ),
    "an item first": (
        ("add", "/spec/containers/0/env/0", {"name": "B"}),
        lambda text: text.replace("    env:\n", "    env:\n    - name: B\n"),
    ),
    "an item between": (
        ("add", "/spec/containers/0/env/1", {"name": "B", "value": "b: c"}),
        lambda text: text.replace("      value: a\n", '      value: a\n    - name: B\n      value: "b: c"\n'),
    ),
    "a value of a key": (
        ("replace", "/spec/containers/0/image", "mine:1"),
        lambda text: text.replace('image: "{{ .ProxyImage }}"', "image: mine:1"),
    ),
    "an item away": (
        ("remove", "/spec/volumes/0", None),
        lambda text: text.replace("  - name: istio-envoy\n    emptyDir: {}\n", ""),
    ),
}


@pytest.mark.parametrize("name", [name for name in CASES if name != "an item away"])
def test_an_operation_changes_its_lines_only(name: str) -> None:
    """The rest of the template keeps its bytes."""
    (op, path, value), expected = CASES[name]
    step = Operation(op, tuple(path.split("/")[1:]), value)
    assert apply(TEMPLATE, step).replace("'b: c'", '"b: c"') == expected(TEMPLATE)


def test_what_is_removed_leaves_its_list() -> None:
    """One of two items goes."""
    two = TEMPLATE + "  - name: other\n"
    (op, path, value), expected = CASES["an item away"]
    assert apply(two, Operation(op, tuple(path.split("/")[1:]), value)) == expected(two)


def test_places_are_named_as_in_any_patch() -> None:
    """`[name=x]` and insertion behind an item are lowered on what the template reads as."""
    path = ("spec", "containers", "[name=istio-proxy]", "env", "-")
    step = PatchOperation("add", path, {"name": "B"}, (), "", False, None, SourceRef(SourceFile("patch", str)))
    lowered = lower(parse(TEMPLATE), step)[-1].operation
    assert lowered.path == ("spec", "containers", "0", "env", "-")
    assert "      value: a\n" in apply(TEMPLATE, lowered)


@pytest.mark.parametrize(
    ("op", "path", "error"),
    [
        ("replace", "/spec/containers/0/probe", PlaceNotFound),
        ("add", "/spec/containers/0/new", CannotEdit),
        ("move", "/spec/volumes/0", CannotEdit),
        ("add", "/spec/nothing/-", PlaceNotFound),
    ],
)
def test_what_cannot_be_done_safely_is_refused(op: str, path: str, error: type[Exception]) -> None:
    """A key of several branches, a new key, and moves."""
    with pytest.raises(error):
        apply(TEMPLATE, Operation(op, tuple(path.split("/")[1:]), "x", ("spec", "volumes", "0")))
