"""Several operations on one text in one edit: the text is parsed and verified once, not once per operation.

An operation joins the edit if it concerns other bytes than the operations before it, so that each can be written as
if it were the only one. Otherwise, such as for a change to a value that was just added, it begins the next edit.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from manifestgen.embedded.text_edits import Ancestor, MalformedText, TextEdit, ValueSpan, exactly, spliced
from manifestgen.embedded.traits import Traits
from manifestgen.errors import ManifestgenError
from manifestgen.model.pointer import is_index
from manifestgen.model.record import Record
from manifestgen.patch import rfc6902
from manifestgen.patch.copies import Copies
from manifestgen.patch.order import ItemOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from manifestgen.model.pointer import Tokens
    from manifestgen.patch.rfc6902 import Operation

_JOINED = frozenset({"add", "replace", "remove", "test"})
_IN, _OUT, _CHANGE = "in", "out", "change"


class TextForm(Record):
    """How a format is parsed and edited.

    Attributes:
        scan: parses a text; returns the root value.
        put: returns the edits that write an operation's value at a place, given by the collections around it.
        remove: returns the edits that remove what is at a place.
        apply: carries out a single operation and verifies it.
    """

    scan: Callable[[str], ValueSpan]
    put: Callable[[Traits, Sequence[Ancestor], Operation], list[TextEdit]]
    remove: Callable[[Traits, Sequence[Ancestor]], list[TextEdit]]
    apply: Callable[[str, Operation], str]


def apply_all(form: TextForm, text: str, steps: Sequence[Operation]) -> str:
    """Apply operations to a text in order; everything else keeps its bytes.

    Raises:
        ManifestgenError: as by `form.apply`.
    """
    at = 0
    while at < len(steps):
        taken, edited = 0, None
        if len(steps) - at > 1:
            edit = _JointEdit(form, text)
            while at + taken < len(steps) and edit.takes(steps[at + taken]):
                taken += 1
            edited = edit.result() if taken > 1 else None
        if edited is None and taken > 1:  # one of them needs another style: find it
            half = at + taken // 2
            edited = apply_all(form, apply_all(form, text, steps[at:half]), steps[half : at + taken])
        elif edited is None:
            edited, taken = form.apply(text, steps[at]), 1
        text, at = edited, at + taken
    return text


class _ListEdit:
    """The items of a list while an edit is being assembled, and the texts of new ones."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.order = ItemOrder(count)
        self.new: dict[int, tuple[int, TextEdit]] = {}

    def gap(self, position: int) -> int | None:
        """The number of the old item before which a new one goes; None if items there were removed."""
        if position:
            before = self.order.number(position - 1)
            return self.new[before][0] if before in self.new else before + 1
        first = self.order.number(0)
        gap = self.new[first][0] if first in self.new else first
        return None if gap else 0

    def texts(self) -> Iterator[TextEdit]:
        """The new items, in order."""
        return (self.new[number][1] for number in self.order if number in self.new)


class _JointEdit:
    """Edits of one text that do not overlap, and the resulting value."""

    def __init__(self, form: TextForm, text: str) -> None:
        self._form = form
        self._text = text
        self._traits = Traits(text, form.scan(text))
        self._value = self._traits.root.value
        self._copies = Copies()
        self._edits: list[TextEdit] = []
        self._spans: list[tuple[int, int, str, int]] = []
        self._touched: set[int] = set()
        self._replaced: set[int] = set()
        self._lists: dict[int, _ListEdit] = {}
        self._removed: dict[int, set[int]] = {}
        self._added: dict[int, set[str]] = {}
        self._first: dict[int, int] = {}

    def takes(self, step: Operation) -> bool:
        """Add an operation; false if it has to begin the next edit.

        Raises:
            OperationFailed: it cannot be applied to the document.
        """
        if step.op not in _JOINED or not step.path or step.before:
            return False
        if step.op != "test":
            boxes = self._boxes(step)
            try:
                if boxes is None or not self._joins(boxes, step):
                    return False
            except ManifestgenError:  # the error is raised when the operation is applied by itself
                return False
        self._value = rfc6902.apply(self._value, step, self._copies)
        return True

    def result(self) -> str | None:
        """The text with all edits; None if it does not parse to the required value."""
        self._copies.settle()
        new = [*self._edits, *(text for items in self._lists.values() for text in items.texts())]
        edited = spliced(self._text, new)
        try:
            return edited if exactly(self._form.scan(edited).value, self._value) else None
        except MalformedText:
            return None

    def _boxes(self, step: Operation) -> list[Ancestor] | None:
        """The collections around a place in the text; None if the current value there is not in the text."""
        node = self._traits.root
        boxes: list[Ancestor] = []
        for depth, token in enumerate(step.path, 1):
            if id(node) in self._replaced or node.kind == "scalar":
                return None
            is_last = depth == len(step.path)
            number = self._number(node, token, adds=is_last and step.op == "add")
            if number is None or (not is_last and number == len(node.items)):
                return None
            boxes.append(Ancestor(node, number))
            if not is_last:
                node = node.items[number].node
        return boxes

    def _number(self, node: ValueSpan, token: str, *, adds: bool) -> int | None:
        """The number of an item in the text; for a new list item, that of the item after it."""
        if node.kind == "map":
            if token in self._added.get(id(node), ()):
                return None
            number = self._traits.number(node, token)
            return len(node.items) if number in self._removed.get(id(node), ()) else number
        items = self._lists.get(id(node))
        count = items.count if items else len(node.items)
        if token == "-" and adds:
            token = str(count)
        if not is_index(token) or len(token) > 9 or int(token) >= count + adds:
            return None
        if items is None:
            return int(token)
        if adds:
            return items.gap(int(token)) if count else None
        number = items.order.number(int(token))
        return None if number in items.new else number

    def _joins(self, boxes: list[Ancestor], step: Operation) -> bool:
        box, number, _ = boxes[-1]
        if box.kind == "list" and step.op == "add":
            return self._inserts(boxes, step)
        if number == len(box.items):
            return step.op == "add" and self._inserts(boxes, step)
        if step.op == "remove":
            return self._removes(boxes, step.path)
        return self._replaces(boxes, step)

    def _replaces(self, boxes: list[Ancestor], step: Operation) -> bool:
        old = boxes[-1].node.items[boxes[-1].number].node
        if id(old) in self._touched:
            return False
        if exactly(old.value, step.value):
            return True
        if not self._notes(self._form.put(self._traits, boxes, step), boxes, _CHANGE):
            return False
        self._touched.add(id(old))
        self._replaced.add(id(old))
        return True

    def _inserts(self, boxes: list[Ancestor], step: Operation) -> bool:
        box, number, _ = boxes[-1]
        if not box.items or box.style == "pair":
            return False
        edits = self._form.put(self._traits, boxes, step)
        if len(edits) != 1 or edits[0].start != edits[0].end:
            return False
        if box.kind == "map":
            if not self._notes(edits, boxes, _IN):
                return False
            self._added.setdefault(id(box), set()).add(step.path[-1])
            return True
        if not self._notes(edits, boxes, _IN, keep=False):
            return False
        items = self._list(box)
        place = items.count if step.path[-1] == "-" else int(step.path[-1])
        items.new[items.order.insert(place)] = (number, edits[0])
        items.count += 1
        return True

    def _removes(self, boxes: list[Ancestor], path: Tokens) -> bool:
        box, number, _ = boxes[-1]
        gone = self._removed.setdefault(id(box), set())
        if len(box.items) - len(gone) < 3 or id(box.items[number].node) in self._touched:
            return False
        first = self._first.get(id(box), 0)
        edits = self._form.remove(self._traits, boxes)
        if number and number == first and box.style != "block":  # now the first: takes the next comma
            edits = [TextEdit(box.items[number].start, box.items[number + 1].start, "")]
            if "#" in self._text[edits[0].start : edits[0].end]:
                return False
        if not self._notes(edits, boxes, _OUT):
            return False
        gone.add(number)
        while first in gone:
            first += 1
        self._first[id(box)] = first
        if box.kind == "list":
            items = self._list(box)
            items.order.remove(int(path[-1]))
            items.count -= 1
        return True

    def _list(self, box: ValueSpan) -> _ListEdit:
        if id(box) not in self._lists:
            self._lists[id(box)] = _ListEdit(len(box.items))
        return self._lists[id(box)]

    def _notes(self, edits: Sequence[TextEdit], boxes: list[Ancestor], kind: str, *, keep: bool = True) -> bool:
        """Add edits unless they overlap others; insertions at one place and adjacent removals are allowed."""
        box = id(boxes[-1].node)
        edits = [edit for edit in edits if edit.text or edit.start != edit.end]
        spans = [(edit.start, edit.end, kind, box) for edit in edits]
        if any(self._clashes(span) for span in spans):
            return False
        for span in spans:
            at = bisect_left(self._spans, span)
            if self._spans[at : at + 1] != [span]:
                self._spans.insert(at, span)
        if keep:
            self._edits += edits
        self._touched.update(id(one.node) for one in boxes)
        return True

    def _clashes(self, span: tuple[int, int, str, int]) -> bool:
        start, end, *whose = span
        at = bisect_left(self._spans, span)
        for other, other_end, *others in self._spans[max(at - 1, 0) : at + 1]:
            if end < other or other_end < start:
                continue
            is_beside = end == other or other_end == start
            if not is_beside or whose != others or whose[0] == _CHANGE:
                return True
        return False
