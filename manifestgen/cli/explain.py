"""`manifestgen explain`: where each field came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.cli.render_options import COMPOSING, bundle
from manifestgen.cli.spec import Argument, Command, Option
from manifestgen.errors import ManifestgenError, nearest, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from manifestgen.api import Bundle
    from manifestgen.patch.resource import Resource


class NoSuchObject(ManifestgenError):
    """The bundle holds no object of this kind and name.

    Attributes:
        asked: KIND/NAME.
    """

    def __init__(self, asked: str, known: Mapping[str, Resource]) -> None:
        super().__init__(
            f"the bundle holds no {asked}",
            candidates=nearest(asked, known) or tuple(known),
            next_step="write KIND/NAME as in DaemonSet/calico-node; --component brings further objects",
        )
        self.asked = asked


def run(arguments: Mapping[str, Any]) -> int:
    """Print the origins of one field, or of every field of an object."""
    from manifestgen.origins import report as origins

    resource = _find(bundle(arguments["profile"], arguments), arguments["object"])
    path = arguments["pointer"]
    if arguments["format"] == "json":
        import json

        print(visible(json.dumps(origins.to_json(resource, path), indent=2, ensure_ascii=False), keep="\n"))
    else:
        print(origins.to_text(resource, path), end="")
    return 0


def _find(rendered: Bundle, asked: str) -> Resource:
    known = {resource.id.short: resource for resource in rendered}
    by_fold = {short.casefold(): resource for short, resource in known.items()}
    if asked.casefold() not in by_fold:
        raise NoSuchObject(asked, known)
    return by_fold[asked.casefold()]


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
