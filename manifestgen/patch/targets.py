"""Finds the drafts of a layer that a selector matches without testing each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.patch.select import literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from manifestgen.patch.draft import Draft
    from manifestgen.patch.select import Selector


class Targets:
    """Drafts indexed by name and by kind; stale entries do no harm because each match is checked.

    Args:
        drafts: in the order of the resources.
    """

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._drafts = drafts
        self._by_name: dict[str, list[int]] = {}
        self._by_kind: dict[str, list[int]] = {}
        for index, draft in enumerate(drafts):
            self.renamed(index)
            if draft.original.name != draft.id.name:
                self._by_name.setdefault(draft.original.name, []).append(index)

    def renamed(self, index: int) -> None:
        """Enter the present name and kind of a draft."""
        identity = self._drafts[index].id
        self._by_name.setdefault(identity.name, []).append(index)
        self._by_kind.setdefault(identity.kind, []).append(index)

    def matching(self, selector: Selector) -> list[int]:
        """The numbers of the drafts that a selector means, in order."""
        return [
            index
            for index in self._candidates(selector)
            if self._drafts[index].removed is None and selector.matches(self._drafts[index])
        ]

    def _candidates(self, selector: Selector) -> Iterable[int]:
        for table, pattern in ((self._by_name, selector.name), (self._by_kind, selector.kind)):
            words = literals(pattern)
            if words is not None:
                return sorted({index for word in words for index in table.get(word, ())})
        return range(len(self._drafts))
