"""The page of every error: when it is raised, what it keeps, and the exit status that it gives a command."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator

import manifestgen
from manifestgen.errors import FAULT, ManifestgenError

ROOMS = {
    "yamlio": "Reading YAML and JSON",
    "model": "Pointers and versions",
    "catalog": "Profiles, releases and parameters",
    "patch": "Patches",
    "embedded": "Documents in strings",
    "compose": "Rules, values, images and objects",
    "injector": "The sidecar injector",
    "emit": "The output directory",
    "difference": "Differences and drift",
    "goldens": "Golden trees",
    "schemas": "Validation",
    "fleets": "Fleets",
    "adoption": "Adopting an install",
    "upgrades": "Upgrades",
    "api": "The Python API",
    "authz": "The authorization contract",
    "cli": "The command line",
}
STATUSES = """\
# Errors and exit statuses

| status | meaning |
|---|---|
| 0 | done, or no difference |
| 1 | a difference, a denied check, a finding of `preflight` or `validate` |
| 2 | a mistake in the input or in the arguments; nothing was written |
| 3 | a fault of manifestgen; please report it |
| 130 | interrupted by Ctrl-C |

A message has up to four parts, in this order: where and what failed, `found`, `nearest` and `next`. Errors of one
stage are reported together, in the order of files and lines, each with its own `error:`. A value that is or may be that
of a Secret is never shown.

In Python every error is a `manifestgen.ManifestgenError` with the attributes `what`, `where` (file, line and column),
`found`, `candidates` and `next_step`, and those that the tables name. Several errors of one stage come as one
`manifestgen.Failures`; iterate over it. All of them can be pickled, so they survive the way back from a worker process.

```python
import manifestgen

try:
    manifestgen.render("kdd", calico="3.99")
except manifestgen.NoSuchRelease as error:
    print(error.product, error.version, error.candidates)
```

An error ends a command with status 2 unless the table says otherwise.
"""


def page() -> str:
    """The whole page."""
    lines = [STATUSES]
    classes = sorted(every(), key=lambda one: one.__name__)
    for room, title in ROOMS.items():
        found = [one for one in classes if _room(one) == room]
        if found:
            lines += [f"## {title}", "", *_place(room), "| error | when | attributes |", "|---|---|---|"]
            lines += [_row(one) for one in found]
            lines.append("")
    return "\n".join(lines)


def every() -> set[type[ManifestgenError]]:
    """Every class of error that there is, in any module."""
    for module in pkgutil.walk_packages(manifestgen.__path__, "manifestgen."):
        if not re.search(r"\.(stubs|protos|__main__)\b", module.name):
            importlib.import_module(module.name)
    found: set[type[ManifestgenError]] = set()
    waiting = [ManifestgenError]
    while waiting:
        below = waiting.pop().__subclasses__()
        found.update(one for one in below if one.__module__.startswith("manifestgen."))
        waiting += below
    return {one for one in found if _room(one) != "errors"}


def _room(one: type) -> str:
    return one.__module__.split(".")[1]


def _place(room: str) -> Iterator[str]:
    if room == "authz":
        yield from ("In the modules of `manifestgen.authz`; they need the extra `authz`.", "")
    if room == "cli":
        yield from ("Of commands only; Python code does not meet them.", "")


def _row(one: type[ManifestgenError]) -> str:
    text = inspect.getdoc(one) or ""
    said, _, rest = text.partition("\n\n")
    attributes = re.search(r"(?s)Attributes:\n(.*?)(?:\n\n|\Z)", rest)
    names = re.findall(r"(?m)^ {4}([\w, ]+):", attributes[1]) if attributes else []
    base = next(base for base in one.__mro__[1:] if issubclass(base, ManifestgenError))
    kept = ", ".join(f"`{name.strip()}`" for line in names for name in line.split(","))
    when = re.sub(r":\w+:`~?([\w.]+)`", _named, " ".join(said.split()))
    when += f" Also caught as `{base.__name__}`." if base is not ManifestgenError else ""
    when += " **Exit status 3.**" if one.exit_status == FAULT else ""
    return f"| `{one.__name__}` | {when.replace('|', chr(92) + '|')} | {kept} |".replace("  |", " |")


def _named(found: re.Match[str]) -> str:
    """What a docstring refers to: a number by itself, anything else by its name."""
    module, _, name = found[1].rpartition(".")
    value = getattr(importlib.import_module(module), name, None) if module in sys.modules else None
    return str(value) if isinstance(value, int) else f"`{name}`"
