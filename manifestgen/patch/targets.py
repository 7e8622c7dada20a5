"""Finds the drafts of a layer that a selector matches without testing each of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Any

from manifestgen.patch.select import fits, literals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from manifestgen.patch.draft import Draft
    from manifestgen.patch.select import Requirement, Selector

_FEW = 16
"""So many drafts are looked at one by one; to find fewer of them would take longer."""
_AFTER_ALL = chr(0x10FFFF)


class Targets:
    """Drafts indexed by name, kind, namespace, labels and annotations; each index is built on first use.

    Stale entries do no harm because each match is checked.

    Args:
        drafts: in the order of the resources.
    """

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._drafts = drafts
        self._tables: dict[str, _TargetTable] = {}

    def changed(self, index: int) -> None:
        """Index a draft again after its identity or metadata changed."""
        for field, table in self._tables.items():
            for word in _WORDS[field](self._drafts[index]):
                table.enter(word, index)

    def matching(self, selector: Selector) -> list[int]:
        """The numbers of the drafts that a selector means, in order."""
        return [
            index
            for index in self._candidates(selector)
            if self._drafts[index].removed is None and selector.matches(self._drafts[index])
        ]

    def _candidates(self, selector: Selector) -> Iterable[int]:
        """Candidates for a selector: the smallest set that a single one of its fields allows."""
        fewest: Sequence[int] = range(len(self._drafts))
        for found in self._narrowed(selector) if len(fewest) > _FEW else ():
            if len(found) < len(fewest):
                fewest = found
            if len(fewest) <= _FEW:
                break
        return fewest if isinstance(fewest, range) else sorted(set(fewest))

    def _narrowed(self, selector: Selector) -> Iterator[Sequence[int]]:
        """The candidates by single fields, cheap look-ups first."""
        patterns = [("name", selector.name), ("kind", selector.kind), ("namespace", selector.namespace)]
        for field, pattern in patterns:
            words = literals(pattern)
            if words is not None:
                yield self._table(field).of(words)
        for field, asked in (("labels", selector.labels), ("annotations", selector.annotations)):
            for requirement in asked:
                if requirement.operator == "in":
                    yield self._table(field).of(_pairs(requirement))
        for field, pattern in patterns:
            if pattern and literals(pattern) is None:
                yield self._table(field).fitting(pattern)

    def _table(self, field: str) -> _TargetTable:
        table = self._tables.get(field)
        if table is None:
            table = self._tables[field] = _TargetTable()
            for index, draft in enumerate(self._drafts):
                for word in _WORDS[field](draft):
                    table.enter(word, index)
        return table


class _TargetTable:
    """The numbers of drafts by a word."""

    def __init__(self) -> None:
        self._by_word: dict[Any, list[int]] = {}
        self._in_order: dict[bool, list[str]] = {}

    def enter(self, word: Any, index: int) -> None:
        known = self._by_word.get(word)
        if known is None:
            self._by_word[word] = [index]
            for backwards, words in self._in_order.items():
                insort(words, word[::-1] if backwards else word)
        elif known[-1] != index:
            known.append(index)

    def of(self, words: Iterable[Any]) -> Sequence[int]:
        found = [self._by_word[word] for word in words if word in self._by_word]
        return found[0] if len(found) == 1 else [index for one in found for index in one]

    def fitting(self, pattern: str) -> Sequence[int]:
        """The drafts whose word matches a regular expression, which is tested once per distinct word."""
        words = self._by_word if len(self._by_word) <= _FEW else self._likely(pattern)
        return self.of(word for word in words if fits(pattern, word))

    def _likely(self, pattern: str) -> Iterable[str]:
        """The words with a prefix or suffix that every match has, and the pattern itself as a word."""
        from manifestgen.patch.beginnings import beginnings  # few layers have that many objects

        for backwards in (False, True):
            texts = beginnings(pattern, backwards=backwards)
            if all(texts):
                return {pattern, *(word for text in texts for word in self._beginning(text, backwards))}
        return self._by_word

    def _beginning(self, text: str, backwards: bool) -> list[str]:
        if backwards not in self._in_order:
            self._in_order[backwards] = sorted(word[::-1] if backwards else word for word in self._by_word)
        words = self._in_order[backwards]
        found = words[bisect_left(words, text) : bisect_left(words, text + _AFTER_ALL)]
        return [word[::-1] for word in found] if backwards else found


def _pairs(requirement: Requirement) -> Iterator[tuple[str, str]]:
    return ((requirement.key, value) for value in requirement.values)


def _metadata(member: str) -> Callable[[Draft], Iterator[tuple[str, str]]]:
    """The label or annotation pairs whose values are strings; selectors only match those."""

    def pairs(draft: Draft) -> Iterator[tuple[str, str]]:
        present = draft.content["metadata"].get(member)
        items = present.items() if isinstance(present, dict) else ()
        return ((key, value) for key, value in items if isinstance(value, str))

    return pairs


_WORDS: dict[str, Callable[[Draft], Iterable[Any]]] = {
    "name": lambda draft: (draft.id.name, draft.original.name),
    "kind": lambda draft: (draft.id.kind,),
    # an object that names no namespace is in `default`
    "namespace": lambda draft: (draft.id.namespace or "default", draft.original.namespace or "default"),
    "labels": _metadata("labels"),
    "annotations": _metadata("annotations"),
}
