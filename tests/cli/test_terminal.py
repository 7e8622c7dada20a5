"""What is colored, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.terminal import on_a_terminal

CALL = ("diff", "left.yaml", "right.yaml")
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '%s'}\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with two files that differ."""
    for side in ("left", "right"):
        (tmp_path / f"{side}.yaml").write_text(OBJECT % side)
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"CLICOLOR": "0"}, False),
        ({"CLICOLOR": "1"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_a_terminal_is_colored_unless_it_is_declined(environment: dict[str, str], colored: bool, place: Path) -> None:
    """Results on stdout and the word `error:` on stderr alike."""
    status, shown, said = on_a_terminal(*CALL, cwd=place, stream="stdout", **environment)
    assert (status, said) == (1, b"")
    assert (b"\033[32m" in shown) == colored
    status, shown, _ = on_a_terminal("render", "nope", cwd=place, stream="stderr", **environment)
    assert status == 2
    assert (b"\033[1;31merror:\033[0m " in shown) == colored


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": ""}, False),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_a_pipe_is_colored_only_where_that_is_asked_for(
    environment: dict[str, str], colored: bool, place: Path
) -> None:
    """With the terminal on the other stream."""
    _, _, result = on_a_terminal(*CALL, cwd=place, stream="stderr", **environment)
    assert (b"\033[" in result) == colored


def test_no_format_for_programs_is_colored(place: Path) -> None:
    """Whatever the environment says."""
    for form in ("json", "jsonpatch", "unified", "html"):
        for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
            _, _, result = on_a_terminal(*CALL, "--format", form, cwd=place, stream="stderr", **{name: "1"})
            assert result
            assert b"\033" not in result
