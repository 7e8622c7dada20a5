"""The finding of a rule about a bundle."""

from __future__ import annotations

from manifestgen.model.record import Record


class Finding(Record):
    """A rule that applies to a bundle, with its placeholders filled in.

    Attributes:
        code: the code of the rule.
        refused: whether it refuses the render.
        text: what is wrong and why.
        next_step: what to do.
        steps: what to do in detail, in order; usually empty.
        note: whether it is only for information and does not change the exit status.
        allowed: whether the caller allows its code; only set by `preflight`.
    """

    code: str
    refused: bool
    text: str
    next_step: str
    steps: tuple[str, ...] = ()
    note: bool = False
    allowed: bool = False

    def __str__(self) -> str:
        """The finding as a warning: one line, a second one with what to do, and one per step."""
        lines = [f"{self.text} ({self.code})"]
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join([*lines, *(f"    {number}. {step}" for number, step in enumerate(self.steps, 1))])
