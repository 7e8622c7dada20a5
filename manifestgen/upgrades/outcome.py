"""The result of an upgrade: for people, for pull requests and for programs."""

from __future__ import annotations

from manifestgen.model.frozen import frozen
from manifestgen.upgrades.findings import Findings


@frozen(kw_only=True)
class Upgrade(Findings):
    """What moving a profile to other versions means, in every format; true if anything changes."""

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, color: bool = False) -> str:
        """The report for people.

        Args:
            color: whether to use a terminal's escape codes.
        """
        from manifestgen.upgrades.text import to_text  # imported lazily: not every caller needs it

        return to_text(self, color=color)

    def to_markdown(self) -> str:
        """The report as Markdown, for a pull request."""
        from manifestgen.upgrades.markdown import to_markdown

        return to_markdown(self)

    def to_json(self) -> str:
        """The report as a JSON text."""
        import json

        from manifestgen.errors import visible

        return visible(json.dumps(self.to_dict(), indent=2, ensure_ascii=False), keep="\n") + "\n"
