"""Unexpected behaviour of Calico releases with policy. The data is `profiles/policy.yaml`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model.record import Record
from manifestgen.model.version import Range, parse_range, within

if TYPE_CHECKING:
    from manifestgen.model.version import Version

POLICY_FILE = "policy.yaml"


class PolicyNote(Record):
    """A note for authors of policy.

    Attributes:
        code: its name.
        text: what happens.
        next_step: what to do about it; can be empty.
        measured: the builds of Calico in which it was observed; empty if it was read in the sources.
        calico: the releases that behave like this.
    """

    code: str
    text: str
    next_step: str
    measured: tuple[str, ...]
    calico: Range

    def __str__(self) -> str:
        """The note as one paragraph, with the builds that it was observed in and a second line for what to do."""
        measured = f" (measured with {', '.join(self.measured)})" if self.measured else ""
        return f"{self.text}{measured}" + (f"\n  next: {self.next_step}" if self.next_step else "")


def policy_notes(calico: Version) -> tuple[PolicyNote, ...]:
    """The notes for a release, in the order of the file."""
    return tuple(note for note in _notes() if within(calico, note.calico))


@cache
def _notes() -> tuple[PolicyNote, ...]:
    # The format of the file was checked when it was read from disk.
    documents, _ = shipped_documents(POLICY_FILE)
    return tuple(
        PolicyNote(
            code=entry["code"],
            text=entry["text"],
            next_step=entry.get("next", ""),
            measured=tuple(entry.get("measured", ())),
            calico=parse_range(entry["calico"]),
        )
        for entry in documents[0]["notes"]
    )
