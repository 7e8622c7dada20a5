"""`manifestgen profiles`, `releases` and `parameters`: lists of what is available."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import CALICO, ISTIO
from manifestgen.cli.spec import Argument, Command, Option
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_FORMAT = Option(("--format",), "Output format.", choices=("text", "json"), default="text")


def profiles(arguments: Mapping[str, Any]) -> int:
    """Print the profiles, then the components."""
    from manifestgen import api

    profiles, components = api.profiles(), api.components()
    if arguments["format"] == "json":
        _json({"profiles": [one._asdict() for one in profiles], "components": [one._asdict() for one in components]})
        return 0
    _table([[one.name, one.summary] for one in profiles])
    print("\ncomponents (* rendered unless --component is given)")
    _table([[("* " if one.default else "  ") + one.name, one.summary] for one in components])
    return 0


def releases(arguments: Mapping[str, Any]) -> int:
    """Print the releases of a product, oldest first."""
    from manifestgen import api

    found = api.releases(arguments["product"].capitalize())
    if arguments["format"] == "json":
        _json([one._asdict() for one in found])
        return 0
    head = ["RELEASE", "NEWEST", *(["ISTIO"] if found[0].istio else []), "KUBERNETES", "WHAT CHANGED"]
    rows = [
        [
            one.name,
            one.version,
            *([one.istio] if one.istio else []),
            one.kubernetes or one.tested,
            "; ".join([one.summary, *one.faults]),
        ]
        for one in found
    ]
    _table([head, *rows])
    return 0


def parameters(arguments: Mapping[str, Any]) -> int:
    """Print what can be set in a profile: type, default, help, places and an example of each parameter."""
    from manifestgen.api import parameters as described

    found = described(arguments["profile"], calico=arguments["calico"], istio=arguments["istio"])
    if arguments["format"] == "json":
        _json([one.as_json() for one in found])
        return 0
    for one in found:
        print(visible("\n".join(_lines(one.as_json())), keep="\n"))
    return 0


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    yield f"{row['name']}: {row['wanted']}"
    yield f"  {row['help']}"
    yield f"  default: {'not set' if row['default'] is None else _one_line(row['default'])}"
    for location in row["lands"]:
        inside = "".join(f"{string} | " for string in location["inside"])
        yield f"  sets: {location['object']} {inside}{location['pointer']}"
    if not row["lands"]:
        yield "  sets no field; other values are checked against it"
    yield f"  for example: --set {shlex.quote(row['example'])}"


def _one_line(value: object) -> str:
    import json

    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print(visible("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()))


def _json(value: object) -> None:
    import json

    print(visible(json.dumps(value, indent=2, ensure_ascii=False), keep="\n"))


PROFILES = Command(profiles, (), (_FORMAT,))
RELEASES = Command(
    releases,
    (Argument("product", required=False, default="Calico"),),
    (_FORMAT,),
    details="PRODUCT is Calico, which is the default, or Istio.",
    examples=("releases", "releases Istio --format json"),
)
PARAMETERS = Command(
    parameters,
    (Argument("profile"),),
    (CALICO, ISTIO, _FORMAT),
    details="Type, default, description, the fields that each one sets, and an example.",
    examples=("parameters kdd", "parameters etcd --calico 3.9 --format json"),
)
