"""Texts line by line: what is called the same is the same, in long texts as in short ones, and nothing is left out."""

from __future__ import annotations

import difflib
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifestgen.difference.unified import _unified
from manifestgen.embedded import line_matching
from manifestgen.embedded.line_matching import Opcode, grouped, opcodes
from tests.support.fuzz import examples

FUZZ = examples(200, 20_000)
_lines = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@FUZZ
@given(_lines, _lines)
def test_fuzz_short_texts_are_grouped_as_by_difflib(left: list[str], right: list[str]) -> None:
    """The groups, with their context, are those of the standard library."""
    expected = list(difflib.SequenceMatcher(None, left, right).get_grouped_opcodes(2))
    assert [group for group in grouped(left, right, 2)] == expected  # noqa: C416 - compared as lists


@FUZZ
@given(_lines, _lines)
def test_fuzz_the_unified_form_is_that_of_difflib(left: list[str], right: list[str]) -> None:
    """Headers, counts and context."""
    expected = list(difflib.unified_diff(left, right, "one", "other", lineterm=""))
    assert list(_unified(left, right, ["one", "other"])) == expected


def _rebuilt(codes: Sequence[Opcode], left: Sequence[str], right: Sequence[str]) -> list[str]:
    """The right side, from the left one's equal lines and what is said to be new."""
    found: list[str] = []
    at = 0
    for tag, i, i_end, j, j_end in codes:
        assert (i, j) == (at, len(found)), "lines are left out"
        found += left[i:i_end] if tag == "equal" else right[j:j_end]
        at = i_end
    assert at == len(left)
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("alphabet", [3, 40, 5000])
def test_a_long_text_is_rebuilt_from_its_difference(seed: int, alphabet: int) -> None:
    """Whatever is edited: no line is lost, and none is said to be the same that is not."""
    choose = random.Random(seed)
    left = [f"line {choose.randrange(alphabet)}" for _ in range(1500)]
    right = list(left)
    for _ in range(choose.randrange(1, 400)):
        at = choose.randrange(len(right))
        right[at : at + choose.randrange(3)] = [f"line {choose.randrange(alphabet)}"] * choose.randrange(3)
    codes = list(opcodes(left, right))
    assert _rebuilt(codes, left, right) == right
    kept = sum(i_end - i for tag, i, i_end, _, _ in codes if tag == "equal")
    assert kept > 400, "what was not edited is the same"


def test_a_long_text_with_few_edits_shows_those_alone() -> None:
    """Two lines changed, one gone and one new, among thousands that are all alike or all different."""
    for text in ("line {}", "- item"):
        left = [text.format(at) for at in range(3000)]
        right = [*left[:100], "one", *left[101:900], *left[901:2000], "new", *left[2000:]]
        changed = [code for code in opcodes(left, right) if code[0] != "equal"]
        assert sum(end - start for _, start, end, _, _ in changed) <= 2
        assert sum(end - start for _, _, _, start, end in changed) <= 2


def test_texts_without_a_line_in_common_are_replaced() -> None:
    """As a whole."""
    left, right = [f"a{at}" for at in range(1000)], [f"b{at}" for at in range(1000)]
    assert list(opcodes(left, right)) == [("replace", 0, 1000, 0, 1000)]
    assert len(left) * len(right) > line_matching._MOST_PAIRS
