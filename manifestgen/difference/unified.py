"""A difference in the form of `diff -u`, with both sides formatted alike so that only differences show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.difference.jsonpatch import operations
from manifestgen.difference.matching import match_items
from manifestgen.difference.redaction import is_secret, redacted
from manifestgen.difference.text import stands
from manifestgen.embedded.line_matching import grouped
from manifestgen.errors import visible
from manifestgen.patch.rfc6902 import patch, same
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.difference.delta import Delta
    from manifestgen.difference.object_diffs import ObjectDiff, ObjectDiffs
    from manifestgen.patch.resource import Resource

_CONTEXT = 3


def to_unified(diff: ObjectDiffs) -> str:
    """The text, object by object, with the right side's fields in the left side's order; empty if nothing differs."""
    return "".join(visible(line, keep="\t") + "\n" for one in diff for line in _object(one, diff.names))


def _object(one: ObjectDiff, names: tuple[str, str]) -> Iterator[str]:
    left, right = _shown(one.left), _shown(one.right)
    if one.partial and one.left and one.delta:  # what is ignored is on both sides, so it does not show
        right = _mended(one.left, one.delta)
    lefts = write_document(left).splitlines() if one.left else []
    rights = write_document(_aligned("", left, right) if one.left else right).splitlines() if one.right else []
    if one.move:
        yield f"# {one.id} {stands(one.move)}"
    if any(is_secret(one.id.kind, change.name[0]) for change in one.changes):
        yield f"# {one.id}: values of a Secret differ, and are not shown"
    headers = [_header(resource, name) for resource, name in zip((one.left, one.right), names, strict=True)]
    yield from _unified(lefts, rights, headers)


def _unified(lefts: Sequence[str], rights: Sequence[str], headers: Sequence[str]) -> Iterator[str]:
    """The differences of two texts in the form of `diff -u`; empty if they are equal."""
    for number, group in enumerate(grouped(lefts, rights, _CONTEXT)):
        if not number:
            yield f"--- {headers[0]}"
            yield f"+++ {headers[1]}"
        spans = _span(group[0][1], group[-1][2]), _span(group[0][3], group[-1][4])
        yield f"@@ -{spans[0]} +{spans[1]} @@"
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                yield from (f" {line}" for line in lefts[i:i_end])
            else:
                yield from (f"-{line}" for line in lefts[i:i_end])
                yield from (f"+{line}" for line in rights[j:j_end])


def _span(start: int, end: int) -> str:
    """A line range as in a header of `diff -u`: the first line and the count, which is omitted if it is one."""
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + 1 if count else start},{count}"


def _header(resource: Resource | None, name: str) -> str:
    return f"{name}\t{resource.id}" if resource else "/dev/null"


def _shown(resource: Resource | None) -> Any:
    return redacted(resource.id.kind, (), resource.content) if resource else None


def _mended(resource: Resource, delta: Delta) -> Any:
    """The object that would be in the cluster without drift."""
    kind, content = resource.id.kind, resource.content
    return redacted(kind, (), patch(content, [*operations(delta)]))


def _aligned(name: str, left: Any, right: Any) -> Any:
    """The right value with its members in the left one's order and equal values written alike."""
    if same(left, right):
        return left
    if isinstance(left, dict) and isinstance(right, dict):
        return {key: _aligned(key, left.get(key), right[key]) for key in _ordered(left, right)}
    if isinstance(left, list) and isinstance(right, list):
        twins = {j: left[i] for i, j in match_items(name, left, right).pairs}
        return [_aligned("", twins.get(index), item) for index, item in enumerate(right)]
    return right


def _ordered(left: dict[str, Any], right: dict[str, Any]) -> list[str]:
    """The right side's members: shared ones in the left side's order, each new one after its predecessor."""
    order = {key: location for location, key in enumerate(left)}
    places = {}
    last = -1
    for key in right:
        last = order.get(key, last)
        places[key] = (last, key not in order)
    return sorted(right, key=places.__getitem__)
