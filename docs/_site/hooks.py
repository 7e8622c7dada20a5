"""What MkDocs does not do by itself: pages of the repository outside docs/, and one navigation entry per rule.

A link of a page may lead to any file of the repository, as it does on a Git host. What is linked becomes a page below
`project/`: Markdown as it is, any other file as a code block, a directory as its README or its files.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"(?ms)(^ *```.*?^ *```$)")
LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
"""The head of a page that the search leaves out: source files would hide what explains them."""

LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".py": "python", ".json": "json", ".sh": "sh", ".toml": "toml"}
_sources: dict[str, str] = {}
"""The path in the repository of each page, by its path in the site."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every page of a folder that the navigation names by its README below that entry."""
    if config.nav is not None:
        config.nav = [_expanded(entry) for entry in config.nav]
    return config


def _expanded(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    ((title, value),) = entry.items()
    if isinstance(value, list):
        return {title: [_expanded(one) for one in value]}
    folder, _, name = value.rpartition("/")
    if name != "README.md" or not (ROOT / "docs" / folder).is_dir() or not folder:
        return entry
    pages = sorted(path.name for path in (ROOT / "docs" / folder).glob("*.md") if path.name != name)
    return {title: [value, *(f"{folder}/{page}" for page in pages)]}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what pages, and the navigation, link outside docs/."""
    _sources.clear()
    _sources.update({file.src_uri: f"docs/{file.src_uri}" for file in files.documentation_pages()})
    waiting: list[str] = re.findall(r"project/([^'\"\]]+\.md)", str(config.nav))
    for path in _sources.values():
        waiting += _outside(path, (ROOT / path).read_text(encoding="utf-8"))
    while waiting:
        path = waiting.pop()
        page = _page(path)
        if page not in _sources:
            text = _text(path)
            _sources[page] = path if path.endswith(".md") else f"{path}/README.md" if (ROOT / path).is_dir() else path
            files.append(File.generated(config, page, content=text))
            waiting += _outside(_sources[page], text)
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead links out of docs/ to the pages below project/."""
    source = _sources[page.file.src_uri]

    def lead(found: re.Match[str]) -> str:
        path = _path(source, found[2])
        if path is None:
            return found[0]
        target = path.removeprefix("docs/") if path.startswith("docs/") else _page(path)
        return f"{found[1]}{posixpath.relpath(target, posixpath.dirname(page.file.src_uri) or '.')}{found[3]}"

    parts = FENCE.split(markdown)
    return "".join(part if FENCE.match(part) else LINK.sub(lead, part) for part in parts)


def _outside(source: str, text: str) -> list[str]:
    paths = [_path(source, found[2]) for found in LINK.finditer(FENCE.sub("", text))]
    return [path for path in paths if path and not path.startswith("docs/")]


def _path(source: str, target: str) -> str | None:
    """The path in the repository that a link of a page leads to, if it leads into it."""
    if re.match(r"[a-z]+:|/", target):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    return path if (ROOT / path).exists() else None


def _page(path: str) -> str:
    if (ROOT / path).is_dir():
        return f"project/{path}/README.md"
    return f"project/{path}" if path.endswith(".md") else f"project/{path}.md"


def _text(path: str) -> str:
    place = ROOT / path
    if path.endswith(".md"):
        return place.read_text(encoding="utf-8")
    if not place.is_dir():
        return f"{UNSEARCHED}# {path}\n\n{_code(place)}"
    readme = place / "README.md"
    files = sorted(one for one in place.rglob("*") if one.is_file() and one != readme and "__pycache__" not in str(one))
    head = readme.read_text(encoding="utf-8") if readme.exists() else f"# {path}\n"
    return head + "".join(f"\n## {one.relative_to(place)}\n\n{_code(one)}" for one in files)


def _code(file: Path) -> str:
    return f"````{LANGUAGES.get(file.suffix, 'text')}\n{file.read_text(encoding='utf-8').rstrip()}\n````\n"
