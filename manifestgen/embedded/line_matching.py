"""Matching the lines of two texts, in linear instead of quadratic time.

Short texts are compared by difflib. In long ones, lines that occur once in both texts are matched first (patience
diff), and what is between two of them is compared as a text of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

Opcode = tuple[str, int, int, int, int]
"""As of difflib: `equal`, `replace`, `delete` or `insert`, and the lines from one index up to another on each side."""

_MOST_PAIRS = 250_000
"""As many pairs of lines are compared by difflib; in longer texts, as many as the next between two matched lines."""

_MOST_BETWEEN = 1_024
_DEEPEST = 8


def grouped(left: Sequence[str], right: Sequence[str], context: int) -> Iterator[list[Opcode]]:
    """The differences of two texts, in groups with context lines.

    Args:
        left: the lines of one text.
        right: the lines of the other.
        context: the number of context lines around a group.
    """
    group: list[Opcode] = []
    codes = list(opcodes(left, right))
    for number, (tag, i, i_end, j, j_end) in enumerate(codes):
        if tag != "equal":
            group.append((tag, i, i_end, j, j_end))
            continue
        is_last = number == len(codes) - 1
        if not group:
            if not is_last:
                group.append((tag, max(i, i_end - context), i_end, max(j, j_end - context), j_end))
        elif is_last or i_end - i > 2 * context:
            yield [*group, (tag, i, min(i_end, i + context), j, min(j_end, j + context))]
            group = [] if is_last else [(tag, max(i, i_end - context), i_end, max(j, j_end - context), j_end)]
        else:
            group.append((tag, i, i_end, j, j_end))
    if group:
        yield group


def opcodes(left: Sequence[str], right: Sequence[str]) -> Iterator[Opcode]:
    """The differences of two texts, as operations from the first line to the last."""
    i = j = 0
    for start, other, size in _runs(_pairs(left, right), len(left), len(right)):
        if i < start or j < other:
            tag = "replace" if i < start and j < other else "delete" if i < start else "insert"
            yield tag, i, start, j, other
        if size:
            yield "equal", start, start + size, other, other + size
        i, j = start + size, other + size


def _runs(pairs: Sequence[tuple[int, int]], left: int, right: int) -> Iterator[tuple[int, int, int]]:
    """Runs of consecutive matched lines; an empty run at the end."""
    start = 0
    for at in range(1, len(pairs) + 1):
        if at == len(pairs) or pairs[at] != (pairs[at - 1][0] + 1, pairs[at - 1][1] + 1):
            yield *pairs[start], at - start
            start = at
    yield left, right, 0


def _pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The matched lines, by their indexes in ascending order."""
    if len(left) * len(right) <= _MOST_PAIRS:
        return list(_compared(left, right))
    found: list[tuple[int, int]] = []
    waiting = [(0, len(left), 0, len(right), 0)]
    while waiting:
        i, i_end, j, j_end, depth = waiting.pop()
        while i < i_end and j < j_end and left[i] == right[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        while i < i_end and j < j_end and left[i_end - 1] == right[j_end - 1]:
            i_end, j_end = i_end - 1, j_end - 1
            found.append((i_end, j_end))
        lefts, rights = left[i:i_end], right[j:j_end]
        if len(lefts) * len(rights) <= _MOST_BETWEEN:
            found += [(i + one, j + other) for one, other in _compared(lefts, rights)]
        elif depth < _DEEPEST:
            before = (0, 0)
            for one, other in _anchors(lefts, rights):
                if one < len(lefts):
                    found.append((i + one, j + other))
                if before != (0, 0) or one < len(lefts):  # otherwise nothing can be matched any more
                    waiting.append((i + before[0], i + one, j + before[1], j + other, depth + 1))
                before = (one + 1, other + 1)
    return sorted(found)


def _compared(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    if left and right:
        for i, j, size in SequenceMatcher(None, left, right).get_matching_blocks():
            yield from zip(range(i, i + size), range(j, j + size), strict=True)


def _anchors(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The lines to match first, and the ends of both sides.

    These are lines that occur once on both sides; without any, the first of several equal lines is matched with the
    first, and so on.
    """
    pairs = _once(left, right) or list(match_equal(left, right))
    kept = longest_rising([i for i, _ in pairs])
    return [*(pair for number, pair in enumerate(pairs) if number in kept), (len(left), len(right))]


def _once(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    counts: list[dict[str, int]] = [{}, {}]
    for count, lines in zip(counts, (left, right), strict=True):
        for line in lines:
            count[line] = count.get(line, 0) + 1
    places = {line: i for i, line in enumerate(left) if counts[0][line] == 1}
    return [(places[line], j) for j, line in enumerate(right) if counts[1][line] == 1 and line in places]


def match_equal(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Pairs of equal items; among several equal ones the first with the first, and so on."""
    waiting: dict[Hashable, list[int]] = {}
    for i in reversed(range(len(left))):
        waiting.setdefault(left[i], []).append(i)
    for j, value in enumerate(right):
        if waiting.get(value):
            yield waiting[value].pop(), j


def longest_rising(numbers: Sequence[int]) -> frozenset[int]:
    """The positions of a longest increasing subsequence (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        tops[pile : pile + 1] = [number]
        ends[pile : pile + 1] = [position]
        before.append(ends[pile - 1] if pile else -1)
    found = []
    position = ends[-1] if ends else -1
    while position >= 0:
        found.append(position)
        position = before[position]
    return frozenset(found)
