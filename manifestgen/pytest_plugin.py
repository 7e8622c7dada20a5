"""The pytest plugin: golden trees as tests.

    def test_site(manifestgen_golden):
        manifestgen_golden(manifestgen.render("kdd", calico="v3.9"), "golden/site")

    @pytest.mark.manifestgen_matrix("golden/matrix.yaml")
    def test_matrix(manifestgen_tree, manifestgen_golden):
        manifestgen_golden(manifestgen_tree)

Paths are relative to the test's file. A test fails with the semantic difference; `pytest --manifestgen-update`
rewrites the trees instead and prints what was accepted. Nothing of manifestgen is imported before a test asks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from manifestgen.api import Bundle
    from manifestgen.goldens.matrix import Matrix, Tree
    from manifestgen.goldens.tree import Result

MARKER = "manifestgen_matrix"
_OPTION = "--manifestgen-update"
_SECTION = "manifestgen accepted"


class OrphanedFiles(NamedTuple):
    """Stands among the trees of a matrix for the files beside it that belong to none of them."""

    matrix: Matrix
    name: str = "leftovers"


class Golden:
    """The fixture's value: call it with what is expected.

    Args:
        request: pytest's.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __call__(
        self, expected: Bundle | Tree | OrphanedFiles, directory: str | os.PathLike[str] | None = None
    ) -> None:
        """Fail unless a golden tree is what is rendered; with `--manifestgen-update` make it so.

        Args:
            expected: a bundle; or a tree of a matrix, as `manifestgen_tree` gives it, which is rendered.
            directory: of a bundle's golden tree, relative to the test's file.
        """
        if self._request.config.getoption(_OPTION):
            self._update(expected, directory)
        else:
            self._check(expected, directory)

    def _check(self, expected: Any, directory: Any) -> None:
        from manifestgen.goldens import tree as golden  # a test run without golden trees pays nothing

        self._judge(self._result(expected, directory, golden.check, golden.check_leftovers, golden.check_bundle))

    def _update(self, expected: Any, directory: Any) -> None:
        from manifestgen.goldens import tree as golden

        found = self._result(expected, directory, golden.update, golden.update_leftovers, golden.update_bundle)
        if found.report:
            self._request.node.add_report_section("call", _SECTION, self._text(found))
        if found.left:
            pytest.fail(
                f"manifestgen did not write these files; move them away: {', '.join(found.left)}", pytrace=False
            )
        if found.error:
            pytest.fail(self._shorter(found.error), pytrace=False)

    def _result(self, expected: Any, directory: Any, of_tree: Any, of_leftovers: Any, of_bundle: Any) -> Result:
        from manifestgen.api import render
        from manifestgen.errors import ManifestgenError

        try:
            if isinstance(expected, OrphanedFiles):
                found: Result = of_leftovers(expected.matrix)
            elif directory is None:
                found = of_tree(expected, render)
            else:
                found = of_bundle(os.path.join(self._request.path.parent, directory), expected)
        except ManifestgenError as error:
            pytest.fail(self._shorter(str(error)), pytrace=False)
        return found

    def _judge(self, found: Result) -> None:
        if found.error:
            pytest.fail(self._shorter(found.error), pytrace=False)
        if found.report:
            pytest.fail(f"{self._text(found)}To accept the difference: pytest {_OPTION}", pytrace=False)

    def _text(self, found: Result) -> str:
        from manifestgen.goldens.report import tree_text

        return self._shorter(tree_text(found, color=self._request.config.get_terminal_writer().hasmarkup))

    def _shorter(self, text: str) -> str:
        """A text with paths as whoever called pytest would write them."""
        return text.replace(f"{self._request.config.invocation_params.dir}{os.sep}", "")


@pytest.fixture
def manifestgen_golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a bundle, or a tree of a matrix, with its golden tree."""
    return Golden(request)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--manifestgen-update`."""
    group = parser.getgroup("manifestgen")
    group.addoption(
        _OPTION, action="store_true", help="rewrite golden trees, and print the difference that is accepted"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", f"{MARKER}(file): run the test for each golden tree of a matrix file")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a marked test one call a tree, and one for files that belong to no tree."""
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None:
        return
    from manifestgen.errors import ManifestgenError
    from manifestgen.goldens.matrix import read_matrix

    try:
        matrix = read_matrix(os.path.join(metafunc.definition.path.parent, *marker.args))
    except ManifestgenError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    cases: list[Tree | OrphanedFiles] = [*matrix.trees, OrphanedFiles(matrix)]
    metafunc.parametrize("manifestgen_tree", cases, ids=[case.name for case in cases])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the differences that were accepted."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    texts = [text for report in reports for title, text in getattr(report, "sections", []) if _SECTION in title]
    if texts:
        terminalreporter.section(_SECTION)
        for text in texts:
            terminalreporter.write(text)
