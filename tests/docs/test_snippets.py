"""Every code block of README.md, docs/ and the examples runs, is read, or says why it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.inputs import INPUTS
from tests.docs.snippets import REASONS, ROOT, Session, documented, missing, not_run, same, snippets

PAGES = documented()


@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page)])
def test_the_blocks_of_a_page_run(page: str, tmp_path: Path) -> None:
    """In order, in a directory of their own, with the files that the page's reader has."""
    session = Session(tmp_path / "work")
    if page in INPUTS:
        INPUTS[page](session)
    absent = set()
    try:
        for snippet in snippets(page):
            if program := missing(snippet):
                absent.add(program)
            else:
                session.run(snippet)
    finally:
        session.close()
    if absent:
        pytest.skip(f"{', '.join(absent)} is not on PATH: not every block was run")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page: str) -> None:
    """A language that something is done with; no command hides in a text or in an indented paragraph."""
    known = {"sh", "console", "python", "yaml", "json", "csv", "toml", "ini", "text", "diff"}
    for snippet in snippets(page):
        assert snippet.language in known, snippet
        if snippet.language in {"text", "diff"}:
            assert not re.search(r"(?m)^\$ ", snippet.text), snippet
        if snippet.file and snippet.file.endswith(".py"):
            later = [
                one.text for one in snippets(page) if one.line > snippet.line and one.language in {"sh", "console"}
            ]
            assert any(snippet.file in text or "pytest" in text for text in later), f"{snippet} is not run"
    prose = re.sub(r"(?ms)^ *```.*?^ *```$", "", (ROOT / page).read_text())
    assert re.findall(r"(?m)^    (?:manifestgen|kubectl|pip|python\S*|make) .*", prose) == []


def test_what_is_not_run_has_one_of_few_reasons() -> None:
    """`python -m tests.docs.snippets` lists them."""
    found = list(not_run(PAGES))
    assert {one.reason for one in found} <= set(REASONS)
    assert len(found) < 40
    assert [str(one) for one in found if re.search(r"(?m)^(\$ )?manifestgen ", one.text)] == []


@pytest.mark.parametrize(
    ("shown", "printed", "equal"),
    [
        ("a\nb\n", "a\nb", True),
        ("a\n", "a\nb", False),
        ("a\n…\n", "a\nb\nc", True),
        ("a\n…\n", "a", True),
        ("a\n…\nd\n", "a\nb\nc\nd", True),
        ("a …\n", "a b", True),
        ("a …\n", "b", False),
        ("…\nd\n", "a\nd", True),
        ("…\nd\n", "a\ne", False),
    ],
)
def test_an_output_is_compared_whole(shown: str, printed: str, equal: bool) -> None:
    """But for what an ellipsis leaves out."""
    assert same(shown, printed) is equal
