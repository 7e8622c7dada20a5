"""The matrix file: what it asks for, what of it a word selects, and how a mistake in it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manifestgen.errors import ManifestgenError
from manifestgen.goldens.matrix import Matrix, NothingSelected, read_matrix
from manifestgen.yamlio.reader import read
from tests.goldens.data import CASES

BAD = read((CASES / "matrices.yaml").read_text(), "matrices.yaml")[0]

TEXT = """
apiVersion: manifestgen/v1
kind: GoldenMatrix
trees:
- profile: [kdd, etcd]
  calico: [v3.2, "3.9.1"]
- profile: kdd
  calico: v3.9
  istio: ["1.0", v1.1]
  kubernetes: "1.15"
  values: {mtu: 1410}
  variants: {small: {}, jumbo: {mtu: 9000}}
  components: [node]
  overlays: [site]
- profile: ./mine
  calico: v3.9
  published: true
  name: plain
"""


@pytest.fixture
def matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Matrix:
    """The matrix of the text above, as `tests/matrix.yaml` of the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("tests").mkdir()
    Path("tests/matrix.yaml").write_text(TEXT)
    return read_matrix("tests/matrix.yaml")


def test_lists_are_multiplied(matrix: Matrix) -> None:
    """In the order of the file; the name of a tree says what the entry says."""
    assert [tree.name for tree in matrix.trees] == [
        *("v3.2/kdd", "v3.9.1/kdd", "v3.2/etcd", "v3.9.1/etcd"),
        *("v3.9/kdd-istio-1.0-kubernetes-1.15-small", "v3.9/kdd-istio-1.0-kubernetes-1.15-jumbo"),
        *("v3.9/kdd-istio-1.1-kubernetes-1.15-small", "v3.9/kdd-istio-1.1-kubernetes-1.15-jumbo"),
        "v3.9/mine-plain",
    ]


def test_an_entry_is_the_arguments_of_render(matrix: Matrix) -> None:
    """With paths from the matrix file's directory, and values of the variant over those of the entry."""
    small, jumbo, mine = matrix.trees[4], matrix.trees[5], matrix.trees[8]
    assert small.request == {
        "profile": "kdd",
        "calico": "3.9",
        "istio": "1.0",
        "kubernetes": "1.15",
        "values": {"mtu": 1410},
        "components": ("node",),
        "namespaces": (),
        "overlays": ("tests/site",),
        "published": False,
    }
    assert jumbo.request["values"] == {"mtu": 9000}
    assert (mine.request["profile"], mine.request["published"]) == ("tests/mine", True)
    assert small.directory == "tests/v3.9/kdd-istio-1.0-kubernetes-1.15-small"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], 9),
        (["v3.2/kdd"], ["v3.2/kdd"]),
        (["v3.2"], ["v3.2/kdd", "v3.2/etcd"]),
        (["etcd", "v3.9/mine-plain"], ["v3.2/etcd", "v3.9.1/etcd", "v3.9/mine-plain"]),
        (["*jumbo"], 2),
        (["tests/v3.9.1"], ["v3.9.1/kdd", "v3.9.1/etcd"]),
        (["tests/v3.2/kdd/"], ["v3.2/kdd"]),
    ],
)
def test_a_word_selects_by_name_part_pattern_or_path(words: list[str], names: Any, matrix: Matrix) -> None:
    """In the order of the matrix, each tree once."""
    found = [tree.name for tree in matrix.select(words)]
    assert (len(found) if isinstance(names, int) else found) == names


def test_a_word_that_selects_nothing_is_a_mistake(matrix: Matrix) -> None:
    """The nearest names are told, for a golden check of nothing would always pass."""
    with pytest.raises(NothingSelected) as caught:
        matrix.select(["v3.2/kd"])
    assert str(caught.value).splitlines()[:2] == [
        "tests/matrix.yaml: 'v3.2/kd' selects no golden tree",
        "  nearest: v3.2/kdd, v3.2/etcd, v3.9.1/kdd",
    ]


@pytest.mark.parametrize("case", BAD, ids=[case["name"] for case in BAD])
def test_mistakes_are_told_with_their_places(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, in the order of the file."""
    monkeypatch.chdir(tmp_path)
    Path("matrix.yaml").write_text(case["text"])
    with pytest.raises(ManifestgenError) as caught:
        read_matrix("matrix.yaml")
    errors = getattr(caught.value, "errors", (caught.value,))
    assert len(errors) == len(case["errors"]), str(caught.value)
    for error, start in zip(errors, case["errors"], strict=True):
        assert str(error).startswith(start)
