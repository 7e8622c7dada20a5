"""What is said of a difference, word for word: `tests/cases/difference/differences.yaml`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manifestgen.difference.diff import SecretInPatch
from manifestgen.difference.redaction import WITHHELD
from manifestgen.errors import visible
from tests.difference.data import cases, difference

DIFFERENCES = cases("differences.yaml")
SECRETS = [case for case in DIFFERENCES if "secret" in case]


def named(found: list[dict[str, Any]]) -> pytest.MarkDecorator:
    """One parameter a case."""
    return pytest.mark.parametrize("case", found, ids=[case["name"] for case in found])


@named(DIFFERENCES)
def test_a_difference_reads_as_the_table_says(case: dict[str, Any]) -> None:
    """Text and unified format are the table's, and so is the patch where one may be shown."""
    found = difference(case["left"], case["right"])
    assert found.to_text() == case["text"]
    assert found.to_unified() == case["unified"]
    if "patch" in case:
        assert found.to_json_patch() == case["patch"]
    assert bool(found) == bool(case["text"]) == (not json.loads(found.to_json())["equal"])


@named(DIFFERENCES)
def test_every_format_names_every_field_that_differs(case: dict[str, Any]) -> None:
    """What the JSON lists is in the text and on the page too: no format says less."""
    found = difference(case["left"], case["right"])
    page = found.to_html()
    for one in json.loads(found.to_json())["objects"]:
        assert visible(one["id"]) in found.to_text()
        assert one["id"] in page
        for field in one["fields"]:
            path = " ▸ ".join([*field.get("inside", []), field["path"]])
            assert visible(path) in found.to_text()
            assert visible(path) in page


@named(DIFFERENCES)
def test_color_adds_nothing_but_color(case: dict[str, Any]) -> None:
    """Without its escape codes the colored text is the plain one."""
    found = difference(case["left"], case["right"])
    colored = found.to_text(color=True)
    for code in ("0", "1", "2", "31", "32", "33", "36"):
        colored = colored.replace(f"\033[{code}m", "")
    assert colored == found.to_text()


@named(SECRETS)
def test_no_format_shows_a_value_of_a_secret(case: dict[str, Any]) -> None:
    """Not what was, not what is, not what came or went; that it differs is said everywhere."""
    found = difference(case["left"], case["right"])
    formats = [found.to_text(), found.to_unified(), found.to_json(), found.to_html()]
    formats += [str(found), repr(found), repr(found.objects), repr([one.changes for one in found])]
    for text in formats:
        assert not [value for value in case["secret"] if value in text]
    assert all(WITHHELD in text for text in formats[:4])


@named(SECRETS)
def test_a_json_patch_that_would_show_a_secret_is_refused(case: dict[str, Any]) -> None:
    """It names the Secrets; a program that means it gets the whole patch."""
    found = difference(case["left"], case["right"])
    with pytest.raises(SecretInPatch) as caught:
        found.to_json_patch()
    assert str(caught.value).splitlines()[1] == "  found: v1/Secret certs"
    assert not [value for value in case["secret"] if value in str(caught.value)]
    assert "dHdvIHNlY3JldHM=" in json.dumps(found.to_json_patch(secrets=True))


def test_a_json_patch_may_take_a_secret_away() -> None:
    """To remove one, or one of its entries, no value is needed."""
    head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
    found = difference(f"{head}data: {{key: b25l, other: dHdv}}\n", f"{head}data: {{other: dHdv}}\n")
    assert found.to_json_patch() == [{"op": "remove", "path": "/items/0/data/key"}]
    assert difference(head, "").to_json_patch() == [{"op": "remove", "path": "/items/0"}]
