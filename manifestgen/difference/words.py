"""Word differences of two texts, and the pairing of the lines of a changed block."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

from manifestgen.difference.matching import ALIKE, likeness

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

Parts = tuple[tuple[str, bool], ...]
"""The parts of a text, each with a flag: whether it differs from the other text."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LEAST_ALIKE = 0.3
_MOST_PAIRS = 40_000
"""The maximum number of word pairs to compare; in longer texts only the common beginning and end count as equal."""

_MOST_LINES = 2_500
"""The maximum number of line pairs to compare; in larger blocks lines are paired by position."""


def differing(left: str, right: str) -> tuple[Parts, Parts]:
    """Two versions of a text, with the words that differ.

    If the two have little in common, the whole text is marked as different.
    """
    lefts, rights = _WORD.findall(left), _WORD.findall(right)
    equal = list(_equal(lefts, rights))
    kept = sum(len(word) for i, _, size in equal for word in lefts[i : i + size] if word.isalnum())
    total = sum(len(word) for word in (*lefts, *rights) if word.isalnum())
    if not total or 2 * kept / total < _LEAST_ALIKE:
        return ((left, False),), ((right, False),)
    return (
        _parts(lefts, [(i, i + size) for i, _, size in equal]),
        _parts(rights, [(j, j + size) for _, j, size in equal]),
    )


def _equal(lefts: Sequence[str], rights: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Runs of equal words: their start in each text and their length."""
    if len(lefts) * len(rights) <= _MOST_PAIRS:
        found = SequenceMatcher(None, lefts, rights, autojunk=False).get_matching_blocks()
        yield from ((i, j, size) for i, j, size in found if size)
        return
    shorter = min(len(lefts), len(rights))
    start = next((n for n in range(shorter) if lefts[n] != rights[n]), shorter)
    rest = shorter - start
    end = next((n for n in range(rest) if lefts[-1 - n] != rights[-1 - n]), rest)
    yield 0, 0, start
    yield len(lefts) - end, len(rights) - end, end


def _parts(words: Sequence[str], equal: Sequence[tuple[int, int]]) -> Parts:
    """The words as parts; a single punctuation mark between two different words counts as different."""
    flags = [True] * len(words)
    for start, end in equal:
        lonely = end - start == 1 and start > 0 and end < len(words) and not words[start].isalnum()
        flags[start:end] = [lonely] * (end - start)
    found: list[tuple[str, bool]] = []
    for word, flag in zip(words, flags, strict=True):
        if found and found[-1][1] == flag:
            found[-1] = (found[-1][0] + word, flag)
        else:
            found.append((word, flag))
    return tuple(found)


def paired(lefts: Sequence[str], rights: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """The old and new lines of a block, by index, with versions of one line side by side.

    Pairs are chosen to maximize their similarity, without crossing.
    """
    if len(lefts) * len(rights) > _MOST_LINES:
        return list(zip_longest(range(len(lefts)), range(len(rights))))
    said = [_said(line) for line in lefts], [_said(line) for line in rights]
    best = [[0.0] * (len(rights) + 1) for _ in range(len(lefts) + 1)]
    scores = [[_score(one, other) for other in said[1]] for one in said[0]]
    for i in reversed(range(len(lefts))):
        for j in reversed(range(len(rights))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], scores[i][j] + best[i + 1][j + 1])
    found: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(lefts) and j < len(rights):
        if scores[i][j] and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            found.append((i, None))
            i += 1
        else:
            found.append((None, j))
            j += 1
    found += [(rest, None) for rest in range(i, len(lefts))]
    return found + [(None, rest) for rest in range(j, len(rights))]


def _said(line: str) -> Counter[Hashable]:
    return Counter(word for word in _WORD.findall(line) if not word.isspace())


def _score(one: Counter[Hashable], other: Counter[Hashable]) -> float:
    score = likeness(one, other)
    return score if score >= ALIKE else 0.0
