"""Output on a terminal."""

from __future__ import annotations

import os


def takes_color(stream: object) -> bool:
    """Whether to color what goes to a stream, by the conventions that command lines share.

    NO_COLOR (https://no-color.org) declines it, FORCE_COLOR and CLICOLOR_FORCE (https://bixense.com/clicolors) ask for
    it where there is no terminal, too, such as in the log of a CI job; otherwise only a terminal is colored, unless
    TERM is `dumb` or CLICOLOR is 0. The first of them that is set decides.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return on_terminal(stream) and os.environ.get("CLICOLOR") != "0"


def on_terminal(stream: object) -> bool:
    """Whether a stream leads to a terminal that obeys escape codes."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and os.environ.get("TERM") != "dumb"
