"""`manifestgen explain`: where each field came from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import COMPOSING, bundle
from manifestgen.cli.spec import Argument, Command, Option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def run(arguments: Mapping[str, Any]) -> int:
    """Print the origins of one field, or of every field of an object."""
    from manifestgen.api import explain

    found = explain(bundle(arguments["profile"], arguments), arguments["object"], arguments["pointer"])
    sys.stdout.write(found.to_json() if arguments["format"] == "json" else found.to_text())
    return 0


COMMAND = Command(
    run,
    (Argument("profile"), Argument("object"), Argument("pointer", required=False)),
    (Option(("--format",), "Output format.", choices=("text", "json"), default="text"), *COMPOSING),
    details="OBJECT is KIND/NAME. With POINTER, the history of one field: the value, the file and line it came from, "
    "and what each patch operation replaced.",
    examples=(
        "explain kdd DaemonSet/calico-node",
        "explain kdd DaemonSet/calico-node /spec/template/spec/hostNetwork",
    ),
)
