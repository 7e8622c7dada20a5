"""How strategic merge patches merge the lists of an object. The data is `profiles/kubernetes/objects.yaml`."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model import pointer
from manifestgen.patch.select import fits, fits_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from manifestgen.model.identity import Id
    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.strategic import MergeList

_FILE = "kubernetes/objects.yaml"


def merge_list(identity: Id, path: Tokens) -> MergeList | None:
    """How a list of an object is merged; None if it is replaced.

    Args:
        identity: the object's identity.
        path: the path of the list, with `*` for list items.
    """
    return _lists(identity.group, identity.kind).get(path)


@cache
def _rules() -> Mapping[str, Any]:
    found: Mapping[str, Any] = shipped_documents(_FILE)[0][0]
    return found


@lru_cache(maxsize=256)
def _lists(group: str, kind: str) -> Mapping[Tokens, MergeList]:
    """Every list that is merged, for a kind of object."""

    def meant(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        return (entry for entry in entries if fits_group(entry["group"], group) and fits(entry["kind"], kind))

    rules = _rules()["merge"]
    found = {pointer.parse_pointer(entry["path"]): _list(entry) for entry in meant(rules["objects"])}
    for pod in meant(_rules()["pods"]):
        above = pointer.parse_pointer(pod["path"])
        found |= {(*above, *pointer.parse_pointer(entry["path"])): _list(entry) for entry in rules["pod"]}
        for containers in _rules()["pod"]["containers"]:
            each = (*above, "spec", containers, "*")
            found |= {(*each, *pointer.parse_pointer(entry["path"])): _list(entry) for entry in rules["container"]}
    return found


def _list(entry: Mapping[str, Any]) -> MergeList:
    from manifestgen.patch.strategic import MergeList  # imported lazily: rarely used

    return MergeList(tuple(entry.get("keys", ())), entry.get("defaults", {}))
