"""The shape of an EnvoyFilter that each Istio takes: `tests/cases/mesh/envoyfilters.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from manifestgen.model.version import parse_range, parse_version, within

_FILE = Path(__file__).parents[1] / "cases" / "mesh" / "envoyfilters.yaml"
_DATA: dict[str, Any] = yaml.safe_load(_FILE.read_text())


def wrong(spec: dict[str, Any], istio: str) -> list[str]:
    """What one Istio would not take of an EnvoyFilter's spec, or would leave out."""
    (era,) = (era for era in _DATA["eras"] if within(parse_version(istio), parse_range(era["istio"])))
    found = [*_against(era["spec"], spec)]
    if found:
        return found
    names = _DATA["names"][era["names"]]
    for one in spec.get("filters", []):
        kind = one["filterType"].lower()
        found += _against(era[kind], one["filterConfig"])
        if one["filterName"] != names[kind]:
            found.append(f"filterName: {one['filterName']}")
        if one.get("insertPosition", {}).get("relativeTo", names["router"]) != names["router"]:
            found.append("insertPosition: there is no such filter")
    for one in spec.get("configPatches", []):
        if one["applyTo"] == "CLUSTER":
            found += _against(era["cluster"], one["patch"]["value"]) if "cluster" in era else ["CLUSTER: no such form"]
            continue
        kind = one["applyTo"].partition("_")[0].lower()
        value, chain = one["patch"]["value"], one["match"]["listener"]["filterChain"]["filter"]
        if set(value) != {"name", era["member"]} or value["name"] != names[kind]:
            found.append(f"value: {sorted(value)} {value.get('name')}")
        else:
            found += _against(era[kind], value[era["member"]])
        wanted = {"name": names["tcp"]} if kind == "network" else {"name": names["manager"]}
        inside = {"subFilter": {"name": names["router"]}} if "subFilter" in chain else {}
        if chain != wanted | inside or (inside and kind == "network"):
            found.append(f"filterChain: {chain}")
    return found


def _against(name: str, value: Any) -> Iterator[str]:
    schemas = _DATA["schemas"]
    validator = Draft202012Validator({**schemas[name], "type": "object", "$defs": schemas})
    return (f"{name}{error.json_path}: {error.message}" for error in validator.iter_errors(value))
