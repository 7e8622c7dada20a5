"""`check_golden` and `update_golden`: golden trees against what is rendered."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from manifestgen.api.arguments import check_types
from manifestgen.api.rendering import render
from manifestgen.goldens.matrix import read_matrix
from manifestgen.goldens.run import RunResult, check_all, update_all

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
        trees: names, parts of names or patterns of the trees to look at; by default all of them, and the files beside
            them that belong to none.
        processes: how many to use at the most; 0 for one a core.
        progress: called with how many trees are done, of how many, and the name of the last.

    Returns:
        False where every tree is what is rendered.

    Raises:
        ManifestgenError: the matrix cannot be read, or a word names no tree.
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
    """Make golden trees what is rendered; for the arguments see `check_golden`.

    Returns:
        The differences that were accepted.

    Raises:
        CannotUpdate: the operating system refuses.
        ManifestgenError: the matrix cannot be read, or a word names no tree.
    """
    check_types(matrix=matrix, trees=trees)
    return update_all(read_matrix(os.fspath(matrix)), trees, render, processes=processes, progress=progress)
