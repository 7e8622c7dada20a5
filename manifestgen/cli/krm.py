"""`manifestgen krm`: a KRM function for kustomize and kpt."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.spec import Command

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(_: Mapping[str, Any]) -> int:
    """Read a ResourceList from stdin, and print the resulting one."""
    from manifestgen.api.files import read_text
    from manifestgen.api.krm_function import run_krm_function

    text, succeeded = run_krm_function(read_text(sys.stdin.buffer))
    sys.stdout.write(text)
    return 0 if succeeded else 2


COMMAND = Command(
    run,
    details="Reads a ResourceList on stdin. With a Profile as functionConfig it adds the objects of the profile; with "
    "an Overlay it patches the items. Warnings and errors are in the results of the ResourceList on stdout.",
    examples=("krm < resources.yaml",),
)
