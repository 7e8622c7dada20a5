"""`manifestgen fleet`: render many clusters from one file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.progress import Progress
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from manifestgen.errors import ManifestgenError, counted, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.api.fleet_rendering import FleetResult


class ClustersFailed(ManifestgenError):
    """Clusters of a fleet could not be rendered or written.

    Attributes:
        clusters: their names.
    """

    def __init__(self, clusters: tuple[str, ...], total: int) -> None:
        super().__init__(
            f"{len(clusters)} of {total} clusters failed: {', '.join(clusters)}",
            next_step="correct what is reported about them above; the other clusters are done",
        )
        self.clusters = clusters


class NotANumber(ManifestgenError):
    """The number of processes is not valid."""

    def __init__(self, text: str) -> None:
        super().__init__(
            "--jobs must be a whole number of at least 1", found=repr(text), next_step="leave it out for one per core"
        )


def run(arguments: Mapping[str, Any]) -> int:
    """Render the clusters, and report the result for each."""
    outcome = _outcome(arguments)
    if arguments["format"] == "json":
        sys.stdout.write(outcome.to_json())
    for one in outcome.clusters:
        for warning in one.warnings:
            _say(f"warning: {one.name}: {warning}")
        if one.error:
            _say("\n".join(f"error: {one.name}: {line}" for line in _lines(one.error)))
        elif one.status != "unchanged" and not arguments["quiet"]:
            _say(f"{one.name}: {one.status}")
    failed = outcome.with_status("failed")
    if not arguments["quiet"]:
        if outcome.controllers not in {"", "unchanged"}:
            _say(f"objects for Argo CD and Flux: {outcome.controllers}")
        _say(_summary(outcome))
    if failed:
        raise ClustersFailed(tuple(one.name for one in failed), len(outcome.clusters))
    return 1 if outcome else 0


def _outcome(arguments: Mapping[str, Any]) -> FleetResult:
    from manifestgen.api import fleet

    jobs = _jobs(arguments["jobs"])
    with Progress("rendering clusters") as progress:
        return fleet(
            arguments["file"],
            arguments["output"],
            processes=jobs,
            check=arguments["check"],
            force=arguments["force"],
            prune=arguments["prune"],
            argocd=arguments["argocd"],
            flux=arguments["flux"],
            progress=progress,
        )


def _jobs(text: str | None) -> int:
    if text is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise NotANumber(text)
    return int(text)


def _lines(error: ManifestgenError) -> list[str]:
    from manifestgen.errors import Failures

    return [str(one) for one in error] if isinstance(error, Failures) else [str(error)]


def _summary(outcome: FleetResult) -> str:
    from collections import Counter

    counts = Counter(one.status for one in outcome.clusters)
    return f"{counted(len(outcome.clusters), 'cluster')}: " + ", ".join(
        f"{count} {status}" for status, count in counts.items()
    )


def _say(line: str) -> None:
    print(visible(line, keep="\n"), file=sys.stderr)


COMMAND = Command(
    run,
    (Argument("file"),),
    (
        Option(("-o", "--output"), "Directory for the directories of the clusters.", metavar="DIR", default="."),
        Option(("--check",), "Write nothing; exit status 1 if a directory is not what would be rendered.", FLAG),
        Option(("--jobs",), "Number of processes.", metavar="N", without="one per core"),
        Option(("--prune",), "Remove the files of clusters that are no longer in the fleet.", FLAG),
        Option(("--force",), "Overwrite files that were changed since manifestgen wrote them.", FLAG),
        Option(("--argocd",), "Also write an ApplicationSet for Argo CD.", FLAG),
        Option(("--flux",), "Also write a Kustomization per cluster for Flux.", FLAG),
        Option(("--format",), "With json, print a summary on stdout.", choices=("text", "json"), default="text"),
        Option(("--quiet",), "Print warnings and errors only.", FLAG),
    ),
    details="FILE lists clusters in YAML or, if its name ends in .csv, in CSV. A cluster that fails stops no other; "
    "run the same command again and only the rest is done. Exit status: 0 done, 1 a difference (--check), 2 a cluster "
    "failed.",
    examples=("fleet fleet.yaml -o clusters", "fleet fleet.csv -o clusters --check --format json"),
)
