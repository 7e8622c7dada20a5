"""`manifestgen adopt`: a profile from an install that somebody edited."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from manifestgen.cli.progress import Progress
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from manifestgen.errors import ManifestgenError, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

STREAM = "-"


class NeedsOutput(ManifestgenError):
    """No directory to write the profile to is given."""

    def __init__(self) -> None:
        super().__init__("-o is missing", next_step="name a new directory for the profile with -o DIR")


def run(arguments: Mapping[str, Any]) -> int:
    """Recognize the install, write the profile, report what was found."""
    from manifestgen.api.adoption import adopt

    if arguments["output"] is None:
        raise NeedsOutput
    sources = [sys.stdin.buffer if one == STREAM else one for one in arguments["source"]]
    with Progress("recognizing the install"):
        found = adopt(
            *sources,
            output=arguments["output"],
            manifest=arguments["manifest"],
            secrets=arguments["secrets"],
            force=arguments["force"],
        )
    text = found.to_json() if arguments["format"] == "json" else found.to_text()
    sys.stdout.write(visible(text, keep="\n"))
    return 0


COMMAND = Command(
    run,
    (Argument("source", many=True),),
    (
        Option(("-o", "--output"), "New directory for the profile.", metavar="DIR"),
        Option(
            ("--manifest",),
            "Install that Calico publishes for the release: keep other objects as published, your edits as patches.",
            metavar="PATH",
        ),
        Option(("--secrets",), "Also write the values of Secrets.", FLAG),
        Option(("--force",), "Replace what an earlier adopt wrote there.", FLAG),
        Option(("--format",), "Output format.", choices=("text", "json"), default="text"),
    ),
    details="SOURCE is a file, a directory or - for stdin: the manifests that were applied, or what `kubectl get "
    "-o yaml` prints. Finds the Calico release and profile that they differ from least, and writes a profile that "
    "renders them: values of parameters, patches, and the other objects as files. Before anything is written, the "
    "profile is rendered and compared with the source.",
    examples=("adopt calico.yaml -o site", "adopt - -o site --format json < cluster.yaml"),
)
