"""How long renders take in one process, after import, as rows of the benchmark's table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import manifestgen

NEWEST = "3.32"
LIMIT = 1.0
"""Milliseconds that a render may take."""


def rows() -> Iterator[dict[str, Any]]:
    """Each profile, every combination in the order of clusters, with values, and a thousand clusters."""
    newest = NEWEST
    for profile in ("etcd", "kdd", "flannel", "policy-only", "operator"):
        yield timed(f"in a process: {profile} {newest}", partial(of_newest, profile), range(100))
    profiles = ("etcd", "kdd", "flannel", "policy-only")
    releases = [str(release.version) for release in manifestgen.releases()]
    combinations = [(profile, release) for release in releases for profile in profiles if works(profile, release)]
    name = f"in a process: {len(combinations)} combinations in turn"
    yield timed(name, lambda of: one(*of), combinations)
    yield timed(f"{name}, a value", lambda of: one(*of, policy_sync_path="/var/run/x"), combinations)
    for release in ("3.9", newest):
        yield timed(
            f"in a process: kdd {release}, an image for each cluster",
            partial(with_image, release),
            range(100),
        )
    started = time.perf_counter()
    for number in range(1000):
        one("kdd", newest, pod_cidr=f"10.{number % 250}.0.0/16").to_yaml()
    taken = (time.perf_counter() - started) * 1000
    yield {"work": "in a process: 1,000 clusters to YAML", "ms": taken, "target": "2000 ms", "met": taken <= 2000}


def one(profile: str, calico: str, **values: Any) -> manifestgen.Bundle:
    """A render."""
    return manifestgen.render(profile, calico=calico, values=values)


def of_newest(profile: str, _: int) -> manifestgen.Bundle:
    """A render of the newest release."""
    return one(profile, NEWEST)


def with_image(release: str, number: int) -> manifestgen.Bundle:
    """A render whose image is that of one cluster."""
    return one("kdd", release, dikastes_image=f"registry-{number}.example.com/dikastes:v1")


def works(profile: str, calico: str) -> bool:
    """Whether a combination is not refused."""
    try:
        one(profile, calico)
    except manifestgen.ManifestgenError:
        return False
    return True


def timed(name: str, work: Callable[[Any], object], given: Sequence[Any]) -> dict[str, Any]:
    """The median over what is given, after a first round."""
    taken: list[float] = []
    for number in range(2):
        taken.clear()
        for argument in given:
            started = time.perf_counter()
            work(argument)
            taken.append((time.perf_counter() - started) * 1000)
        del number
    median = statistics.median(taken)
    return {"work": name, "ms": median, "target": f"{LIMIT:g} ms", "met": median <= LIMIT}
