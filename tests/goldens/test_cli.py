"""`manifestgen golden check` and `update` as processes, on a matrix of a user's own."""

from __future__ import annotations

import json
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
    checked = manifestgen("golden", "check", cwd=place)
    assert checked.returncode == 1
    assert checked.stdout.endswith("10 golden trees: 0 as expected, 10 not: 10 trees missing\n")
    assert checked.stderr == "To accept the difference: manifestgen golden update\n"
    done = manifestgen("golden", "update", cwd=place)
    written = sum(path.is_file() for path in (place / "golden").glob("v*/**/*"))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"wrote 10 golden trees with {written} files\n", "")
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
        (("golden", "check", "--matrix", "none.yaml"), "none.yaml: there is no matrix of golden trees"),
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


def test_an_update_says_what_it_did(place: Path) -> None:
    """In the past tense, object by object; the second time there is nothing to do."""
    replace(place / "golden" / "v3.2" / "kdd" / NODE, "autodetect", "other")
    (gone,) = (place / "golden" / "v3.2" / "flannel").rglob("*-daemonset-*.yaml")
    gone.unlink()
    (place / "golden" / "v3.9" / "kdd" / "resources" / "99-more.yaml").write_text("kind: Old\n")
    shutil.rmtree(place / "golden" / "v3.9" / "flannel")
    matrix = place / "golden" / "matrix.yaml"
    replace(matrix, ", v3.20]", "]")
    done = manifestgen("golden", "update", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert f"+ written {gone.relative_to(place)}" in lines
    assert "- removed golden/v3.9/kdd/resources/99-more.yaml" in lines
    assert "- removed golden/v3.20/kdd/" + NODE in lines
    assert not any("missing" in line or line.startswith("!") for line in lines)
    assert lines[-1].startswith("wrote 1 golden tree with ")
    assert "; updated 3 golden trees: " in lines[-1]
    assert lines[-1].endswith("; 3 up to date")
    again = manifestgen("golden", "update", cwd=place)
    assert (again.returncode, again.stdout, again.stderr) == (0, "7 golden trees up to date\n", "")


def test_how_to_begin(tmp_path: Path) -> None:
    """A check without a matrix names the command that writes one, and that command the next."""
    for verb in ("check", "update"):
        done = manifestgen("golden", verb, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: golden/matrix.yaml: there is no matrix of golden trees\n")
        assert "golden init PROFILE" in done.stderr
    (tmp_path / "site").mkdir()
    head = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\n"
    (tmp_path / "site" / "profile.yaml").write_text(f"{head}calico: '3.9'\n")
    begun = manifestgen("golden", "init", "kdd", "policy-only", "./site", cwd=tmp_path)
    assert (begun.returncode, begun.stderr) == (0, "")
    newest = max(manifestgen_releases(), key=lambda name: int(name.partition(".")[2]))
    names = [f"{newest}/kdd", f"{newest}/policy-only", "v3.9/site"]
    assert [tree.name for tree in read_matrix(str(tmp_path / "golden" / "matrix.yaml")).trees] == names
    assert begun.stdout.splitlines() == [
        f"wrote golden/matrix.yaml: 3 golden trees: {', '.join(names)}",
        "next: add what else you want to keep, then manifestgen golden update",
    ]
    assert manifestgen("golden", "update", cwd=tmp_path).stdout.startswith("wrote 3 golden trees with ")
    assert manifestgen("golden", "check", cwd=tmp_path).returncode == 0
    before = (tmp_path / "golden" / "matrix.yaml").read_bytes()
    again = manifestgen("golden", "init", "kdd", cwd=tmp_path)
    assert again.returncode == 2
    assert "error: golden/matrix.yaml: there is a matrix already\n" in again.stderr
    assert (tmp_path / "golden" / "matrix.yaml").read_bytes() == before


def manifestgen_releases() -> list[str]:
    """The names of the releases of Calico that are not known to be broken."""
    return [one["name"] for one in json.loads(manifestgen("releases", "--format", "json").stdout) if not one["faults"]]


def test_a_matrix_inside_the_directory_of_its_profile(tmp_path: Path) -> None:
    """A repository that is a profile: it can still be rendered, and its name does not depend on where it was cloned."""
    head = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: edge}\nextends: kdd\ncalico: '3.9'\n"
    (tmp_path / "profile.yaml").write_text(head)
    begun = manifestgen("golden", "init", ".", "./", cwd=tmp_path)
    assert (begun.returncode, begun.stderr) == (0, "")
    assert begun.stdout.startswith("wrote golden/matrix.yaml: 1 golden tree: v3.9/edge\n")
    assert manifestgen("golden", "update", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in (tmp_path / "golden").iterdir()) == ["matrix.yaml", "v3.9"]
    assert [path.name for path in (tmp_path / "golden" / "v3.9").iterdir()] == ["edge"]
    assert manifestgen("golden", "check", cwd=tmp_path).returncode == 0
    assert manifestgen("render", ".", cwd=tmp_path).returncode == 0
    (tmp_path / "golden" / "matrix.yaml").write_text("kind: ConfigMap\n")
    assert "golden/matrix.yaml: nothing in profile.yaml refers to" in manifestgen("render", ".", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nope",), "there is no profile 'nope'"),
        (("operator",), "profile operator needs the Calico version that the operator runs"),
        (("kdd", "--calico", "3.99"), "Calico 3.99 is not known"),
        (("kdd", "--kubernetes", "1.99"), "Kubernetes 1.99 is not known"),
        (("kdd", "./kdd"), "two profiles would have golden trees of the same name\n  found: kdd and ./kdd\n"),
        (("kdd", "--matrix", ""), "error: '': cannot be written: an empty name\n"),
        (("kdd", "--matrix", "kdd"), "error: kdd: cannot be written: it is a directory\n"),
        (("./kdd", "--calico", "3.20", "--matrix", "kdd/matrix.yaml"), "would be a file of the profile kdd"),
        (("./kdd", "--calico", "3.20", "--matrix", "kdd/golden/trees.yaml"), "would be a file of the profile kdd"),
        (("kdd", "--matrix", "/proc/none/matrix.yaml"), "error: /proc/none/matrix.yaml: cannot be written: "),
    ],
)
def test_a_matrix_that_could_not_be_rendered_is_not_written(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """A mistake is told before there is a file."""
    (tmp_path / "kdd").mkdir()
    head = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: kdd}\nextends: policy-only\n"
    (tmp_path / "kdd" / "profile.yaml").write_text(head)
    done = manifestgen("golden", "init", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert not (tmp_path / "golden").exists()
