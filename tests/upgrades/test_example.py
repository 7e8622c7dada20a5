"""The example in docs/upgrade.md is what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.program import manifestgen as program
from tests.upgrades.sites import BPFFS, ROOT, patch, site

STEP = patch(f"{{op: add, path: '{BPFFS}/resources', value: {{limits: {{cpu: 100m}}}}}}")


def test_the_example_is_what_the_command_prints(tmp_path: Path) -> None:
    """Line by line and in order; … stands for lines, or for the rest of one."""
    page = (ROOT / "docs/upgrade.md").read_text()
    block = next(text for text in re.findall(r"```console\n(.*?)```", page, re.DOTALL) if "no longer fits" in text)
    command, *shown = block.splitlines()
    site(tmp_path / "site", 'extends: kdd\ncalico: "3.27"\npatches:\n' + STEP)
    done = program(*command.removeprefix("$ manifestgen ").split(), cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert len(shown) > 10
    for line in shown:
        wanted = line.rstrip("…").rstrip() if line.strip() != "…" else ""
        if wanted:
            at = next(
                (n for n, one in enumerate(lines) if one == wanted or (line != wanted and one.startswith(wanted))), None
            )
            assert at is not None, line
            lines = lines[at + 1 :]
