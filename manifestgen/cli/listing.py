"""`manifestgen profiles`, `releases` and `parameters`: what there is."""

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
    from manifestgen.catalog.loading import catalog_index, shipped_layer, shipped_profiles

    rows = [{"name": name, "summary": shipped_layer(f"{name}/profile.yaml").summary} for name in shipped_profiles()]
    components = [{"name": name, **about} for name, about in catalog_index()["components"].items()]
    if arguments["format"] == "json":
        _json({"profiles": rows, "components": components})
        return 0
    _table([[row["name"], row["summary"]] for row in rows])
    print("\ncomponents (* rendered unless --component is given)")
    _table([[("* " if row["default"] else "  ") + row["name"], row["summary"]] for row in components])
    return 0


def releases(arguments: Mapping[str, Any]) -> int:
    """Print the Calico releases, oldest first."""
    from manifestgen.catalog.releases import minors, release

    found = [release("Calico", minor) for minor in minors("Calico")]
    rows = [
        {
            "name": f"v{one.version.as_minor}",
            "version": str(one.version),
            "istio": one.layer.info["documented"]["istio"],
            "kubernetes": one.layer.info["documented"].get("kubernetes", ""),
            "summary": one.layer.summary,
            "faults": [fault["summary"] for fault in one.layer.info.get("faults", [])],
        }
        for one in found
    ]
    if arguments["format"] == "json":
        _json(rows)
        return 0
    _table(
        [["RELEASE", "NEWEST", "ISTIO", "KUBERNETES", "WHAT CHANGED"]]
        + [
            [row["name"], row["version"], row["istio"], row["kubernetes"], "; ".join([row["summary"], *row["faults"]])]
            for row in rows
        ]
    )
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
    yield f"{row['name']}: {wanted(row)}"
    yield f"  {row['help']}"
    yield f"  default: {'not set' if row['default'] is None else _one_line(row['default'])}"
    for location in row["lands"]:
        inside = "".join(f"{string} | " for string in location["inside"])
        yield f"  lands in: {location['object']} {inside}{location['pointer']}"
    if not row["lands"]:
        yield "  lands nowhere; other values are checked against it"
    yield f"  for example: --set {shlex.quote(row['example'])}"


def wanted(row: Mapping[str, Any]) -> str:
    """What a value is, with what the declaration adds to its type."""
    if "choices" in row:
        return f"one of {', '.join(row['choices'])}"
    words = str(row["wanted"])
    if "minimum" in row and "maximum" in row:
        words += f", {row['minimum']} to {row['maximum']}"
    if "form" in row and row["type"] != "file":
        words = str(row["form"])
    return f"{words}, or {', '.join(row['also'])}" if "also" in row else words


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
RELEASES = Command(releases, (), (_FORMAT,))
PARAMETERS = Command(
    parameters,
    (Argument("profile"),),
    (CALICO, ISTIO, _FORMAT),
    details="Type, default, description, the fields that each one sets, and an example.",
    examples=("parameters kdd", "parameters etcd --calico 3.9 --format json"),
)
