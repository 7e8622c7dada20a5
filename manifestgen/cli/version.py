"""`manifestgen version`, also `-V` and `--version`."""

from __future__ import annotations

from manifestgen._version import __version__
from manifestgen.cli.spec import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def run(_: Mapping[str, Any]) -> int:
    """Print the version."""
    print(f"manifestgen {__version__}")
    return 0


COMMAND = Command(run, details="The same as -V and --version.", examples=("version",))
