"""`check_golden` and `update_golden`: golden trees against what is rendered."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from manifestgen.api.arguments import check_types
from manifestgen.api.rendering import render
from manifestgen.api.request import resolve_kubernetes
from manifestgen.api.settings import resolve_settings
from manifestgen.catalog import releases
from manifestgen.catalog.loading import profile_chain
from manifestgen.goldens.matrix import read_matrix
from manifestgen.goldens.run import RunResult as RunResult
from manifestgen.goldens.run import check_all, update_all

MATRIX = "golden/matrix.yaml"


def check_golden(
    matrix: str | os.PathLike[str] = MATRIX,
    trees: Sequence[str] = (),
    *,
    processes: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> RunResult:
    """Compare golden trees with what is rendered; nothing is written.

    Args:
        matrix: the file that says what is rendered; the trees are beside it.
        trees: names, parts of names or patterns of the trees to check; by default all of them, and the files beside
            them that belong to none.
        processes: the maximum number of processes; 0 for one per core.
        progress: called with how many trees are done, of how many, and the name of the last.

    Returns:
        The outcome; false if every tree is up to date.

    Raises:
        ManifestgenError: the matrix cannot be read, or a word selects no tree.
    """
    check_types(matrix=matrix, trees=trees)
    return check_all(read_matrix(os.fspath(matrix)), trees, render, processes=processes, progress=progress)


def update_golden(
    matrix: str | os.PathLike[str] = MATRIX,
    trees: Sequence[str] = (),
    *,
    processes: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> RunResult:
    """Update golden trees to what is rendered; for the arguments see `check_golden`.

    Returns:
        The differences that were accepted.

    Raises:
        CannotUpdate: the operating system refuses.
        ManifestgenError: the matrix cannot be read, or a word selects no tree.
    """
    check_types(matrix=matrix, trees=trees)
    return update_all(read_matrix(os.fspath(matrix)), trees, render, processes=processes, progress=progress)


def init_golden(
    profiles: Sequence[str | os.PathLike[str]],
    matrix: str | os.PathLike[str] = MATRIX,
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
) -> tuple[str, ...]:
    """Write a matrix of golden trees to begin with; `update_golden` then renders them.

    Args:
        profiles: names of shipped profiles, or directories with a profile.yaml.
        matrix: the file to write; the golden trees will be beside it.
        calico: the Calico version of the trees; by default what a profile states, or the newest release that is not
            known to be broken.
        istio: the Istio version; by default what a profile or the Calico release says.
        kubernetes: the version to write API versions for; by default what a profile says, or as published.

    Returns:
        The names of the golden trees.

    Raises:
        MatrixExists: there is a matrix already.
        ManifestgenError: a profile is not known or needs a Calico version, a version is invalid, or the file cannot be
            written.
    """
    check_types(profiles=profiles, matrix=matrix, calico=calico, istio=istio, kubernetes=kubernetes)
    from manifestgen.goldens.starting import start_matrix

    names = [os.fspath(profile) for profile in profiles]
    for name in names:
        resolve_settings(profile_chain(name), calico=calico)
    for product, version in (("Calico", calico), ("Istio", istio)):
        if version is not None:
            releases.resolve(product, version)
    resolve_kubernetes(kubernetes)
    started = start_matrix(os.fspath(matrix), names, calico=calico, istio=istio, kubernetes=kubernetes)
    return tuple(tree.name for tree in started.trees)


def report(outcome: RunResult, form: str = "text", *, color: bool = False, command: str = "", date: str = "") -> str:
    """What became of golden trees, for people or programs.

    Args:
        outcome: the outcome of a check or an update.
        form: `text`, `json`, `junit`, `markdown` or `html`; `update` for a text about an update.
        color: text with the escape codes of a terminal.
        command: for `html`, the command that made the page, to show on it.
        date: for `html`, when the trees were compared, to show on it.
    """
    from manifestgen.goldens import report as reports

    if form in {"text", "update"}:
        text = reports.to_text if form == "text" else reports.update_text
        return text(outcome, color=color)
    if form == "html":
        return reports.to_html(outcome, command=command, date=date)
    return {"json": reports.to_json, "junit": reports.to_junit, "markdown": reports.to_markdown}[form](outcome)


def tree_names(matrix: str | os.PathLike[str] = MATRIX) -> tuple[str, ...]:
    """The names of the golden trees of a matrix, in its order.

    Raises:
        ManifestgenError: the matrix cannot be read.
    """
    return tuple(tree.name for tree in read_matrix(os.fspath(matrix)).trees)
