"""Which words of a value are said to differ, and which line of a block is said to have become which."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifestgen.difference.words import differing, paired


def shown(left: str, right: str) -> tuple[str, str]:
    """Both texts, with brackets around what differs."""
    one, other = differing(left, right)
    return tuple("".join(f"[{text}]" if differs else text for text, differs in parts) for parts in (one, other))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("left", "right", "marked"),
    [
        (
            "docker.io/calico/node:v3.27.5",
            "quay.io/calico/node:v3.32.1",
            ("[docker].io/calico/node:v3.[27.5]", "[quay].io/calico/node:v3.[32.1]"),
        ),
        ("calico/node:v1", "quay.io/calico/node:v1", ("calico/node:v1", "[quay.io/]calico/node:v1")),
        ("a b c d", "a b d", ("a b [c ]d", "a b d")),
        # Nothing in common but marks: to highlight single characters would be noise.
        ("kubernetes", "etcd", ("kubernetes", "etcd")),
        ("https://10.0.0.1:2379", "", ("https://10.0.0.1:2379", "")),
        ("", "", ("", "")),
    ],
)
def test_the_words_that_differ_are_marked(left: str, right: str, marked: tuple[str, str]) -> None:
    """And nothing else is."""
    assert shown(left, right) == marked


@given(st.text(), st.text())
def test_the_parts_are_the_text(left: str, right: str) -> None:
    """Nothing is lost and nothing is added; what is not marked is in both, in one order."""
    one, other = differing(left, right)
    assert "".join(text for text, _ in one) == left
    assert "".join(text for text, _ in other) == right
    if any(differs for _, differs in (*one, *other)):
        assert (
            "".join(text for text, differs in one if not differs).split() or left.strip() == "" or right.strip() == ""
        )


def test_a_long_text_takes_no_time() -> None:
    """Of 100,000 words on a line, only what they begin and end with is compared."""
    left = "a b c " * 30_000
    start = time.process_time()
    one, _ = differing(f"x {left} y", f"x {left.replace('b', 'd', 1)} z")
    assert time.process_time() - start < 5
    assert one[0][0].startswith("x ")


def test_versions_of_a_line_stand_side_by_side() -> None:
    """Also where lines were put in above and between them."""
    old = ["  image: calico/node:v3.27.5", "  command: [run]"]
    new = ["  # new", "  image: calico/node:v3.32.1", "  restartPolicy: Always", "  command: [run, fast]"]
    assert paired(old, new) == [(None, 0), (0, 1), (None, 2), (1, 3)]
    assert paired([], ["a"]) == [(None, 0)]
    assert paired(["a"], []) == [(0, None)]


@given(st.lists(st.text("ab ", max_size=6), max_size=7), st.lists(st.text("ab ", max_size=6), max_size=7))
def test_every_line_is_there_once_and_in_order(lefts: list[str], rights: list[str]) -> None:
    """Whatever is paired with what."""
    found = paired(lefts, rights)
    assert [i for i, _ in found if i is not None] == list(range(len(lefts)))
    assert [j for _, j in found if j is not None] == list(range(len(rights)))
