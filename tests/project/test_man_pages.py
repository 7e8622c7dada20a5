"""The manual pages: as the commands are, and readable by man."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from manifestgen.cli.registry import COMMANDS
from tests.project.man_pages import FOLDER, pages

NAMES = sorted(path.name for path in FOLDER.glob("*.1"))


def test_the_pages_are_what_the_commands_say() -> None:
    """`make docs` writes them; one for every command and group, and one for the program."""
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == pages()
    assert {f"manifestgen-{name.replace(' ', '-')}.1" for name in COMMANDS} < set(NAMES)
    assert {"manifestgen.1", "manifestgen-authz-serve.1"} < set(NAMES)


@pytest.mark.parametrize(
    "checker", [("groff", "-man", "-ww", "-z", "-Tutf8"), ("mandoc", "-T", "lint", "-W", "warning")]
)
def test_nothing_is_wrong_with_the_pages(checker: tuple[str, ...]) -> None:
    """As the two programs say that format them."""
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    for name in NAMES:
        done = subprocess.run([*checker, FOLDER / name], capture_output=True, text=True, check=False)
        said = [line for line in (done.stdout + done.stderr).splitlines() if "missing date" not in line]
        assert said == [], name


def test_man_shows_a_page(tmp_path: Path) -> None:
    """Found by its name where an installation puts it, with options as they are typed."""
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    (tmp_path / "man1").mkdir()
    for name in NAMES:
        shutil.copy(FOLDER / name, tmp_path / "man1")
    clean = {**os.environ, "MANPATH": str(tmp_path), "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    done = subprocess.run(["man", "manifestgen-render"], env=clean, capture_output=True, text=True, check=False)
    if done.returncode != 0 and "unminimize" in done.stdout + done.stderr:
        pytest.skip("man is a stand-in here")
    shown = re.sub(r".\x08", "", done.stdout)  # bold, as typewriters print it
    assert "manifestgen-render - render a bundle as a directory or a stream" in shown
    assert "--kubernetes VERSION" in shown
    assert "manifestgen render kdd --calico 3.32 -o out --check" in shown
