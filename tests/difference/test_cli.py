"""`manifestgen diff` as a process: exit status, formats, standard input, mistakes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import jsonpatch
import pytest

from tests.support.program import manifestgen

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {mtu: '1440', name: é}\n"
OTHER = CONFIG.replace("1440", "1500")


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """Two files that differ in one field."""
    left, right = tmp_path / "left.yaml", tmp_path / "right.yaml"
    left.write_text(CONFIG)
    right.write_text(OTHER)
    return left, right


def test_no_difference_is_status_0_and_says_nothing(sides: tuple[Path, Path]) -> None:
    """As with diff(1)."""
    done = manifestgen("diff", sides[0], sides[0])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("form", ["text", "unified", "json", "jsonpatch", "html"])
def test_a_difference_is_status_1_in_every_format(form: str, sides: tuple[Path, Path]) -> None:
    """The result is on stdout, and nothing is on stderr."""
    done = manifestgen("diff", *sides, "--format", form)
    assert (done.returncode, done.stderr) == (1, "")
    assert "1500" in done.stdout


def test_a_mistake_is_status_2(sides: tuple[Path, Path], tmp_path: Path) -> None:
    """A file that is not there, text that is no object, too few or too many sides."""
    (tmp_path / "bad.yaml").write_text("a: [1\n")
    calls: list[tuple[tuple[str | Path, ...], str]] = [
        ((sides[0], tmp_path / "none.yaml"), "none.yaml: no such file"),
        ((sides[0], tmp_path / "bad.yaml"), "bad.yaml:2:1"),
        ((sides[0],), "there is nothing to compare with"),
        (("-", "-"), "both sides are -"),
        (("--live", sides[0], *sides), "--live FILE is compared with one bundle"),
        ((*sides, "--format", "xml"), "invalid value for '--format'"),
        ((), "missing argument 'LEFT'"),
    ]
    for words, said in calls:
        done = manifestgen("diff", *words, stdin="")
        assert (done.returncode, done.stdout) == (2, ""), words
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_either_side_may_be_standard_input(sides: tuple[Path, Path]) -> None:
    """It is called <stdin> where places are told."""
    left = manifestgen("diff", "-", sides[1], stdin=CONFIG)
    right = manifestgen("diff", sides[0], "-", stdin=OTHER)
    assert "from <stdin>:4:8" in left.stdout
    assert left.stdout.replace("<stdin>", str(sides[0])) == right.stdout.replace("<stdin>", str(sides[1]))


def test_a_directory_is_compared_with_a_stream(tmp_path: Path) -> None:
    """What `render -o DIR` writes is what `render` prints."""
    manifestgen("render", "kdd", "--calico", "v3.9", "-o", tmp_path / "out")
    stream = manifestgen("render", "kdd", "--calico", "v3.9").stdout
    assert manifestgen("diff", tmp_path / "out", "-", stdin=stream).returncode == 0


def test_the_json_patch_applies_to_the_list_that_render_prints(tmp_path: Path) -> None:
    """`render --format json` of the left side, patched, is that of the right side."""
    texts = [manifestgen("render", name, "--calico", "v3.9", "--format", "json").stdout for name in ("kdd", "etcd")]
    for name, text in zip("ab", texts, strict=True):
        (tmp_path / f"{name}.json").write_text(text)
    patch = manifestgen("diff", tmp_path / "a.json", tmp_path / "b.json", "--format", "jsonpatch").stdout
    assert jsonpatch.apply_patch(json.loads(texts[0]), json.loads(patch)) == json.loads(texts[1])


def test_a_json_patch_with_a_secret_is_refused(tmp_path: Path) -> None:
    """With status 2 and nothing on stdout: half a patch would not give the right side."""
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {key: b25l}\n"
    (tmp_path / "left.yaml").write_text(secret)
    (tmp_path / "right.yaml").write_text(secret.replace("b25l", "dHdv"))
    done = manifestgen("diff", tmp_path / "left.yaml", tmp_path / "right.yaml", "--format", "jsonpatch")
    assert (done.returncode, done.stdout) == (2, "")
    assert "v1/Secret a" in done.stderr
    assert "dHdv" not in done.stderr


def test_live_takes_a_dump_and_one_bundle(tmp_path: Path) -> None:
    """In either order of the words; what the server adds does not count."""
    dump = CONFIG.replace("{name: config}", "{name: config, namespace: default, uid: '1', resourceVersion: '2'}")
    (tmp_path / "dump.yaml").write_text(f"{dump}---\n{dump.replace('name: config', 'name: other')}")
    (tmp_path / "bundle.yaml").write_text(CONFIG)
    for words in (("--live", "dump.yaml", "bundle.yaml"), ("bundle.yaml", "--live=dump.yaml")):
        assert manifestgen("diff", *words, cwd=tmp_path).returncode == 0
    (tmp_path / "bundle.yaml").write_text(OTHER)
    done = manifestgen("diff", "--live", "dump.yaml", "bundle.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert '- "1440"\n        from dump.yaml:4:8\n      + "1500"\n        from bundle.yaml:4:8' in done.stdout


def test_the_output_is_utf_8_whatever_the_locale(sides: tuple[Path, Path]) -> None:
    """A field that is not ASCII is printed, not a fault."""
    sides[1].write_text(OTHER.replace("é", "ü"))
    done = manifestgen("diff", *sides, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"})
    assert (done.returncode, done.stderr) == (1, "")
    assert '"ü"' in done.stdout


def on_a_terminal(sides: tuple[Path, Path], **environment: str) -> bytes:
    """What a terminal gets."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "manifestgen", "diff", *map(str, sides)]
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(command, stdout=theirs, env={**clean, **environment}, check=False, timeout=60)
    os.close(theirs)
    found = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the other end is closed and everything is read
            break
        if not chunk:
            break
        found += chunk
    os.close(ours)
    return found


def test_a_terminal_gets_color_unless_it_is_declined(sides: tuple[Path, Path]) -> None:
    """And NO_COLOR declines it (https://no-color.org)."""
    assert b"\033[32m" in on_a_terminal(sides)
    assert b"\033" not in on_a_terminal(sides, NO_COLOR="1")
