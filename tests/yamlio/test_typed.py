"""Typed reading: what is read, and the one error of each kind of mistake with its place."""

from __future__ import annotations

from typing import Any

import pytest

from manifestgen.errors import ManifestgenError
from manifestgen.yamlio import typed
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

FORMAT = typed.mapping(
    "a release",
    required={"version": typed.version, "summary": typed.string},
    optional={
        "tested": typed.version_range,
        "images": typed.list_of(typed.mapping("an image", required={"name": typed.string})),
        "labels": typed.mapping_of(typed.any_string),
        "format": typed.choice("json", "yaml"),
        "refuse": typed.boolean,
        "count": typed.integer,
        "paths": typed.one_or_list_of(typed.string),
    },
)
SOUND = 'version: "3.10"\nsummary: s\n'


def read_format(text: str) -> Any:
    """What the format above makes of a file."""
    ref = SourceRef(SourceFile("f.yaml", lambda: text))
    return FORMAT(typed.one_document(read(text, "f.yaml"), ref, "a release file"), ref)


def test_values() -> None:
    """Every type comes back as what it means."""
    found = read_format(
        'version: v3.10\nsummary: s\ntested: ">=1.2,<2.0"\nimages: [{name: a}, {name: b}]\nlabels: {v: "", w: x}\n'
        "format: json\nrefuse: true\ncount: 0\npaths: /a\n"
    )
    assert (str(found["version"]), found["summary"], found["format"]) == ("3.10", "s", "json")
    assert [(bound.operator, str(bound.version)) for bound in found["tested"]] == [(">=", "1.2"), ("<", "2.0")]
    assert found["images"] == ({"name": "a"}, {"name": "b"})
    assert found["labels"] == {"v": "", "w": "x"}
    assert (found["refuse"], found["count"], found["paths"]) == (True, 0, ("/a",))


MISTAKES = [
    (
        "",
        "f.yaml: a release file must hold one document\n"
        "  found: nothing: the file is empty\n  next: write the document",
    ),
    (
        f"{SOUND}---\n{SOUND}",
        "f.yaml: a release file must hold one document\n  found: 2 documents\n  next: split it into files",
    ),
    ("[]", "f.yaml:1:1: the document must be a mapping\n  found: []"),
    ("summary: s", "f.yaml:1:1: a release must have the member version\n  next: add version"),
    (
        'version: "3.10"\nsumary: s',
        'f.yaml:2:1: a release has no member "sumary"\n  nearest: summary\n  next: correct the name or remove it',
    ),
    (
        "version: 3.10\nsummary: s",
        "f.yaml:1:1: version must be a string: without quotes, YAML reads 3.10 as 3.1\n  found: 3.1\n  next: quote it",
    ),
    (
        'version: "3"\nsummary: s',
        "f.yaml:1:1: '3' is not a version\n  next: write v3.9, 3.9 or 3.9.6",
    ),
    (
        f'{SOUND}tested: "1.1 to 1.2"',
        "f.yaml:3:1: '1.1 to 1.2' is not a version range\n  next: write bounds joined by commas, such as >=3.4,<3.8; "
        "a bare 3.9 means every 3.9.x",
    ),
    ("version: v3.1\nsummary: 5", "f.yaml:2:1: summary must be a string\n  found: 5\n  next: quote it"),
    ("version: v3.1\nsummary:", "f.yaml:2:1: summary must be a string\n  found: null"),
    ('version: v3.1\nsummary: ""', 'f.yaml:2:1: summary must be a string that is not empty\n  found: ""'),
    (f"{SOUND}images: {{name: a}}", 'f.yaml:3:1: images must be a list\n  found: {"name": "a"}'),
    (f"{SOUND}images: [a]", 'f.yaml:3:10: an item of images must be a mapping\n  found: "a"'),
    (f"{SOUND}images:\n- {{}}", "f.yaml:4:3: an image must have the member name\n  next: add name"),
    (f"{SOUND}labels: {{x: 1}}", "f.yaml:3:10: x must be a string\n  found: 1\n  next: quote it"),
    (
        f"{SOUND}format: yml",
        'f.yaml:3:1: format cannot be "yml"\n  nearest: yaml\n  next: write one of the values that there are',
    ),
    (f"{SOUND}refuse: 1", "f.yaml:3:1: refuse must be true or false\n  found: 1"),
    (f"{SOUND}count: true", "f.yaml:3:1: count must be a whole number\n  found: true"),
    (f"{SOUND}paths: []", "f.yaml:3:1: paths must be a list that is not empty\n  found: []"),
    (
        f"{SOUND}count: x\nimages: [{{nam: a}}]",
        'f.yaml:3:1: count must be a whole number\n  found: "x"\n'
        'f.yaml:4:11: an image has no member "nam"\n  nearest: name\n  next: correct the name or remove it',
    ),
]


@pytest.mark.parametrize(
    ("text", "message"), MISTAKES, ids=[text.splitlines()[-1] if text else "" for text, _ in MISTAKES]
)
def test_mistakes(text: str, message: str) -> None:
    """Each mistake has its place, what was found and one next step; all mistakes of a file come together."""
    with pytest.raises(ManifestgenError) as caught:
        read_format(text)
    assert str(caught.value) == message


def test_exactly_one() -> None:
    """Of keys that exclude each other there is one."""
    ref = SourceRef(SourceFile("f.yaml", lambda: "{a: 1, b: 2}"))
    assert typed.exactly_one({"a": 1}, ("a", "b"), ref, "a rule") == "a"
    none: dict[str, int] = {}
    ways = ((none, "none of them", "add one of them"), ({"a": 1, "b": 2}, "a, b", "remove all but one"))
    for entry, found, way in ways:
        with pytest.raises(typed.FormatError) as caught:
            typed.exactly_one(entry, ("a", "b"), ref, "a rule")
        assert (
            str(caught.value) == f"f.yaml:1:1: a rule must have exactly one of a and b\n  found: {found}\n  next: {way}"
        )
