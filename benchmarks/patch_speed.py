"""How long a patch of 20 operations takes, beside python-jsonpatch.

python benchmarks/patch_speed.py
"""

from __future__ import annotations

import timeit
from typing import Any

import jsonpatch

import manifestgen
from manifestgen.patch import rfc6902

ENV = "/spec/template/spec/containers/0/env"
ADDITIONS = [{"op": "add", "path": f"{ENV}/{n}", "value": {"name": f"N{n}", "value": "v"}} for n in range(10)]
CHANGES = [{"op": "replace", "path": f"{ENV}/{n}/value", "value": "w"} for n in range(10)]
PATCH: list[dict[str, Any]] = [*ADDITIONS, *CHANGES]


def main() -> None:
    """Measure on the DaemonSet of the newest release and print microseconds, the best of five."""
    rendered = manifestgen.render("kdd", components=("node",))
    document = next(resource.body for resource in rendered if resource.id.kind == "DaemonSet")
    if rfc6902.patch(document, PATCH) != jsonpatch.apply_patch(document, PATCH):
        raise SystemExit("the results differ")
    for name, run in (("manifestgen", rfc6902.patch), ("jsonpatch", jsonpatch.apply_patch)):
        best = min(timeit.repeat(lambda run=run: run(document, PATCH), number=200, repeat=5)) / 200  # type: ignore[misc]
        print(f"{name:12} {best * 1e6:7.1f} µs")


if __name__ == "__main__":
    main()
