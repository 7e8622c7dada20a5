"""The table of parameters: `tests/cases/parameters/*.yaml`, and how a case reads.

A case gives one parameter a value and says where it lands: in a variable of calico-node (`env`), or at a place
(`at`) in an object (`in`, by default calico-node's DaemonSet), perhaps `inside` a document in a string. An entry
is about all profiles and releases unless it says which. Where a case has no entry for a profile and release, the
parameter has no place there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from manifestgen.catalog import releases
from manifestgen.embedded import json_text
from manifestgen.model.version import Version, parse_range, within
from manifestgen.yamlio.reader import read

FOLDER = Path(__file__).parents[1] / "cases" / "parameters"
NODE = "DaemonSet/(calico-node|canal)"
ENVIRONMENT = "/spec/template/spec/containers/[name=calico-node]/env/[name={}]"
MISSING = object()


def cases() -> list[dict[str, Any]]:
    """Every case, in the order of the files."""
    paths = sorted(path for path in FOLDER.glob("*.yaml") if path.stem not in {"rules", "words"})
    return [case for path in paths for case in read(path.read_text(), str(path))[0]]


def table(name: str) -> list[dict[str, Any]]:
    """The cases of one further file."""
    found: list[dict[str, Any]] = read((FOLDER / name).read_text(), name)[0]
    return found


def minors(case: dict[str, Any]) -> list[Version]:
    """The releases that show a case: the eras, and both sides of every bound that its entries speak of."""
    known = list(releases.minors("Calico"))
    wanted = {Version(3, 2), Version(3, 9), Version(3, 16), known[-1]}
    for entry in case["lands"]:
        for bound in parse_range(entry["calico"]) if "calico" in entry else ():
            wanted |= {bound.version, Version(bound.version.major, bound.version.minor - 1)}
    return sorted(wanted & set(known))


def expected(case: dict[str, Any], profile: str, minor: Version) -> list[dict[str, Any]]:
    """The entries of a case that are about a profile and a release."""
    return [
        entry
        for entry in case["lands"]
        if re.fullmatch(entry.get("profiles", ".*"), profile)
        and ("calico" not in entry or within(minor, parse_range(entry["calico"])))
    ]


def found(entry: dict[str, Any], objects: dict[str, Any]) -> Any:
    """What a bundle has where an entry points; MISSING for nothing.

    Args:
        entry: of a case.
        objects: by `KIND/NAME`.
    """
    if "env" in entry:
        item = at(_one(NODE, objects), ENVIRONMENT.format(entry["env"]))
        return item if item is MISSING else item["value"]
    body = _one(entry.get("in", NODE), objects)
    if "inside" in entry:
        body = json_text.parse(at(body, entry["inside"]))
    return at(body, entry["at"])


def _one(name: str, objects: dict[str, Any]) -> Any:
    matches = [body for short, body in objects.items() if re.fullmatch(name, short)]
    assert len(matches) == 1, (name, list(objects))
    return matches[0]


def at(body: Any, path: str) -> Any:
    """The value at a path with `[field=value]` segments; MISSING for nothing."""
    for token in path.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901 - the same segment, read
        if token.startswith("["):
            field, _, value = token[1:-1].partition("=")
            body = next((item for item in body if item.get(field) == value), MISSING)
        else:
            body = body.get(token, MISSING) if isinstance(body, dict) else MISSING
        if body is MISSING:
            return MISSING
    return body
