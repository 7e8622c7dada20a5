"""Documents of a stream alone: the values and positions are those of the whole text, and each is parsed once."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import manifestgen
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.constructor import Builder
from manifestgen.yamlio.documents import parts
from manifestgen.yamlio.locations import SourceFile
from manifestgen.yamlio.reader import locate, read
from tests.support.environments import ROOT

PLAIN = [
    "",
    "a: 1",
    "a: 1\n",
    "---\na: 1\n---\nb: 2\n",
    "--- # one\na: 1\n---\n# nothing\n---\n---\nb: |\n  ---\n  c\n",
    "# head\n\na: 1\n--- {b: 1}\n--- |\n  text\n---\n- 1\n",
    'a: "x\n\n  y"\n---\nb: >\n  folded\n',
    "~\n---\nnull\n---\na: 1\n",
    '{"a": 1}\n',
    "a: &x 1\nb: *x\n---\nb: 1\n",
]
NOT_PLAIN = [
    "a: 1\n...\nb: 2\n",
    "%YAML 1.1\n---\na: 1\n",
    "a: 1\r\n---\r\nb: 2\r\n",
    '{"a": 1}\n{"b": 2}\n',
    "a: 1\n---\nb: *x\n",
    'a: "x\n--- y"\n---\nb: 1\n',
    "a: 1\n---b: 2\n",
    "a: [\n---\nb: 1\n",
    "a: 1\na: 2\n---\nb: 1\n",
    "a: |+\n  x\n---\nb: |\n  y",
]
SHIPPED = [path.read_text() for path in sorted((ROOT / "profiles").rglob("*.yaml"))]


def outcome(text: str, **options: Any) -> Any:
    """What reading a text gives: its documents, or the refusal."""
    try:
        return read(text, "f.yaml", lenient=True, **options)
    except ManifestgenError as error:
        return str(error)


@pytest.mark.parametrize("text", PLAIN + NOT_PLAIN + SHIPPED)
def test_documents_that_are_known_change_nothing(text: str) -> None:
    """Whatever was read before: the whole text, parts of it, or something else."""
    expected = outcome(text)
    assert outcome(text, known={}) == expected
    known: dict[str, Any] = {}
    for before in (text, f"z: 1\n---\n{text}", text[: len(text) // 2]):
        outcome(before, known=known)
        assert outcome(text, known=known) == expected


@pytest.mark.parametrize("text", PLAIN + NOT_PLAIN + SHIPPED)
def test_a_document_alone_is_located_as_in_the_whole(text: str) -> None:
    """Each path, at the same line and column."""
    whole = locate(text)
    source = SourceFile("f.yaml", text)
    for index, positions in enumerate(whole):
        for path, (line, column) in positions.items():
            assert source.location(path, index)[1:] == (line, column)
    if not isinstance(outcome(text), str):
        assert source.location((), len(whole)) == ("f.yaml", 0, 0)


def test_the_parts_of_a_text_are_its_documents() -> None:
    """Comments and empty documents are none; their lines count."""
    text = "# head\n---\na: 1\n\n---\n# none\n--- # two\nb: 1"
    assert [(text[start:end], line) for start, end, line in parts(text)] == [
        ("---\na: 1\n\n", 1),
        ("--- # two\nb: 1", 6),
    ]
    assert [parts(text) for text in NOT_PLAIN[:3]] == [(), (), ()]


def test_two_versions_of_a_manifest_are_parsed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A document that both sides have, to the byte, is parsed for one of them, and located for none."""
    names = [f"config-{number}" for number in range(50)]
    text = "".join(
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: one}}\n" for name in names
    )
    (tmp_path / "left.yaml").write_text(text)
    (tmp_path / "right.yaml").write_text(text.replace("config-7}\ndata: {a: one}", "config-7}\ndata: {a: two}"))
    parsed = []
    build = Builder.build

    def counting(self: Builder) -> None:
        parsed.append(len(self.text))
        build(self)

    monkeypatch.setattr(Builder, "build", counting)
    found = manifestgen.diff(tmp_path / "left.yaml", tmp_path / "right.yaml")
    assert "left.yaml:40:8" in found.to_text()
    assert sum(parsed) < len(text) * 1.1
    assert found.left[3].content is found.right[3].content


def test_a_change_of_one_side_leaves_the_other(tmp_path: Any) -> None:
    """Values that two sides share are handed out as copies."""
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    (tmp_path / "b.yaml").write_text((tmp_path / "a.yaml").read_text())
    found = manifestgen.diff(tmp_path / "a.yaml", tmp_path / "b.yaml")
    found.left[0].body["metadata"]["name"] = "other"
    assert found.right[0].body["metadata"]["name"] == "a"


ONE = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: config-{0}}}\ndata:\n  a: '{0}'\n  b: {1}\n"


@pytest.mark.parametrize("filling", ["x", "é"], ids=["ascii", "other"])
@pytest.mark.parametrize("head", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_a_large_file_is_located_without_its_text(tmp_path: Any, filling: str, head: str) -> None:
    """An object of a file of 5 MB has its lines, its values, and a copy of them after a pickle."""
    path = tmp_path / "large.yaml"
    path.write_text(head + "".join(ONE.format(number, filling * 2_000) for number in range(2_500)))
    bundle = manifestgen.load(path)
    assert [one.body["data"]["a"] for one in bundle] == [str(number) for number in range(2_500)]
    for one in (bundle.resources[2_345], pickle.loads(pickle.dumps(bundle.resources[2_345]))):
        assert str(one.origin("/data/b")) == f"{path}:{2_345 * 7 + 7}:3"
    ref = bundle.resources[0].ref
    assert ref is not None
    assert isinstance(vars_of(ref.source), str) is (filling == "é" or bool(head))


def vars_of(source: SourceFile) -> object:
    """What a source file has for its text."""
    return source.__reduce__()[1][1]


@pytest.mark.parametrize("fault", ["a: [\n", "a: 1\na: 2\n", "---b: 1\n"])
def test_a_fault_in_a_large_file_has_its_line(fault: str) -> None:
    """That of the whole text."""
    text = "".join(ONE.format(number, "x" * 2_000) for number in range(2_500))
    small = "".join(ONE.format(number, "x") for number in range(2_500))
    with pytest.raises(ManifestgenError) as large:
        read(text + fault, "f.yaml")
    with pytest.raises(ManifestgenError) as other:
        read(small + fault, "f.yaml")
    assert str(large.value) == str(other.value)
