"""`fleet`: many clusters rendered in parallel, each into its own directory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from typing import Any, Protocol

from manifestgen.api.arguments import check_types, path_of
from manifestgen.api.rendering import render
from manifestgen.emit.directory import File, replace_files, write_directory
from manifestgen.emit.errors import NoOutputName
from manifestgen.emit.inventory import INVENTORY
from manifestgen.errors import ManifestgenError
from manifestgen.fleets.gitops import FOLDER, controller_files
from manifestgen.fleets.reading import Cluster, read_fleet
from manifestgen.model.frozen import asdict, evolve, field, frozen

WRITTEN, UNCHANGED, DIFFERENT, FAILED = "written", "unchanged", "different", "failed"
LEFT, PRUNED = "left the fleet", "pruned"
_FEW_CLUSTERS = 32
"""So many are done before other processes have started."""

_BATCH = 16
"""Clusters per task: what a process composes for one of them, the next ones share."""


class WorkerLost(ManifestgenError):
    """The process or machine that was rendering a cluster is gone.

    Attributes:
        cluster: the cluster's name.
    """

    def __init__(self, cluster: str, reason: str) -> None:
        super().__init__(
            f"the worker that rendered {cluster} is gone",
            found=reason,
            next_step="run the same command again: what is done stays, and only the rest is rendered",
        )
        self.cluster = cluster


class Submits(Protocol):
    """The part of `concurrent.futures.Executor` that is used."""

    def submit(self, work: Any, item: Any, /) -> Any:
        """A future of a call in a worker."""


@frozen
class ClusterResult:
    """The result for one cluster.

    Attributes:
        name: the cluster.
        status: `written`, `unchanged`, `different` (with `check`), `failed`, `left the fleet` or `pruned`.
        resources: how many objects it has.
        warnings: the warnings of its render.
        error: why it failed; None if it did not.
        files: with workers on other machines, the files to write, by path.
    """

    name: str
    status: str
    resources: int = 0
    warnings: tuple[str, ...] = ()
    error: ManifestgenError | None = None
    files: Mapping[str, File] = field(factory=dict)


@frozen
class FleetResult:
    """The outcome for a fleet; true if there is a difference or a failure.

    Attributes:
        clusters: the results in the order of the file, then directories of clusters that are no longer in it.
        controllers: `written`, `unchanged` or `different` for the objects for Argo CD and Flux; empty without them.
    """

    clusters: tuple[ClusterResult, ...]
    controllers: str = ""

    def __bool__(self) -> bool:
        return self.controllers == DIFFERENT or any(one.status in {DIFFERENT, FAILED} for one in self.clusters)

    def with_status(self, status: str) -> tuple[ClusterResult, ...]:
        """The clusters with one status."""
        return tuple(one for one in self.clusters if one.status == status)

    def to_json(self) -> str:
        """The summary as JSON: one object per cluster."""
        import json

        rows = []
        for one in self.clusters:
            row = {name: value for name, value in asdict(one, recurse=False).items() if name not in {"files", "error"}}
            rows.append({**row, **({"error": str(one.error)} if one.error else {})})
        summary = {"clusters": rows, **({"controllers": self.controllers} if self.controllers else {})}
        return json.dumps(summary, indent=2, ensure_ascii=False) + "\n"


@frozen
class _FleetTask:
    """How the clusters of a fleet are processed."""

    directory: str
    check: bool
    force: bool
    here: bool

    def __call__(self, clusters: Sequence[Cluster]) -> list[ClusterResult]:
        return [self._one(cluster) for cluster in clusters]

    def _one(self, cluster: Cluster) -> ClusterResult:
        """Render one cluster and write it, or compare it with the existing files."""
        try:
            if cluster.error:
                raise cluster.error
            bundle = render(**cluster.request)
            result = ClusterResult(
                name=cluster.name, status=UNCHANGED, resources=len(bundle), warnings=tuple(map(str, bundle.warnings))
            )
            target = os.path.join(self.directory, cluster.name)
            if self.check:
                different = bool(bundle.check(target))
            elif self.here:
                different = bool(bundle.write(target, force=self.force))
            else:
                return evolve(result, files=bundle.files())
            return evolve(result, status=(DIFFERENT if self.check else WRITTEN)) if different else result
        except ManifestgenError as error:
            return ClusterResult(cluster.name, FAILED, error=error.placed(cluster.location))


def fleet(
    file: str | os.PathLike[str],
    directory: str | os.PathLike[str],
    *,
    executor: Submits | None = None,
    processes: int = 1,
    shared: bool = True,
    check: bool = False,
    force: bool = False,
    prune: bool = False,
    argocd: bool = False,
    flux: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> FleetResult:
    """Render every cluster of a fleet into its own directory, and rewrite only what changed.

    A cluster that cannot be rendered does not stop the others. The only state is on disk: after an interruption, the
    same call does the rest.

    Args:
        file: the fleet, in YAML or CSV (docs/fleet.md).
        directory: the directory of the clusters' directories.
        executor: runs the tasks: any `concurrent.futures.Executor`, such as a ProcessPoolExecutor or
            `distributed.Client(...).get_executor()`; by default this process runs them one after the other.
        processes: without an executor, how many processes of this machine to use for a fleet of more than a few
            clusters.
        shared: whether the workers of the executor share the file system of this process; if not,
            they send the files, and this process writes them.
        check: write nothing, only compare.
        force: overwrite files that were changed since they were written.
        prune: remove the files of clusters that are no longer in the fleet.
        argocd: also write an ApplicationSet for Argo CD.
        flux: also write a Kustomization per cluster for Flux.
        progress: called with how many clusters are done, and of how many.

    Returns:
        The result for each cluster.

    Raises:
        NoOutputName: the directory is an empty string.
        ManifestgenError: the fleet file as a whole cannot be used.
    """
    check_types(directory=directory, force=force)
    if not os.fspath(directory):
        raise NoOutputName
    found, target = read_fleet(path_of("file", file, "a path")), os.fspath(directory)
    controller_files(found, (), argocd=argocd, flux=flux)  # refuses before anything is written
    with ExitStack() as stack:
        if executor is None and processes > 1 and len(found.clusters) > _FEW_CLUSTERS:
            from manifestgen.goldens.workers import Pool

            executor = stack.enter_context(Pool(processes))
        task = _FleetTask(
            os.path.abspath(target) if executor else target, check, force, here=shared or executor is None
        )
        results: list[ClusterResult] = []
        for result in _results(task, found.clusters, executor):
            results.append(result if not result.files else _written_here(result, target, force=force))
            if progress:
                progress(len(results), len(found.clusters))
    present = set(_clusters_on_disk(target))
    names = [one.name for one in results if one.status != FAILED or one.name in present]
    controllers = controller_files(found, names, argocd=argocd, flux=flux)
    state = _controllers(os.path.join(target, FOLDER), controllers, check=check, force=force)
    gone = sorted(present - {cluster.name for cluster in found.clusters})
    results += [_gone(name, target, prune=prune and not check, force=force) for name in gone]
    return FleetResult(tuple(results), controllers=state)


def _controllers(directory: str, files: Mapping[str, File], *, check: bool, force: bool) -> str:
    """Write the objects for the controllers, or compare them with the existing ones; what came of it."""
    if not files:
        return ""
    if check:
        from manifestgen.goldens.output import check_output

        return DIFFERENT if check_output(directory, files, ()) else UNCHANGED
    return WRITTEN if write_directory(directory, files, force=force) else UNCHANGED


def _results(task: _FleetTask, clusters: Sequence[Cluster], executor: Submits | None) -> Iterator[ClusterResult]:
    """The results in the order of the clusters."""
    if executor is None:
        for cluster in clusters:
            yield from task([cluster])
        return
    batches = [clusters[start : start + _BATCH] for start in range(0, len(clusters), _BATCH)]
    futures: list[Future[list[ClusterResult]]] = []
    try:
        futures += [executor.submit(task, batch) for batch in batches]
    except RuntimeError as error:  # a pool that broke takes no more work
        reason = str(error)
    for number, batch in enumerate(batches):
        if number >= len(futures):
            yield from (_lost(cluster, reason) for cluster in batch)
            continue
        try:
            yield from futures[number].result()
        except Exception as error:  # noqa: BLE001 - every executor has errors of its own
            yield from (_lost(cluster, f"{type(error).__name__}: {error}") for cluster in batch)


def _lost(cluster: Cluster, reason: str) -> ClusterResult:
    return ClusterResult(cluster.name, FAILED, error=WorkerLost(cluster.name, reason))


def _written_here(result: ClusterResult, directory: str, *, force: bool) -> ClusterResult:
    try:
        written = write_directory(os.path.join(directory, result.name), result.files, force=force)
    except ManifestgenError as error:
        return ClusterResult(result.name, FAILED, error=error)
    return evolve(result, files={}, status=WRITTEN if written else UNCHANGED)


def _clusters_on_disk(directory: str) -> Iterator[str]:
    """The directories of clusters: those with an inventory."""
    try:
        names = os.listdir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from (name for name in names if name != FOLDER and os.path.isfile(os.path.join(directory, name, INVENTORY)))


def _gone(name: str, directory: str, *, prune: bool, force: bool) -> ClusterResult:
    if not prune:
        return ClusterResult(name, LEFT)
    path = os.path.join(directory, name)
    try:
        write_directory(path, {}, force=force)
        replace_files(path, {}, [INVENTORY])
    except ManifestgenError as error:
        return ClusterResult(name, FAILED, error=error)
    with suppress(OSError):  # it has foreign files
        os.rmdir(path)
    return ClusterResult(name, PRUNED)
