"""Expected counts: of the resources that a patch matches, and of the places that an operation changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError, as_message
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from manifestgen.errors import Where


class InvalidExpect(ManifestgenError):
    """A value of `expect` is neither a number nor a number with +."""


class Expect(Record):
    """An expected count; `maximum` None means no upper limit."""

    minimum: int = 1
    maximum: int | None = 1

    def allows(self, count: int) -> bool:
        """Whether a count is within the bounds."""
        return count >= self.minimum and (self.maximum is None or count <= self.maximum)

    def __str__(self) -> str:
        if self.maximum == self.minimum:
            return f"exactly {self.minimum}"
        return f"at least {self.minimum}" if self.maximum is None else f"{self.minimum} to {self.maximum}"


def read_expect(written: Any, where: Where | None = None) -> Expect:
    """`expect` as a file writes it: a number, or a number with + for at least.

    Raises:
        InvalidExpect: it is neither.
    """
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return Expect(written, written)
    if isinstance(written, str) and written.isascii() and written.removesuffix("+").isdigit():
        count = int(written.removesuffix("+"))
        return Expect(count, None if written.endswith("+") else count)
    raise InvalidExpect(
        "expect must be a number, or a number with + for at least",
        where=where,
        found=as_message(written),
        candidates=("1", "0+", "1+"),
        next_step="write how many objects or places the patch is for",
    )
