"""The public JSON Patch suite (json-patch/json-patch-tests), unedited, and python-jsonpatch as a second opinion."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.patch import rfc6902
from tests.support.fuzz import examples
from tests.support.shared import shared

FOLDER = shared("suites/json-patch")


def suite() -> list[Any]:
    """The enabled cases of both files, named for their file and number."""
    return [
        pytest.param(case, id=f"{name}-{number}")
        for name in ("tests", "spec_tests")
        for number, case in enumerate(json.loads((FOLDER / f"{name}.json").read_text()))
        if "patch" in case and not case.get("disabled")
    ]


def test_the_suite_is_whole() -> None:
    """All 108 cases that are enabled run."""
    assert len(suite()) == 108


@pytest.mark.parametrize("case", suite())
def test_suite_case(case: dict[str, Any]) -> None:
    """The result is the suite's, or the patch fails where the suite says so; the document is never changed."""
    before = copy.deepcopy(case["doc"])
    if "error" in case:
        with pytest.raises(ManifestgenError):
            rfc6902.patch(case["doc"], case["patch"])
    else:
        result = rfc6902.patch(case["doc"], case["patch"])
        assert rfc6902.same(result, case.get("expected", result))
    assert json.dumps(case["doc"]) == json.dumps(before)


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b/c", "~"])
KEYS = st.sampled_from(["a", "b", "", "0", "-", "x/y", "m~n"])
DOCUMENTS = st.recursive(SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3))


@st.composite
def operations(draw: st.DrawFn, document: Any) -> dict[str, Any]:
    """An operation that mostly fits the document."""
    places = [*_places(document, ())]
    path = draw(st.sampled_from(places))
    if draw(st.booleans()):
        path = (*path, draw(KEYS | st.sampled_from(["1", "2", "01"])))
    op = draw(st.sampled_from(rfc6902.OPERATIONS))
    step: dict[str, Any] = {"op": op, "path": pointer.to_text(path)}
    if op in {"move", "copy"}:
        step["from"] = pointer.to_text(draw(st.sampled_from(places)))
    if op in {"add", "replace", "test"}:
        step["value"] = draw(DOCUMENTS)
    return step


def _places(value: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in below for place in _places(item, (*path, str(key))))]


@examples(400, 20_000)
@given(st.data())
def test_same_result_as_jsonpatch(data: st.DataObject) -> None:
    """For any document and operation, python-jsonpatch gives the same result, or fails too."""
    document = data.draw(DOCUMENTS.filter(lambda value: isinstance(value, (dict, list))))
    step = data.draw(operations(document))
    if not step["path"] or step.get("from") == "":
        return  # jsonpatch treats the whole document as a special case of its own
    try:
        expected = jsonpatch.apply_patch(document, [step])
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        with pytest.raises(ManifestgenError):
            rfc6902.patch(document, [step])
    else:
        assert rfc6902.same(rfc6902.patch(document, [step]), expected)


@examples(200, 5_000)
@given(st.data())
def test_nothing_outside_the_target_changes(data: st.DataObject) -> None:
    """After a replacement every place that is neither at, above nor below the target holds what it held."""
    document = data.draw(DOCUMENTS.filter(bool))
    path = data.draw(st.sampled_from(_places(document, ())))
    result = rfc6902.apply(document, rfc6902.Operation("replace", path, data.draw(SCALARS)))
    for place in _places(document, ()):
        if place != path[: len(place)] and path != place[: len(path)]:
            assert pointer.lookup(result, place) is pointer.lookup(document, place)
