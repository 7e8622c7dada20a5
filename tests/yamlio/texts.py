"""Strings that YAML readers and writers stumble over, for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_WORDS = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf", ".inf", "-.Inf", ".nan",
          "~", "=", "<<", "0", "1", ".5"]  # fmt: skip
_STRUCTURE = "-?:,[]{}#&*!|>'\"%@`\\/ \t\n\r=~<$_.+0aé"

words = st.sampled_from(_WORDS).flatmap(
    lambda word: st.sampled_from([word, word.upper(), word.capitalize(), word.swapcase(), f"{word} ", f"{word}\n"])
)
numbers = st.text(st.sampled_from("0123456789+-_.:eExXoObBaAfFtTzZnN "), min_size=1, max_size=14)
dates = st.from_regex(r"\A[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9:.]{0,9}Z?)?\Z")
structure = st.text(st.sampled_from(_STRUCTURE), max_size=24)
lines = st.lists(
    st.one_of(st.sampled_from(["", " ", "\t", "---", "...", "--- a", "# a", "a: b", "- a", "  a", "a "]), structure),
    min_size=1,
    max_size=6,
).map("\n".join)
anything = st.text(st.characters(codec="utf-8"), max_size=40)
long_ones = st.tuples(st.sampled_from(["a ", "- ", "é", "x\n", '"', ": "]), st.integers(60, 300)).map(
    lambda pair: pair[0] * pair[1]
)

texts = st.one_of(words, numbers, dates, structure, lines, anything)
"""All of them; the long ones are apart."""

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), texts
)


def documents(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Whatever JSON can hold, with some keys."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
        max_leaves=20,
    )
