"""Messages have one layout and one order, hold no control character, and errors can be sent between processes."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING

import pytest

from manifestgen.cli.main import main
from manifestgen.errors import ErrorCollector, Failures, ManifestgenError, as_message, visible
from manifestgen.model.location import Location
from manifestgen.yamlio.errors import DuplicateKey, FileTooLarge, Unwritable

if TYPE_CHECKING:
    from pathlib import Path

CONTROLS = "\x00\x07\x08\t\n\r\x1b[2J\x1b]0;title\x07\x7f\x85\x9b31m\u200b\u200f\u2028\u202e\u2066\ufeff\udc9b"
"""C0 with BEL, ESC and the sequences of a terminal, DEL, C1 with CSI, right-to-left override, half a character."""


def test_layout() -> None:
    """Place and cause, then what was found, the nearest names and the next step; what is empty is left out."""
    error = ManifestgenError(
        "no such field", where=Location("a.yaml", 3, 5), found='"x"', candidates=("y", "z"), next_step="correct it"
    )
    assert str(error) == 'a.yaml:3:5: no such field\n  found: "x"\n  nearest: y, z\n  next: correct it'
    assert str(ManifestgenError("no such field", where=Location("/metadata"))) == "/metadata: no such field"
    assert str(ManifestgenError("no such field")) == "no such field"


def test_order() -> None:
    """By file, line and column as numbers; twins are reported once; failures within failures are laid out flat."""
    places = [Location("b.yaml", 2, 1), Location("a.yaml", 12, 5), Location("a.yaml", 9, 12), Location("a.yaml", 9, 5)]
    collector = ErrorCollector()
    collector.add(Failures([ManifestgenError("wrong", where=where) for where in places]))
    collector.add(ManifestgenError("wrong", where=places[0]))
    collector.add(ManifestgenError("wrong", where=Location("--set")))
    with pytest.raises(Failures) as caught:
        collector.raise_all()
    assert str(caught.value).splitlines() == [
        "--set: wrong",
        "a.yaml:9:5: wrong",
        "a.yaml:9:12: wrong",
        "a.yaml:12:5: wrong",
        "b.yaml:2:1: wrong",
    ]


def test_control_characters() -> None:
    """Whatever part they come in, they are shown as JSON escapes them; other writing stays."""
    for error in (
        ManifestgenError(CONTROLS),
        ManifestgenError("x", where=Location(CONTROLS)),
        ManifestgenError("x", where=Location(f"dir/{CONTROLS}.yaml", 1, 1)),
        ManifestgenError("x", found=CONTROLS),
        ManifestgenError("x", found=as_message({CONTROLS: CONTROLS})),
        ManifestgenError("x", candidates=[CONTROLS]),
        ManifestgenError("x", next_step=CONTROLS),
    ):
        assert str(error).isprintable() or all(line.isprintable() for line in str(error).split("\n"))
        assert "title" in str(error)
    assert visible("Ünïcode 中文 \\n") == "Ünïcode 中文 \\n"
    document = {"a": CONTROLS, CONTROLS: ["b"]}
    text = visible(json.dumps(document, ensure_ascii=False, indent=2), keep="\n")
    assert json.loads(text) == document
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("through", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize(
    "error",
    [
        ManifestgenError("what", where=Location("a", 1, 2), candidates=["b"]),
        DuplicateKey("k", Location("f.yaml", 3, 1), 2),
        FileTooLarge("f.yaml", 5 << 20, 1 << 20),
        Unwritable("/a", "it is a set", "use a list"),
        Failures([ManifestgenError("one"), DuplicateKey("k", Location("f.yaml", 3, 1), 2)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_copies(error: ManifestgenError, through: type) -> None:
    """A pickled or copied error says the same and has the same fields."""
    copied = through(error)
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert vars(copied).keys() == vars(error).keys()
    assert copied.where == error.where


def test_each_failure_has_its_prefix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr every failure starts with `error:`, in the order of the file's lines."""
    lines = ["apiVersion: manifestgen/v1", "kind: Overlay", "metadata: {name: o}", "patches:"]
    lines += [f"- target: {{name: x{number}}}\n  pth: [a]" for number in range(6)]
    (tmp_path / "profile.yaml").write_text("\n".join(lines))
    assert main(["render", "kdd", "--overlay", str(tmp_path)]) == 2
    found = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert [line.split(":")[2:4] for line in found] == [[str(number), "3"] for number in range(6, 17, 2)]
