"""Make the pictures of the documentation again: `python -m tests.project.pictures` (needs Chromium)."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import manifestgen
from tests.difference.chromium import Page

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
WIDTH, HEIGHT = 1200, 720
COMMAND = "manifestgen diff calico-3.27 calico-3.32 --format html"


def main() -> None:
    """Two pictures of the page about an upgrade, one for each color scheme."""
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        for version in ("3.27", "3.32"):
            bundle = manifestgen.render("kdd", calico=version, components=("node", "felix", "csi"))
            bundle.write(f"calico-{version}")
        found = manifestgen.diff("calico-3.27", "calico-3.32")
        changed = ("2026-11-02 09:12 UTC", "2026-11-26 14:30 UTC")
        text = found.to_html(command=COMMAND, changed=changed)
        file = Path(place) / "page.html"
        file.write_text(text, encoding="utf-8")
        page = Page(Path(place) / "browser")
        page.open(file)
        page.size(WIDTH, HEIGHT)
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            target = ASSETS / f"diff-{scheme}.png"
            page.picture(target)
            print(f"{target}: {target.stat().st_size:,} bytes", file=sys.stderr)
        page.close()
        os.chdir(ASSETS)


if __name__ == "__main__":
    main()
