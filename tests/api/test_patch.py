"""`manifestgen.apply_patch`: RFC 6902 to the letter, by its public suite and what the suite leaves out."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import manifestgen
from tests.support.shared import shared

SUITES = ("suites/json-patch/tests.json", "suites/json-patch/spec_tests.json")


@pytest.mark.parametrize("suite", SUITES)
def test_the_public_suite_passes_whole(suite: str) -> None:
    """Every case that is not disabled: the right document, or an error."""
    tried = 0
    for case in json.loads(shared(suite).read_text()):
        if case.get("disabled") or "patch" not in case:
            continue
        document = copy.deepcopy(case["doc"])
        try:
            found = manifestgen.apply_patch(document, case["patch"])
        except manifestgen.ManifestgenError:
            assert "error" in case, case.get("comment", case)
        else:
            assert "error" not in case, case.get("comment", case)
            if "expected" in case:
                assert found == case["expected"], case.get("comment", case)
        assert document == case["doc"]
        tried += 1
    assert tried > 10


CASES: list[tuple[str, Any, Any, Any]] = [
    ("no operation", {"a": 1}, [], {"a": 1}),
    (
        "members that the RFC does not define are ignored",
        {},
        [{"op": "add", "path": "/a", "value": 1, "if": 2}],
        {"a": 1},
    ),
    ("a named list item is a member like any other", {"[a=b]": 1}, [{"op": "remove", "path": "/[a=b]"}], {}),
    ("null is a value", {"a": 1}, [{"op": "replace", "path": "/a", "value": None}], {"a": None}),
    ("the whole document", {"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
    ("the whole document cannot be removed", {"a": 1}, [{"op": "remove", "path": ""}], None),
    ("a missing parent is not made", {}, [{"op": "add", "path": "/a/b", "value": 1}], None),
    ("a list item is not found by name", {"a": [{"name": "x"}]}, [{"op": "remove", "path": "/a/[name=x]"}], None),
    ("1 is not true", {"a": 1}, [{"op": "test", "path": "/a", "value": True}], None),
    ("a value cannot move into itself", {"a": {"b": 1}}, [{"op": "move", "from": "/a", "path": "/a/b"}], None),
    ("what is no operation", {}, ["add"], None),
    ("an op that the RFC does not know", {}, [{"op": "merge", "path": "/a", "value": 1}], None),
]


@pytest.mark.parametrize(("what", "document", "operations", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_it_gives(what: str, document: Any, operations: Any, expected: Any) -> None:
    """The patched document; None stands for an error."""
    del what
    if expected is None:
        with pytest.raises(manifestgen.ManifestgenError):
            manifestgen.apply_patch(document, operations)
    else:
        assert manifestgen.apply_patch(document, operations) == expected


def test_all_or_nothing_and_nothing_shared() -> None:
    """An operation that fails leaves the document alone; the result shares no part with document or operations."""
    document, value = {"a": {"b": [1]}}, {"c": [2]}
    with pytest.raises(manifestgen.OperationFailed):
        manifestgen.apply_patch(document, [{"op": "remove", "path": "/a"}, {"op": "remove", "path": "/x"}])
    assert document == {"a": {"b": [1]}}
    found = manifestgen.apply_patch(document, [{"op": "add", "path": "/d", "value": value}])
    found["a"]["b"].append(3)
    found["d"]["c"].append(3)
    assert (document, value) == ({"a": {"b": [1]}}, {"c": [2]})
