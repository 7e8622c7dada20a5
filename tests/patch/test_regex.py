"""Selectors' regular expressions: RE2's syntax, Python's answers, and linear time whatever the pattern."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifestgen.patch.regex import RegexError, compiled

MATCHES = [
    ("calico-.*", "calico-node", True),
    ("calico-.*", "xcalico-node", False),
    ("(?i)CALICO", "calico", True),
    ("(?i:c)alico", "Calico", True),
    ("(?i:c)alico", "CAlico", False),
    ("a|b|c", "b", True),
    ("a|", "", True),
    ("^a$", "a", True),
    ("a^b", "a^b", False),
    (r"\Aa\z", "a", True),
    ("a$", "a\n", False),
    (".", "\n", False),
    ("(?s).", "\n", True),
    (r"\d+\.\d+", "1.20", True),
    (r"\d", "\u0663", False),
    (r"\w", "\u00e4", False),
    (r"[[:alpha:]]+[^[:digit:]]", "abc-", True),
    ("[]a]+", "]a", True),
    ("[^]a]", "]", False),
    ("[a-]+", "a-a", True),
    (r"[\d.]+", "1.2", True),
    ("a{2,3}", "aaaa", False),
    ("a{2,}", "aaaa", True),
    ("a{,2}", "a{,2}", True),
    ("(?:ab)+?c", "ababc", True),
    ("(?P<x>a)b", "ab", True),
    (r"\bfoo\b.*", "foo-bar", True),
    (r"foo\B.*", "foo-bar", False),
    (r"\x41\x{42}", "AB", True),
    (r"a\.b\-c", "a.b-c", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), MATCHES)
def test_a_whole_text_matches_or_not(pattern: str, text: str, expected: bool) -> None:
    """As RE2 has it: ASCII classes, no newline for a dot, and the end is the end."""
    assert compiled(pattern)(text) is expected
    # The same pattern where there is too much to choose from for Python's own engine.
    assert compiled(f"(?:(?:{pattern})|(?:x|y|z|(?:q*)*w))")(text) is expected


REFUSED = {
    "(": "missing )",
    "a)": "unexpected )",
    "[a": "missing ]",
    "[b-a]": "invalid character class range",
    "*a": "missing argument to repetition operator",
    "a**": "invalid nested repetition operator",
    "a{2,1}": "invalid repeat count",
    "a{1001}": "invalid repeat count",
    "(?=a)": "there is no look-around",
    "(?<!a)b": "there is no look-around",
    r"(a)\1": "invalid escape",
    r"\p{L}": "invalid escape",
    "\\": "trailing backslash",
    "(" * 5000: "too many groups",
    "(((a{100}){100}){100}|b|c)": "too large",
}


@pytest.mark.parametrize("pattern", REFUSED, ids=lambda pattern: pattern[:20])
def test_what_re2_refuses_is_refused(pattern: str) -> None:
    """With the reason and the place."""
    with pytest.raises(RegexError) as raised:
        compiled(pattern)
    assert REFUSED[pattern] in str(raised.value)


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*b", "(a?){100}a{100}b", ".*.*.*.*.*.*b", "((a*)*)*b", "(a*a*)*b"]
)
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    """Where a backtracking engine needs longer than the universe has, twice the text takes about twice the time."""
    matches = compiled(pattern)

    def seconds(length: int) -> float:
        start = time.process_time()
        for _ in range(5):
            assert not matches("a" * length + "z")
        return time.process_time() - start

    seconds(50)
    assert seconds(2000) < 40 * max(seconds(200), 0.001)


ATOMS = st.sampled_from(["a", "b", "-", ".", "[ab]", "[^a]", r"\d", r"\w", r"\.", "^", "$"])
PATTERNS = st.recursive(
    ATOMS,
    lambda below: st.one_of(
        st.tuples(below, below).map("".join),
        st.tuples(below, below).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(below.filter(lambda one: one not in "^$"), st.sampled_from(["*", "+", "?", "{2}", "{1,2}"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.lists(st.text("ab1-.", max_size=6), min_size=1, max_size=5))
def test_the_answers_are_those_of_python(pattern: str, texts: list[str]) -> None:
    """For what both engines know, in texts without line ends."""
    expected = re.compile(pattern, re.ASCII)
    for text in texts:
        assert compiled(pattern)(text) is (expected.fullmatch(text) is not None)
