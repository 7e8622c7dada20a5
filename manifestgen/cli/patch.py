"""`manifestgen patch`: an overlay on a stream, such as a Helm post-renderer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.spec import Argument, Command, Option

if TYPE_CHECKING:
    from collections.abc import Mapping

STDIN = "-"


def run(arguments: Mapping[str, Any]) -> int:
    """Read objects, and print them with the overlays applied."""
    from manifestgen.api.overlaying import apply_overlay

    source = sys.stdin.buffer if arguments["file"] == STDIN else arguments["file"]
    sys.stdout.write(apply_overlay(source, arguments["overlay"]).to_yaml())
    return 0


COMMAND = Command(
    run,
    (Argument("overlay", many=True),),
    (Option(("--file",), "Objects to patch; - for a stream on stdin.", metavar="FILE", default=STDIN),),
    details="OVERLAY is a directory as for --overlay, without conditions and parameter values, which need a profile. "
    "It works as a Helm post-renderer.",
    examples=("patch ./team --file objects.yaml", "patch ./team < objects.yaml > patched.yaml"),
)
