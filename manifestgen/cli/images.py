"""`manifestgen images`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.cli.render_options import COMPOSING, bundle
from manifestgen.cli.spec import Argument, Command, Option
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def run(arguments: Mapping[str, Any]) -> int:
    """Print the images, one per line or as JSON."""
    images = bundle(arguments["profile"], arguments).images()
    if arguments["format"] == "json":
        import json

        from manifestgen.api.images import image_info

        parts = [image_info(image)._asdict() for image in images]
        print(visible(json.dumps(parts, indent=2, ensure_ascii=False), keep="\n"))
        return 0
    for image in images:
        print(visible(image))
    return 0


COMMAND = Command(
    run,
    (Argument("profile"),),
    (Option(("--format",), "Output format.", choices=("text", "json"), default="text"), *COMPOSING),
    details="One image per line, for mirroring and scanning. With --format json, a list of objects with the members "
    "`image`, `name`, `tag` and `digest`.",
    examples=(
        "images kdd --calico 3.32",
        "images ./site --registry registry.example.com/mirror",
        "images kdd --format json",
    ),
)
