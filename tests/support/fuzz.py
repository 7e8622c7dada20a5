"""How many examples hypothesis tries: some dozens with the other tests, thousands by `make prove`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.support.prove import PROVE, times


def examples(few: int, many: int) -> settings:
    """The settings of a fuzz test: the same examples on every ordinary run, new ones under `MANIFESTGEN_PROVE`.

    Args:
        few: how many examples in an ordinary run.
        many: how many under `MANIFESTGEN_PROVE`.
    """
    return settings(
        max_examples=times(few, many), deadline=None, derandomize=not PROVE, suppress_health_check=list(HealthCheck)
    )
