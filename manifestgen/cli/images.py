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
    """Print the images, one a line."""
    for image in bundle(arguments["profile"], arguments).images():
        print(visible(image))
    return 0


COMMAND = Command(
    "images",
    "List every image that a bundle needs, one a line, for mirroring and scanning.",
    run,
    (Argument("profile"),),
    COMPOSING,
)
