"""How much of a long battery is run: a little with the other tests, all of it by `make prove`."""

from __future__ import annotations

import os

PROVE = bool(os.environ.get("MANIFESTGEN_PROVE"))


def times(few: int, many: int) -> int:
    """How often to do something.

    Args:
        few: in an ordinary test run.
        many: under `MANIFESTGEN_PROVE`.
    """
    return many if PROVE else few
