"""Output on a terminal."""

from __future__ import annotations

import os


def takes_color(stream: object) -> bool:
    """Whether a stream takes color: it is a terminal, and NO_COLOR is not set (https://no-color.org)."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not os.environ.get("NO_COLOR")
