"""The pytest plugin as its users meet it: pytest in a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "pytest-golden"

TEST = """
import manifestgen

def test_node(manifestgen_golden):
    manifestgen_golden(manifestgen.render("kdd", calico="v3.9", components=["node"]), "golden")
"""


@pytest.fixture
def plugin(request: pytest.FixtureRequest) -> list[str]:
    """The arguments that load the plugin; none where it is installed."""
    return [] if request.config.pluginmanager.has_plugin("manifestgen") else ["-p", "manifestgen.pytest_plugin"]


@pytest.fixture
def example(pytester: pytest.Pytester) -> Path:
    """A copy of the example, in the working directory."""
    for path in EXAMPLE.iterdir():
        if path.is_dir():
            shutil.copytree(path, pytester.path / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, pytester.path / path.name)
    return pytester.path


def test_a_bundle_is_compared_with_a_directory_beside_the_test(pytester: pytest.Pytester, plugin: list[str]) -> None:
    """It fails before there is one, an update writes it, then it passes; from any working directory."""
    tests = pytester.mkpydir("tests")
    (tests / "test_node.py").write_text(TEST)
    missing = pytester.runpytest_subprocess(*plugin)
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["! missing tests/golden (rendering gives 2 objects)"])
    updated = pytester.runpytest_subprocess(*plugin, "--manifestgen-update")
    updated.assert_outcomes(passed=1)
    updated.stdout.fnmatch_lines(["*manifestgen accepted*", "+ written tests/golden (rendering gives 2 objects)"])
    assert (tests / "golden" / "kustomization.yaml").exists()
    pytester.runpytest_subprocess(*plugin).assert_outcomes(passed=1)
    pytester.runpytest_subprocess(*plugin, f"--rootdir={pytester.path}", str(tests)).assert_outcomes(passed=1)


def test_a_failure_is_the_difference_and_no_traceback(
    example: Path, pytester: pytest.Pytester, plugin: list[str]
) -> None:
    """With the origin of the changed field, and how to accept it."""
    pytester.runpytest_subprocess(*plugin).assert_outcomes(passed=6)
    overlay = example / "site" / "profile.yaml"
    overlay.write_text(overlay.read_text().replace("500m", "750m"))
    failed = pytester.runpytest_subprocess(*plugin)
    failed.assert_outcomes(failed=5, passed=1)
    failed.stdout.fnmatch_lines(
        [
            "~ apps/v1/DaemonSet kube-system/calico-node",
            "  ~ /spec/template/spec/containers/*name=calico-node*/resources/requests/cpu",
            '      - "500m"',
            "        from golden/v3.9/kdd-production/resources/02-daemonset-calico-node.yaml:*",
            '      + "750m"',
            "        from site/profile.yaml:11:5 operation 1 (overlay site)",
            "To accept the difference: pytest --manifestgen-update",
        ]
    )
    assert "Traceback" not in failed.stdout.str()
    assert "pytest_plugin.py" not in failed.stdout.str()


def test_an_update_accepts_with_workers_too(example: Path, pytester: pytest.Pytester, plugin: list[str]) -> None:
    """What each accepted is printed at the end, wherever it ran."""
    overlay = example / "site" / "profile.yaml"
    overlay.write_text(overlay.read_text().replace("500m", "750m"))
    updated = pytester.runpytest_subprocess(*plugin, "-n", "2", "--manifestgen-update")
    updated.assert_outcomes(passed=6)
    assert updated.stdout.str().count('      + "750m"') == 5
    pytester.runpytest_subprocess(*plugin, "-n", "2").assert_outcomes(passed=6)


def test_the_matrix_gives_a_test_a_tree_and_one_for_what_is_left_over(
    example: Path, pytester: pytest.Pytester, plugin: list[str]
) -> None:
    """Called as the trees are, so that one can be chosen; a tree that the matrix has not is found."""
    listed = pytester.runpytest_subprocess(*plugin, "--collect-only", "-q")
    names = ("v3.9/kdd-production", "v3.9/kdd-staging", "v3.10/kdd-production", "v3.10/kdd-staging", "leftovers")
    listed.stdout.fnmatch_lines([f"test_manifests.py::test_bundle*{name}*" for name in names])
    shutil.copytree(example / "golden" / "v3.9", example / "golden" / "v3.8")
    failed = pytester.runpytest_subprocess(*plugin, "-k", "leftovers")
    failed.assert_outcomes(failed=1, deselected=5)
    failed.stdout.fnmatch_lines(["! stale golden/v3.8/kdd-production/kustomization.yaml"])


def test_a_mistake_in_the_matrix_is_told_with_its_place(
    example: Path, pytester: pytest.Pytester, plugin: list[str]
) -> None:
    """As an error of collection, without a traceback."""
    matrix = example / "golden" / "matrix.yaml"
    matrix.write_text(matrix.read_text().replace("calico: [v3.9, v3.10]", "calico: [3.9, 3.10]"))
    failed = pytester.runpytest_subprocess(*plugin)
    failed.assert_outcomes(errors=1)
    failed.stdout.fnmatch_lines(["*matrix.yaml:6:*calico must be a string*"])
    assert "Traceback" not in failed.stdout.str()
    matrix.unlink()
    pytester.runpytest_subprocess(*plugin).stdout.fnmatch_lines(["*matrix.yaml: there is no matrix of golden trees"])


def test_a_tree_that_cannot_be_rendered_fails_with_the_reason(
    example: Path, pytester: pytest.Pytester, plugin: list[str]
) -> None:
    """As the command line would tell it."""
    overlay = example / "site" / "profile.yaml"
    overlay.write_text(overlay.read_text().replace("requests/cpu", "requests/gpu"))
    failed = pytester.runpytest_subprocess(*plugin, "-k", "staging")
    failed.assert_outcomes(failed=2, deselected=4)
    failed.stdout.fnmatch_lines(["site/profile.yaml:9:5: operation 1 (replace *requests/gpu*"])


def test_the_plugin_costs_nothing_where_it_is_not_used(pytester: pytest.Pytester, plugin: list[str]) -> None:
    """A run without golden tests imports nothing of manifestgen but the plugin itself."""
    pytester.makepyfile(
        "import sys\n"
        "def test_nothing():\n"
        "    tops = {'manifestgen', 'ruamel', 'click', 'attrs'}\n"
        "    loaded = {name for name in sys.modules if name.split('.')[0] in tops}\n"
        "    assert loaded <= {'manifestgen', 'manifestgen._version', 'manifestgen.pytest_plugin'}\n"
    )
    pytester.runpytest_subprocess(*plugin).assert_outcomes(passed=1)


def test_the_marker_is_declared(pytester: pytest.Pytester, plugin: list[str]) -> None:
    """Strict markers know it."""
    shown = pytester.runpytest_subprocess(*plugin, "--markers")
    shown.stdout.fnmatch_lines(
        ["@pytest.mark.manifestgen_matrix(file): run the test for each golden tree of a matrix file"]
    )
