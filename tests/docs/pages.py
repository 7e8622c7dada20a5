"""Whole pages of the documentation that are made from data and code."""

from __future__ import annotations

from pathlib import Path

from tests.docs import api, errors, profile_fields, rules

DOCS = Path(__file__).parents[2] / "docs"
OWNED = ("rules/*.md",)
"""Where no page is kept that is not made."""


def pages() -> dict[str, str]:
    """Every page, by its path below docs/."""
    return {
        **dict(rules.pages()),
        "api.md": api.page(),
        "errors.md": errors.page(),
        "profile-fields.md": profile_fields.page(),
    }


def stale() -> list[Path]:
    """Pages that nothing makes any more."""
    made = pages()
    found = [path for pattern in OWNED for path in sorted(DOCS.glob(pattern))]
    return [path for path in found if str(path.relative_to(DOCS)) not in made]


def write() -> None:
    """Write every page, and remove those that nothing makes any more."""
    for name, text in pages().items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for path in stale():
        path.unlink()
