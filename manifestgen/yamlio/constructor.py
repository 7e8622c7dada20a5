"""Builds values from the events of a YAML parser in one pass, and collects everything that it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import ErrorCollector, ManifestgenError
from manifestgen.model.location import Location
from manifestgen.yamlio.aliases import Anchors
from manifestgen.yamlio.diagnostics import forbidden_character, syntax_error
from manifestgen.yamlio.errors import (
    AliasRefused,
    AnchorRefused,
    ComplexKey,
    DirectiveRefused,
    DocumentAfterEnd,
    DuplicateKey,
    EscapedSlash,
    FoldedOtherwise,
    NestingTooDeep,
    TagRefused,
    YamlSyntaxError,
)
from manifestgen.yamlio.ruamel_events import load_parser
from manifestgen.yamlio.scalars import DEEPEST, MERGE, FlowWords, KeyScalars, ScalarRefused, Words
from manifestgen.yamlio.stream import has_escaped_slash, is_folded_otherwise, refused_lines, unended_block

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from manifestgen.yamlio.ruamel_events import RuamelParser
    from manifestgen.yamlio.scalars import Refusal

    Path = tuple[str | int, ...]
    Positions = dict[Path, tuple[int, int]]
    Scalars = tuple[Words, FlowWords, KeyScalars]

MOST_REFUSALS = 100
"""Reading ends when so many are gathered."""


class _Enough(Exception):
    """Reporting more errors than this would not help."""


class Builder:
    """One pass over the events of one text.

    Args:
        text: the stream, decoded.
        file: its name in errors.
        parser: where the events come from; None for the fastest parser that is installed.
        located: whether to record positions; that takes a fifth longer.
        lenient: whether aliases are replaced by the values of their anchors, up to a limit.
        line: how many lines are before the text in its file.
        whole: whether the text is a file that kubectl or kustomize will read, rather than a string in one.
        scalars: the values of scalars by their text, shared with other parts of the same text.

    Attributes:
        documents: the values of the documents that are not empty.
        positions: for each of them, path -> line and column from 1.
        refusals: everything that was refused.
    """

    _next: Callable[[], Any]

    def __init__(
        self,
        text: str,
        file: str,
        *,
        parser: RuamelParser | None = None,
        located: bool = False,
        lenient: bool = False,
        line: int = 0,
        whole: bool = True,
        scalars: Scalars | None = None,
    ) -> None:
        self.text = text
        self.file = file
        self._line = line + 1
        self._whole = whole
        self._anchors = Anchors() if lenient else None
        self._last: Any = None
        self.parser = parser or load_parser()
        self.documents: list[Any] = []
        self.positions: list[Positions] = []
        self.refusals = ErrorCollector()
        self._marks: Positions | None = None
        self._located = located
        self._words, self._flow_words, self._keys = scalars or (Words(), FlowWords(), KeyScalars())
        self._scalars: list[tuple[int, Path, Location, str, Refusal]] = []
        self._duplicates: list[tuple[int, Path, Location]] = []
        self._count = 0
        self._ended = False

    def build(self) -> None:
        """Read all documents; if reading has to stop, the documents before that are kept."""
        if _has_foreign_characters(self.text):
            fault = forbidden_character(self.text, self.file)
            if fault:
                self.refusals.add(fault)
                return
        try:
            for refused in refused_lines(self.text, self.file):
                self._refuse(refused)
            events = self.parser.events_of(self.text)
            self._next = self._watched(events) if _is_to_be_watched(self.text) else events
            self._stream()
        except _Enough:
            pass
        except ManifestgenError as error:
            self.refusals.add(error)
        except self.parser.Error as error:
            if "found unexpected ':'" in str(error) and not self.parser.pure:
                self._build_again()
                return
            self.refusals.add(self._syntax_error(error))
        self._report()

    def _build_again(self) -> None:
        """Read the text with the pure parser: the C parser does not accept `nginx:1.25` inside `{}` or `[]`."""
        again = Builder(
            self.text,
            self.file,
            parser=load_parser(pure=True),
            located=self._located,
            lenient=self._anchors is not None,
            whole=self._whole,
            line=self._line - 1,
        )
        again.build()
        self.documents, self.positions, self.refusals = again.documents, again.positions, again.refusals

    def _stream(self) -> None:
        parser = self.parser
        filled = True
        while True:
            event = self._next()
            kind = type(event)
            if kind is parser.StreamEndEvent:
                block = self._whole and self._last and unended_block(self.text, self._last, self._place(self._last))
                if block:
                    self._refuse(block)
                return
            if kind is parser.DocumentEndEvent:
                self._ended = event.explicit
                if event.explicit and not filled:
                    self._refuse(YamlSyntaxError("a line ... ends an empty document", where=self._place(event)))
            elif kind is parser.DocumentStartEvent:
                if self._ended and not event.explicit:
                    raise DocumentAfterEnd(self._place(event))
                if event.version is not None or event.tags:
                    raise DirectiveRefused(self._place(event))
                filled = self._document()

    def _document(self) -> bool:
        """Read a document; false for one without content."""
        if self._anchors is not None:
            self._anchors = Anchors()
        event = self._next()
        if type(event) is self.parser.ScalarEvent and event.implicit[0] and not event.value:
            return False
        if self._located:
            mark = event.start_mark
            self._marks = {(): (mark.line + self._line, mark.column + 1)}
            self.positions.append(self._marks)
        self.documents.append(self._node(event, ()))
        return True

    def _node(self, event: Any, path: Path) -> Any:
        """The value that starts with an event."""
        parser = self.parser
        kind = type(event)
        if kind is parser.ScalarEvent:
            return self._scalar(event, path)
        if kind is parser.AliasEvent:
            if self._anchors is not None:
                return self._anchors.expand(event.anchor, len(path), self._place(event))
            self._refuse(AliasRefused(self._place(event)))
            return None
        if not event.implicit:
            self._refuse(TagRefused(self._place(event)))
        if len(path) >= DEEPEST:
            raise NestingTooDeep(DEEPEST, self._place(event))
        words = self._flow_words if event.flow_style else self._words
        found = self._mapping(path, words) if kind is parser.MappingStartEvent else self._sequence(path, words)
        if event.anchor is not None and self._anchors is not None:
            self._anchors.define(event.anchor, found)
        return found

    def _mapping(self, path: Path, words: Words) -> dict[str, Any]:
        # The hot loop: every member of every document passes here. So attributes have local names,
        # and common scalars (unquoted, no tag) are handled here instead of in _scalar.
        next_event, keys, marks = self._next, self._keys, self._marks
        scalar = self.parser.ScalarEvent
        body: dict[str, Any] = {}
        while True:
            event = next_event()
            if type(event) is not scalar:
                if type(event) is self.parser.MappingEndEvent:
                    return body
                raise self._complex_key(event)
            try:
                key = keys[event.value] if event.implicit[0] else self._quoted_key(event)
            except ScalarRefused as refused:
                key = event.value
                self._refuse(refused.args[0].error(key, self._place(event)))
            if key in body:
                self._duplicate(event, (*path, key))
            if marks is not None:
                mark = event.start_mark
                marks.setdefault((*path, key), (mark.line + self._line, mark.column + 1))
            event = next_event()
            if type(event) is scalar and event.implicit[0]:
                try:
                    body[key] = words[event.value]
                except ScalarRefused as refused:
                    body[key] = self._refused_scalar(event, refused.args[0], (*path, key))
            else:
                body[key] = self._node(event, (*path, key))

    def _sequence(self, path: Path, words: Words) -> list[Any]:
        next_event, marks = self._next, self._marks
        scalar, end = self.parser.ScalarEvent, self.parser.SequenceEndEvent
        items: list[Any] = []
        while True:
            event = next_event()
            kind = type(event)
            if kind is end:
                return items
            if marks is not None:
                mark = event.start_mark
                marks.setdefault((*path, len(items)), (mark.line + self._line, mark.column + 1))
            if kind is scalar and event.implicit[0] and event.value in words:
                items.append(words[event.value])
            else:
                items.append(self._node(event, (*path, len(items))))

    def _scalar(self, event: Any, path: Path) -> Any:
        """A scalar's value: a plain one as Kubernetes reads it, a quoted or block one as it is."""
        text: str = event.value
        plain, quoted = event.implicit
        if plain:
            try:
                return self._words[text]
            except ScalarRefused as refused:
                return self._refused_scalar(event, refused.args[0], path)
        if not quoted:
            self._refuse(TagRefused(self._place(event)))
        if event.style == ">" and self._whole and is_folded_otherwise(text):
            self._refuse(FoldedOtherwise(self._place(event)))
        return text

    def _quoted_key(self, event: Any) -> str:
        if not event.implicit[1]:
            self._refuse(TagRefused(self._place(event)))
        key: str = event.value
        if key == "<<":
            raise ScalarRefused(MERGE)
        return key

    def _refused_scalar(self, event: Any, refusal: Refusal, path: Path) -> str:
        text: str = event.value
        self._scalars.append((len(self.documents), path, self._place(event), text, refusal))
        self._counted()
        return text

    def _duplicate(self, event: Any, path: Path) -> None:
        self._duplicates.append((len(self.documents), path, self._place(event)))
        self._counted()

    def _complex_key(self, event: Any) -> ManifestgenError:
        if type(event) is self.parser.AliasEvent:
            return AliasRefused(self._place(event))
        return ComplexKey(self._place(event))

    def _watched(self, events: Callable[[], Any]) -> Callable[[], Any]:
        """The events, looked at for what they do not show by themselves (see `_is_to_be_watched`)."""
        scalar = self.parser.ScalarEvent
        nodes = (scalar, self.parser.MappingStartEvent, self.parser.SequenceStartEvent)

        def watched() -> Any:
            event = events()
            if isinstance(event, nodes):
                if event.anchor is not None:
                    self._anchored(event)
                if self.text.startswith("!", event.start_mark.index):
                    self._refuse(TagRefused(self._place(event)))
            if type(event) is scalar:
                self._last = event
                if event.style == '"' and has_escaped_slash(self.text[event.start_mark.index : event.end_mark.index]):
                    self._refuse(EscapedSlash(self._place(event)))
            return event

        return watched

    def _anchored(self, event: Any) -> None:
        if self._anchors is None:
            self._refuse(AnchorRefused(self._place(event)))
        elif type(event) is self.parser.ScalarEvent:
            try:
                self._anchors.define(event.anchor, self._words[event.value] if event.implicit[0] else event.value)
            except ScalarRefused:
                self._anchors.define(event.anchor, event.value)  # it is refused when it is read

    def _place(self, event: Any) -> Location:
        return Location(self.file, event.start_mark.line + self._line, event.start_mark.column + 1)

    def _refuse(self, error: ManifestgenError) -> None:
        self.refusals.add(error)
        self._counted()

    def _counted(self) -> None:
        self._count += 1
        if self._count >= MOST_REFUSALS:
            raise _Enough

    def _syntax_error(self, error: Any) -> ManifestgenError:
        fault = syntax_error(error, self.text, self.file)
        if self._ended and isinstance(fault.where, Location) and "<document start>" in str(error):
            return DocumentAfterEnd(fault.where)
        return fault

    def _report(self) -> None:
        """Report refused scalars and duplicate keys: their messages depend on the whole document."""
        for index, path, location, text, refusal in self._scalars:
            # A document that was not read to its end may be a Secret.
            secret = index >= len(self.documents) or _in_secret(self.documents[index], path)
            self.refusals.add(refusal.error("" if secret else text, location))
        if self._duplicates:
            positions = self.positions
            if not self._located:
                again = Builder(self.text, self.file, parser=self.parser, located=True, line=self._line - 1)
                again.build()
                positions = again.positions
            for index, path, location in self._duplicates:
                self.refusals.add(DuplicateKey(str(path[-1]), location, positions[index][path][0]))


def _in_secret(document: Any, path: Path) -> bool:
    """Whether a path leads into a Secret; some of its tokens may not exist."""
    value = document
    for token in path:
        if isinstance(value, dict) and value.get("kind") == "Secret":
            return True
        if isinstance(value, dict):
            value = value.get(token)
        elif isinstance(value, list) and isinstance(token, int):
            value = value[token] if token < len(value) else None
    return False


def _has_foreign_characters(text: str) -> bool:
    """Whether a text has characters that parsers ignore or fail on: unusual line breaks, BOMs, lone surrogates."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\x85" in text or "\u2028" in text or "\u2029" in text or "\ufeff" in text


def _is_to_be_watched(text: str) -> bool:
    """Whether a text may have an anchor, the tag `!`, an escaped slash, or a block scalar without a final line end."""
    return "\\/" in text or not text.endswith(("\n", "\r")) or _may_be_decorated(text)


def _may_be_decorated(text: str) -> bool:
    """Whether a text may have an anchor (`&name`) or the tag `!`, so that a closer look is needed.

    Both come after the start of a line or after an indicator. `a && b` and `if ! c`,
    as in shell scripts, do not count.
    """
    for indicator in "&!":
        index = text.find(indicator)
        while index >= 0:
            before = index - 1
            while before >= 0 and text[before] in _BLANKS:
                before -= 1
            if before < 0 or text[before] in _BEFORE_NODE:
                following = text[index + 1 : index + 2]
                if (following in _BLANKS or following in "\r\n") if indicator == "!" else _names(following):
                    return True
            index = text.find(indicator, index + 1)
    return False


def _names(character: str) -> bool:
    """Whether an anchor's name may start with a character."""
    return character.isascii() and (character.isalnum() or character in "-_")


_BLANKS = " \t"
_BEFORE_NODE = "\r\n-?:,[{"
