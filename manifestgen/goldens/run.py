"""Working on many golden trees in parallel, and the overall outcome."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from manifestgen.difference.report import Report
from manifestgen.errors import counted
from manifestgen.goldens import tree as golden
from manifestgen.goldens.matrix import Matrix
from manifestgen.goldens.tree import Result
from manifestgen.model.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from manifestgen.goldens.matrix import Tree
    from manifestgen.goldens.tree import Render

_MOST_PROCESSES = 8
_FEW_TREES = 4
"""So many are done before another process has started."""


@frozen
class RunResult:
    """The outcome for golden trees.

    Attributes:
        results: one per tree, in the order of the matrix.
        leftovers: the result for files that belong to no tree; None if only some trees were selected.
    """

    results: tuple[Result, ...]
    leftovers: Result | None = None

    def __bool__(self) -> bool:
        return any(self.all)

    @property
    def all(self) -> tuple[Result, ...]:
        """The results, including the one for leftover files."""
        return (*self.results, *([] if self.leftovers is None else [self.leftovers]))

    @property
    def differing(self) -> tuple[Report, ...]:
        """The reports that are not empty."""
        return tuple(result.report for result in self.all if result.report)

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """The trees that could not be rendered, with their errors."""
        return tuple((result.name, result.error) for result in self.results if result.error)

    @property
    def left(self) -> tuple[str, ...]:
        """Files that are kept although nothing writes them."""
        return tuple(path for result in self.all for path in result.left)

    def summary(self) -> str:
        """A summary in one line: how many trees, and what differs in them."""
        trees = counted(len(self.results), "golden tree")
        if not self:
            return f"{trees} as expected"
        same = sum(not result for result in self.results)
        return f"{trees}: {same} as expected, {len(self.results) - same} not: {', '.join(self._found(self.all))}"

    def update_summary(self) -> str:
        """A summary of an update in one line: what was written, and what was accepted."""
        if not self:
            return f"{counted(len(self.results), 'golden tree')} up to date"
        created = [result for result in self.results if result.is_new]
        changed = [result for result in self.results if result.report and not result.is_new]
        same = len(self.results) - len(created) - len(changed) - len(self.errors)
        parts = []
        if created:
            files = counted(sum(result.written for result in created), "file")
            parts.append(f"wrote {counted(len(created), 'golden tree')} with {files}")
        rest = [*changed, *([self.leftovers] if self.leftovers else [])]
        if changed:
            parts.append(f"updated {counted(len(changed), 'golden tree')}: {', '.join(self._found(rest))}")
        elif self.leftovers:
            parts.append(", ".join(self._found(rest)))
        if self.errors:
            parts.append(f"{len(self.errors)} cannot be rendered")
        return "; ".join([*parts, *([f"{same} up to date"] if same else [])])

    def _found(self, results: Sequence[Result]) -> list[str]:
        """What the reports of some results hold, counted by kind."""
        kinds: Counter[str] = Counter()
        for result in results:
            kinds.update(f"object {one.change}" for one in result.report.objects)
            noun = "tree" if result.is_new else "file"
            kinds.update(f"{noun} {_FILES.get(file.change, file.change)}" for file in result.report.files)
        errors = sum(bool(result.error) for result in results)
        found = [_several(count, words) for words, count in kinds.items()]
        return found + ([f"{errors} cannot be rendered"] if errors else [])


_FILES = {"formatting": "formatted otherwise"}


def _several(count: int, words: str) -> str:
    noun, _, rest = words.partition(" ")
    return f"{counted(count, noun)} {rest}"


def check_all(matrix: Matrix, words: Sequence[str], render: Render, **how: Any) -> RunResult:
    """Compare golden trees with what is rendered.

    Args:
        matrix: the matrix.
        words: which trees; without any, all trees and leftover files.
        render: `manifestgen.render`.
        how: see `run`.

    Raises:
        NothingSelected: a word selects no tree.
    """
    results = run(golden.check, matrix.select(words), render, **how)
    return RunResult(results, None if words else golden.check_leftovers(matrix))


def update_all(matrix: Matrix, words: Sequence[str], render: Render, **how: Any) -> RunResult:
    """Update golden trees to what is rendered; for the arguments see `check_all`.

    Returns:
        The differences that were accepted.

    Raises:
        CannotUpdate: the operating system refuses.
        NothingSelected: a word selects no tree.
    """
    results = run(golden.update, matrix.select(words), render, **how)
    return RunResult(results, None if words else golden.update_leftovers(matrix))


def run(
    work: Callable[[Tree, Render], Result],
    trees: Sequence[Tree],
    render: Render,
    *,
    processes: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Result, ...]:
    """Check or update trees, in several processes if that pays.

    Args:
        work: `golden.check` or `golden.update`.
        trees: the trees of a matrix.
        render: `manifestgen.render`.
        processes: the maximum number of processes; 0 for one per core.
        progress: called with how many are done, of how many, and the name of the last.
    """
    results = []
    for result in _each(work, trees, render, min(processes or _cores(), len(trees) // _FEW_TREES)):
        results.append(result)
        if progress:
            progress(len(results), len(trees), result.name)
    return tuple(results)


def _each(work: Callable[..., Result], trees: Sequence[Tree], render: Render, processes: int) -> Iterator[Result]:
    if processes < 2:
        yield from (work(tree, render) for tree in trees)
        return
    from manifestgen.goldens.workers import Pool

    with Pool(processes) as pool:
        # Neighbours share a release, so a process can reuse what it composed for the last one.
        share = -(-len(trees) // (2 * processes))
        yield from pool.map(partial(work, render=render), trees, share)


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES)
