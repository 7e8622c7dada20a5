"""Placeholders in shipped texts, such as `<calico>`, which are replaced by what a bundle is rendered for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.catalog.conditions import Context


def words_of(context: Context) -> dict[str, str]:
    """The placeholders that every text can use: the versions and the profile."""
    return {
        "calico": str(context.calico),
        "istio": str(context.istio),
        "kubernetes": str(context.kubernetes or ""),
        "profile": context.profiles[0] if context.profiles else "",
    }


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text with its `<word>` placeholders replaced; everything else stays."""
    for word, value in words.items():
        text = text.replace(f"<{word}>", value)
    return text
