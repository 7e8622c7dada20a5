"""`manifestgen golden check` and `update` as processes, on a matrix of a user's own."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from manifestgen.api import render
from manifestgen.goldens.matrix import read_matrix
from manifestgen.goldens.run import check_all
from tests.support.program import manifestgen

MATRIX = """apiVersion: manifestgen/v1
kind: GoldenMatrix
trees:
- {profile: [kdd, flannel, policy-only], calico: [v3.2, v3.9, v3.20], components: [node]}
- {profile: kdd, calico: v3.9, components: [node], overlays: [site], name: site}
"""
SITE = """apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: site}
patches:
- target: {kind: DaemonSet, name: calico-node}
  patch:
  - {op: test, path: /spec/template/spec/hostNetwork, value: true}
  - {op: add, path: /spec/template/spec/priorityClassName, value: system-node-critical}
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a matrix and its golden trees."""
    place = tmp_path_factory.mktemp("planted")
    (place / "golden" / "site").mkdir(parents=True)
    (place / "golden" / "matrix.yaml").write_text(MATRIX)
    (place / "golden" / "site" / "profile.yaml").write_text(SITE)
    done = manifestgen("golden", "update", cwd=place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("10 golden trees: 0 as expected, 10 not: 10 files missing\n")
    return place


@pytest.fixture
def place(planted: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    shutil.copytree(planted, tmp_path / "place")
    return tmp_path / "place"


def replace(path: Path, before: str, after: str) -> None:
    """Put one text for another in a file."""
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


NODE = "resources/02-daemonset-calico-node.yaml"


def test_a_tree_that_is_as_expected_is_status_0(place: Path) -> None:
    """From any directory, given the matrix."""
    for words, directory in (((), place), (("--matrix", "place/golden/matrix.yaml"), place.parent)):
        done = manifestgen("golden", "check", *words, cwd=directory)
        assert (done.returncode, done.stdout, done.stderr) == (0, "10 golden trees as expected\n", "")


def test_a_difference_is_told_with_the_operation_that_made_it(place: Path) -> None:
    """Both sides' places: the golden file's line, and the patch with its operation's number."""
    replace(place / "golden" / "v3.9" / "kdd-site" / NODE, "system-node-critical", "system-cluster-critical")
    done = manifestgen("golden", "check", cwd=place)
    assert done.returncode == 1
    assert done.stdout == (
        "v3.9/kdd-site\n"
        "~ apps/v1/DaemonSet kube-system/calico-node\n"
        "  ~ /spec/template/spec/priorityClassName\n"
        '      - "system-cluster-critical"\n'
        f"        from golden/v3.9/kdd-site/{NODE}:{line_of(place / 'golden/v3.9/kdd-site' / NODE, 'priorityClass')}\n"
        '      + "system-node-critical"\n'
        "        from golden/site/profile.yaml:8:60 operation 2 (overlay site)\n"
        "10 golden trees: 9 as expected, 1 not: 1 object changed\n"
    )
    assert done.stderr == "To accept the difference: manifestgen golden update v3.9/kdd-site\n"


def line_of(path: Path, text: str) -> str:
    """`line:column` of the line that holds a text."""
    lines = path.read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if text in line)
    return f"{number + 1}:{lines[number].index(text) + 1}"


def test_an_update_of_some_leaves_the_others(place: Path) -> None:
    """And prints the difference that it accepted, and only that."""
    for name in ("v3.9/kdd", "v3.2/kdd"):
        replace(place / "golden" / name / NODE, "calico-node", "calico-nod")
    done = manifestgen("golden", "update", "v3.9", cwd=place)
    assert done.returncode == 0
    assert "v3.9/kdd\n~ " in done.stdout
    assert "v3.2" not in done.stdout
    assert manifestgen("golden", "check", "v3.9", cwd=place).returncode == 0
    assert manifestgen("golden", "check", "v3.2/kdd", cwd=place).returncode == 1


def test_a_tree_that_the_matrix_asks_for_no_more_is_stale(place: Path) -> None:
    """It is a difference, and an update takes it away; what manifestgen did not write stays, and is told."""
    replace(place / "golden" / "matrix.yaml", ", v3.20]", "]")
    (place / "golden" / "v3.20" / "kdd" / "mine.txt").write_text("mine\n")
    (place / "golden" / "README.md").write_text("not in a tree\n")
    done = manifestgen("golden", "check", cwd=place)
    assert done.returncode == 1
    assert "golden trees that the matrix does not ask for\n! stale golden/v3.20/flannel/kustomization" in done.stdout
    assert manifestgen("golden", "check", "v3.9", cwd=place).returncode == 0
    done = manifestgen("golden", "update", cwd=place)
    assert done.returncode == 1
    assert done.stderr == "golden/v3.20/kdd/mine.txt: kept, because manifestgen did not write it; move it elsewhere\n"
    left = sorted(str(path.relative_to(place)) for path in (place / "golden" / "v3.20").rglob("*"))
    assert left == ["golden/v3.20/kdd", "golden/v3.20/kdd/mine.txt"]
    (place / "golden" / "v3.20" / "kdd" / "mine.txt").unlink()
    assert manifestgen("golden", "update", cwd=place).returncode == 0
    assert not (place / "golden" / "v3.20").exists()
    assert (place / "golden" / "README.md").exists()


def test_what_cannot_be_rendered_is_told_and_the_rest_is_checked(place: Path) -> None:
    """Status 2: the user's input is at fault; differences of other trees are told all the same."""
    replace(place / "golden" / "site" / "profile.yaml", "hostNetwork", "hostNetwurk")
    replace(place / "golden" / "v3.2" / "kdd" / NODE, "autodetect", "other")
    done = manifestgen("golden", "check", cwd=place)
    assert done.returncode == 2
    assert '- "other"' in done.stdout
    assert "v3.9/kdd-site\n! golden/site/profile.yaml:7:5: operation 1 (test" in done.stdout
    assert "1 object changed, 1 cannot be rendered" in done.stdout
    assert done.stderr.splitlines()[1].startswith("error: 1 of the golden trees cannot be rendered: v3.9/kdd-site")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("golden", "check", "v3.7"), "'v3.7' selects no golden tree"),
        (("golden", "check", "--matrix", "none.yaml"), "none.yaml: no such file"),
        (("golden", "check", "--format", "xml"), "invalid value for '--format'"),
        (("golden", "verify"), "no such command 'verify'"),
    ],
)
def test_a_mistake_is_status_2(words: tuple[str, ...], said: str, place: Path) -> None:
    """Nothing on stdout, one message on stderr, no traceback."""
    done = manifestgen(*words, cwd=place)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def spoiled(place: Path) -> Callable[[str], str]:
    """The output of a check in a format, of trees with a changed field, a stale file and one that fails to render."""
    replace(place / "golden" / "v3.2" / "kdd" / NODE, "autodetect", "<&\"'>")
    (place / "golden" / "v3.9" / "kdd" / "resources" / "99-more.yaml").write_text("a: b\n")
    replace(place / "golden" / "site" / "profile.yaml", "hostNetwork", "hostNetwurk")
    return lambda form: manifestgen("golden", "check", "--format", form, cwd=place).stdout


def test_junit_is_a_case_a_tree(spoiled: Callable[[str], str]) -> None:
    """Failures carry the difference as text, errors the message; the counts agree."""
    suite = ElementTree.fromstring(spoiled("junit")).find("testsuite")
    assert suite is not None
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["11", "2", "1"]
    cases = {f"{case.get('classname')} {case.get('name')}": case for case in suite}
    failure = cases["manifestgen.golden.v3.2 kdd"].find("failure")
    assert failure is not None
    assert failure.text is not None
    assert "/env/[name=IP]/value" in failure.text
    assert '- "<&\\"\'>"' in failure.text
    assert cases["manifestgen.golden.v3.9 kdd-site"].find("error") is not None
    assert cases["manifestgen.golden leftovers"].find("failure") is None


def test_json_says_what_became_of_each_tree(spoiled: Callable[[str], str]) -> None:
    """By name, with the difference in the form that `diff --format json` has, and the files beside it."""
    found = json.loads(spoiled("json"))
    trees = {tree["name"]: tree for tree in found["trees"]}
    assert [tree["status"] for tree in found["trees"]].count("same") == 7
    assert trees["v3.9/kdd-site"]["status"] == "error"
    field = trees["v3.2/kdd"]["difference"]["objects"][0]["fields"][0]
    assert (field["change"], field["right"]["value"]) == ("changed", "autodetect")
    assert trees["v3.9/kdd"]["difference"]["files"] == [
        {"change": "stale", "path": "golden/v3.9/kdd/resources/99-more.yaml", "detail": []}
    ]
    assert found["different"] is True


def test_html_shows_every_tree_that_differs(spoiled: Callable[[str], str]) -> None:
    """With its objects and files; what could not be rendered is in the summary."""
    page = spoiled("html")
    for shown in ("<h2>v3.2/kdd</h2>", "99-more.yaml", "&lt;&amp;\\&quot;&#x27;&gt;", "cannot be rendered"):
        assert shown in page


def test_processes_side_by_side_find_what_one_finds(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same order."""
    replace(place / "golden" / "v3.2" / "kdd" / NODE, "autodetect", "other")
    code = (
        "from manifestgen.api import render\n"
        "from manifestgen.goldens.report import to_json\n"
        "from manifestgen.goldens.run import check_all\n"
        "from manifestgen.goldens.matrix import read_matrix\n"
        "print(to_json(check_all(read_matrix('golden/matrix.yaml'), (), render, processes=2)), end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True)
    from manifestgen.goldens.report import to_json

    monkeypatch.chdir(place)
    assert done.stdout == to_json(check_all(read_matrix("golden/matrix.yaml"), (), render, processes=1))


def test_progress_is_shown_on_a_terminal_and_wiped(place: Path) -> None:
    """On stderr, and only there; the result on stdout is as without."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "manifestgen", "golden", "check"]
    done = subprocess.run(command, cwd=place, stdout=subprocess.PIPE, stderr=theirs, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert b"10/10 v3.9/kdd-site" in shown
    assert shown.endswith(b"\r\033[K")
    assert done.stdout == b"10 golden trees as expected\n"
