"""What Calico of a release does with policy, where that is not what one would expect: `profiles/policy.yaml`."""

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
    """One thing to know before writing policy.

    Attributes:
        code: what it is called.
        text: what happens.
        next_step: what to do about it; may be empty.
        measured: the builds of Calico that were seen to do so; empty where it was read in the sources.
        calico: the releases that do so.
    """

    code: str
    text: str
    next_step: str
    measured: tuple[str, ...]
    calico: Range

    def __str__(self) -> str:
        """The note as one paragraph, with what it was measured with and a second line for what to do."""
        measured = f" (measured with {', '.join(self.measured)})" if self.measured else ""
        return f"{self.text}{measured}" + (f"\n  next: {self.next_step}" if self.next_step else "")


def policy_notes(calico: Version) -> tuple[PolicyNote, ...]:
    """The notes for a release, in the order of the file."""
    return tuple(note for note in _notes() if within(calico, note.calico))


@cache
def _notes() -> tuple[PolicyNote, ...]:
    # The file was held to its format when it was read from disk, so its members are taken as they are.
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
