"""EnvoyFilters that the target Istio accepts and ignores, or whose configuration its Envoy refuses.

The data is `profiles/schemas/envoy-filters.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.record import Record
from manifestgen.model.untyped import any_of, items, mapping
from manifestgen.model.version import parse_range, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from manifestgen.model.version import Version
    from manifestgen.patch.resource import Resource

    Path = tuple[str | int, ...]

_FILE = "schemas/envoy-filters.yaml"
_FILTERS = ("HTTP_FILTER", "NETWORK_FILTER")


IGNORED, REFUSED = "envoyfilter-ignored", "envoyfilter-refused"


class Useless(Record):
    """A part of an EnvoyFilter that has no effect.

    Attributes:
        code: `IGNORED` or `REFUSED`.
        path: its path in the object.
        text: what is wrong.
        next_step: what to do.
    """

    code: str
    path: Path
    text: str
    next_step: str


def useless(resource: Resource, istio: Version) -> Iterator[Useless]:
    """The parts of an EnvoyFilter that have no effect.

    Args:
        resource: an EnvoyFilter.
        istio: the version of the control plane.
    """
    data = shipped_documents(_FILE)[0][0]
    spec = mapping(resource.content.get("spec"))
    holds = {part: within(istio, parse_range(data[part]["istio"])) for part in ("filters", "config", "types", "names")}
    ignored = [member for member in data["filters"]["members"] if member in spec] if holds["filters"] else []
    if ignored:  # including `filters`: an EnvoyFilter in the old form is ignored as a whole
        text = f"Istio {istio} ignores {ignored[0]} of an EnvoyFilter, as every version from 1.6 does"
        instead = "configPatches" if ignored[0] == "filters" else "workloadSelector"
        then = f"write {instead}, or say --istio where yours is older"
        yield Useless(code=IGNORED, path=("spec", ignored[0]), text=text, next_step=then)
    for index, patch in items(spec.get("configPatches")):
        path = ("spec", "configPatches", index)
        if holds["names"]:
            yield from _names(mapping(patch.get("match")), data["names"]["canonical"], path, istio)
        value = mapping(mapping(patch.get("patch")).get("value"))
        at = (*path, "patch", "value")
        if (
            holds["config"]
            and any_of(patch.get("applyTo"), _FILTERS)
            and "config" in value
            and "typed_config" not in value
        ):
            text = f"Envoy of Istio {istio} refuses a filter with config, which has no type"
            yield Useless(
                code=REFUSED, path=(*at, "config"), text=text, next_step='write typed_config with its "@type"'
            )
        if holds["types"]:
            yield from _types(value, data["types"]["packages"], at, istio)


def _names(match: Mapping[str, Any], canonical: Mapping[str, str], path: Path, istio: Version) -> Iterator[Useless]:
    """Filters are matched by their canonical names only."""
    chain = mapping(mapping(match.get("listener")).get("filterChain")).get("filter")
    at = (*path, "match", "listener", "filterChain", "filter")
    for where, one in ((at, mapping(chain)), ((*at, "subFilter"), mapping(mapping(chain).get("subFilter")))):
        name = one.get("name")
        if isinstance(name, str) and name in canonical:
            text = f"Istio {istio} has no filter called {name}, so nothing is patched"
            yield Useless(code=IGNORED, path=(*where, "name"), text=text, next_step=f"write {canonical[name]}")


def _types(value: Any, packages: list[str], path: Path, istio: Version) -> Iterator[Useless]:
    """Messages of Envoy's API v2, at any depth."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "@type" and isinstance(member, str) and any(part in member for part in packages):
                text = f"Envoy of Istio {istio} does not know {member.rpartition('/')[2]}, a message of API v2"
                yield Useless(code=REFUSED, path=(*path, name), text=text, next_step="write the message of API v3")
            else:
                yield from _types(member, packages, (*path, name), istio)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _types(member, packages, (*path, index), istio)
