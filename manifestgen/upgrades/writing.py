"""Changing the versions in the files of a profile in place; every other byte stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.embedded import FORMATS
from manifestgen.patch.rfc6902 import Operation
from manifestgen.yamlio.files import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.catalog.model import Layer

_BEFORE = ("calico", "istio", "kubernetes")
"""The members, in the order in which they are written."""


def rewritten(chain: Sequence[Layer], versions: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The files of profiles with changed versions: path -> text.

    A version is changed where it is stated; an unstated one is added to the nearest profile.

    Args:
        chain: the user's profiles, the most basic first.
        versions: the versions by member: `calico`, `istio`, `kubernetes`.
        given: texts of files that need not be read, by path.
    """
    texts = dict(given)
    for member, version in versions.items():
        holder = next((layer for layer in reversed(chain) if member in layer.site), chain[-1])
        path = holder.ref.source.name
        text = texts.get(path) or read_file(path)
        if member in holder.site:
            written = _like(FORMATS["yaml"].parse(text)[member], version)
            texts[path] = FORMATS["yaml"].apply(text, Operation("replace", (member,), written))
        else:
            texts[path] = FORMATS["yaml"].apply(text, _addition(text, member, _like("", version)))
    return texts


def _like(present: Any, version: str) -> str:
    """A version in the form of the present one: with or without a leading v."""
    plain = version.removeprefix("v")
    return f"v{plain}" if str(present).startswith("v") else plain


def _addition(text: str, member: str, version: str) -> Operation:
    """Add a version after the member that usually precedes it."""
    present: dict[str, Any] = FORMATS["yaml"].parse(text)
    first = _BEFORE[: _BEFORE.index(member)][::-1]
    after = next((name for name in (*first, "extends", "metadata", "kind") if name in present), "")
    names = [*present, ""]
    before = names[names.index(after) + 1] if after else ""
    return Operation(op="add", path=(member,), value=version, source=(), before=before)
