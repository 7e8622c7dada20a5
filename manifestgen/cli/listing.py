"""`manifestgen profiles`, `releases` and `parameters`: lists of what is available."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import CALICO, ISTIO
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from manifestgen.errors import ManifestgenError, nearest, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from manifestgen.api.listing import ReleaseInfo

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


class OneProduct(ManifestgenError):
    """A list of releases is of one product.

    Attributes:
        products: the words that were given.
    """

    def __init__(self, products: Sequence[str]) -> None:
        super().__init__(
            "a list is of one product",
            found=" and ".join(products),
            next_step="give one of --istio and --kubernetes, or neither for Calico",
        )
        self.products = tuple(products)


class NoSuchProduct(ManifestgenError):
    """There are no releases of a product.

    Attributes:
        product: what was asked for.
    """

    def __init__(self, product: str) -> None:
        super().__init__(
            f"no releases of {product!r} are known",
            candidates=nearest(product, PRODUCTS) or PRODUCTS,
            next_step="write releases, releases --istio or releases --kubernetes",
        )
        self.product = product


PRODUCTS = ("Calico", "Istio", "Kubernetes")


def releases(arguments: Mapping[str, Any]) -> int:
    """Print the releases of a product, oldest first."""
    from manifestgen import api

    product = _product(arguments)
    found = api.releases(product)
    if arguments["format"] == "json":
        _json([one._asdict() for one in found])
        return 0
    columns: dict[str, Callable[[ReleaseInfo], str]] = {
        "RELEASE": lambda one: one.name,
        "NEWEST": lambda one: one.version,
        "ISTIO": lambda one: one.istio,
        "KUBERNETES": lambda one: one.tested or one.kubernetes,
        "NAMED BY CALICO" if product == "Istio" else "TESTED WITH CALICO": lambda one: _spans(one.calico_releases),
        "TESTED WITH ISTIO": lambda one: _spans(one.istio_releases),
        "WHAT CHANGED": lambda one: "; ".join([*filter(None, [one.summary]), *one.faults]),
    }
    rows = [[head, *map(cells, found)] for head, cells in columns.items()]
    left_out = {"Kubernetes": {"NEWEST"}}.get(product, set())
    shown = [row for row in rows if any(row[1:]) and row[0] not in left_out]
    _table(list(zip(*shown, strict=True)))
    return 0


def _product(arguments: Mapping[str, Any]) -> str:
    flags = [product for product in PRODUCTS[1:] if arguments[product.lower()]]
    named = arguments["product"].capitalize() if arguments["product"] else ""
    if named and named not in PRODUCTS:
        raise NoSuchProduct(arguments["product"])
    asked = list(dict.fromkeys([*flags, *filter(None, [named])]))
    if len(asked) > 1:
        raise OneProduct(asked)
    return asked[0] if asked else PRODUCTS[0]


def _spans(names: Sequence[str]) -> str:
    """Minors in short: `3.9, 3.26 to 3.32`."""
    numbers = [int(name.partition(".")[2]) for name in names]
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    major = names[0].partition(".")[0].removeprefix("v") if names else ""
    return ", ".join(
        f"{major}.{span[0]}" if len(span) == 1 else f"{major}.{span[0]} to {major}.{span[-1]}" for span in spans
    )


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


PROFILES = Command(profiles, (), (_FORMAT,), examples=("profiles", "profiles --format json"))
RELEASES = Command(
    releases,
    (Argument("product", required=False),),
    (
        Option(("--istio",), "List the releases of Istio, and which Calico releases document each.", FLAG),
        Option(("--kubernetes",), "List the versions of Kubernetes, and which releases were tested with each.", FLAG),
        _FORMAT,
    ),
    details="Without an option, the releases of Calico, with the Istio that they document and the Kubernetes versions "
    "that they were tested with. PRODUCT (calico, istio, kubernetes) is another way to write the options.",
    examples=("releases", "releases --istio", "releases --kubernetes --format json"),
)
PARAMETERS = Command(
    parameters,
    (Argument("profile"),),
    (CALICO, ISTIO, _FORMAT),
    details="Type, default, description, the fields that each one sets, and an example.",
    examples=("parameters kdd", "parameters etcd --calico 3.9 --format json"),
)
