"""`manifestgen images`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.cli.render_options import COMPOSING, bundle
from manifestgen.cli.spec import Argument, Command
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def run(arguments: Mapping[str, Any]) -> int:
    """Print the images, one per line."""
    for image in bundle(arguments["profile"], arguments).images():
        print(visible(image))
    return 0


COMMAND = Command(
    run,
    (Argument("profile"),),
    COMPOSING,
    details="One image per line, for mirroring and scanning.",
    examples=("images kdd --calico 3.32", "images ./site --registry registry.example.com/mirror"),
)
