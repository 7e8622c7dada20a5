"""The documentation as a site: built without a warning, read without a network, and the same on a Git host."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

import manifestgen
from tests.difference.chromium import chromium
from tests.support.environments import ROOT

pytest.importorskip("mkdocs", reason="the extra docs is not installed")
LOADING = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}
SHAPES = ("li", "table", "tr", "pre", "blockquote", "img", "h1", "h2", "h3", "h4")
"""What a page must have as often on the site as on a Git host; the two read lists and tables by different rules."""


class Reader(HTMLParser):
    """What a page links, what it loads, its anchors, and the elements of its article."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.elements: Counter[str] = Counter()
        self._inside = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down one element."""
        values = {key: value or "" for key, value in attrs}
        self.anchors |= {values[key] for key in ("id", "name") if key in values}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        self.loads += [values[key] for element, key in LOADING if tag == element and values.get(key)]
        self._inside += tag == "article"
        if self._inside:
            self.elements[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        """Know where the article ends."""
        self._inside -= tag == "article"


def build(configuration: Path, output: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as `make docs` does."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(configuration), "-d", str(output)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    output = tmp_path_factory.mktemp("site")
    done = build(ROOT / "mkdocs.yml", output)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return output


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Reader]:
    """Every page of the site, by its path."""
    return {str(path.relative_to(site)): Reader(path.read_text()) for path in site.rglob("*.html")}


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Reader]) -> None:
    """Scripts, styles, pictures and fonts are files of the site."""
    assert len(pages) > 30
    for name, page in pages.items():
        if name == "404.html":  # which a server shows for any path, and so names files from the root
            continue
        for target in page.loads:
            assert not re.match(r"\w+:|//", target), (name, target)
            assert ((site / name).parent / unquote(target.partition("?")[0])).exists(), (name, target)
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?https?:|@import", style.read_text()), style


def test_every_link_within_the_site_leads_to_a_page_and_a_heading(site: Path, pages: dict[str, Reader]) -> None:
    """Including those of the navigation and of generated text."""
    for name, page in pages.items():
        if name == "404.html":
            continue
        for link in page.links:
            if re.match(r"\w+:", link):
                continue
            path, _, anchor = unquote(link).partition("#")
            target = os.path.normpath(Path(name).parent / path) if path else name
            target = f"{target}/index.html" if (site / target).is_dir() else target
            assert (site / target).exists(), (name, link)
            assert not anchor or target not in pages or anchor in pages[target].anchors, (name, link)


@pytest.mark.parametrize(
    "page", [str(path.relative_to(ROOT / "docs")) for path in sorted((ROOT / "docs").rglob("*.md"))]
)
def test_a_page_has_the_same_parts_on_a_git_host(page: str, pages: dict[str, Reader]) -> None:
    """Lists, tables, code and headings, as CommonMark reads the file."""
    text = (ROOT / "docs" / page).read_text()
    if ":::" in text:  # filled from docstrings
        return
    expected = Reader(f"<article>{MarkdownIt('commonmark').enable('table').render(text)}</article>").elements
    built = pages[re.sub(r"(README)?\.md$", lambda end: "index.html" if end[1] else ".html", page)].elements
    assert {shape: built[shape] for shape in SHAPES} == {shape: expected[shape] for shape in SHAPES}


def test_every_public_name_is_in_the_reference(pages: dict[str, Reader]) -> None:
    """With an anchor of its own; errors have another page."""
    names = [name for name in dir(manifestgen) if not name.startswith("__")]
    errors = {name for name in names if isinstance(getattr(manifestgen, name), type)}
    errors = {name for name in errors if issubclass(getattr(manifestgen, name), manifestgen.ManifestgenError)}
    anchors = {anchor.rpartition(".")[2] for anchor in pages["api.html"].anchors}
    assert [name for name in names if name not in errors and name not in anchors] == []


def test_the_search_works_from_a_disk(site: Path) -> None:
    """In a real browser, without a server: a word finds the page about it."""
    call = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
    page = f"file://{site}/index.html?q=waypoint"
    done = subprocess.run([*call, page], capture_output=True, text=True, check=False, timeout=120)
    found = re.findall(r'class="md-search-result__item"><a href="([^"?]+)', done.stdout)
    assert f"file://{site}/rules/waypoint.html" in found


@pytest.mark.parametrize("mistake", ["", "[gone](gone.md)", "[gone](other.md#gone)", "::: manifestgen.gone"])
def test_a_mistake_ends_the_build(mistake: str, tmp_path: Path) -> None:
    """A link to no page, a link to no heading, a name that does not exist; without one, two pages are built."""
    shutil.copytree(ROOT / "docs" / "_site", tmp_path / "docs" / "_site")
    shutil.copytree(ROOT / "docs" / "assets", tmp_path / "docs" / "assets")
    configuration = (ROOT / "mkdocs.yml").read_text().partition("\nnav:\n")[0]
    (tmp_path / "mkdocs.yml").write_text(configuration.replace("paths: [.]", f"paths: ['{ROOT}']"))
    (tmp_path / "docs" / "README.md").write_text(f"# One\n\n[other](other.md#here)\n\n{mistake}\n")
    (tmp_path / "docs" / "other.md").write_text("# Two\n\n## Here\n")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    said = [line for line in done.stderr.splitlines() if re.match(r"WARNING|ERROR", line)]
    assert (done.returncode == 0) is (said == []) is (not mistake), done.stderr
    assert not mistake or any("gone" in line for line in said)
