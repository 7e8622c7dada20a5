"""ruamel.yaml's pure parser, changed to read what its C parser reads.

Used where the C extension (the extra `fast`) is not installed, and for texts with `nginx:1.25` inside `{}` or `[]`,
which kubectl and kustomize read and the C parser does not. It takes some fifteen times as long: 350 KB of manifests in
0.7 s of processor time instead of 0.05 s. Unchanged it would refuse tabs between tokens, and take texts that the C
parser, and so this package, refuses. What it still refuses and the C parser does not (a tab behind `|`) is rare; no
text is read as another value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner, ScannerError
from ruamel.yaml.tokens import ScalarToken

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BREAKS = "\r\n"
_END = "\0 \t\r\n"
_END_IN_FLOW = f"{_END},?[]{{}}"


def events_of(text: str) -> Callable[[], Any]:
    """A function that returns the next event of a text at each call."""
    loader = _Loader()
    Reader(text, loader=loader)
    _Scanner(loader=loader)
    get: Callable[[], Any] = Parser(loader=loader).get_event
    return get


class _Loader:
    """The object through which ruamel.yaml's reader, scanner and parser find each other."""

    processing_version = (1, 1)
    comment_handling = None
    top_level_block_style_scalar_no_indent_error_1_1 = True

    @property
    def _resolver(self) -> _Loader:
        return self


class _Scanner(Scanner):
    """The pure scanner with the rules of libyaml."""

    def scan_to_next_token(self) -> None:
        """Skip blanks and comments. Tabs are blanks, except where they would indent a key."""
        peek, forward = self.reader.peek, self.reader.forward
        while True:
            while peek() == " " or (peek() == "\t" and (self.flow_level or not self.allow_simple_key)):
                forward()
            if peek() == "#":
                while peek() not in "\0\r\n":
                    forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain_spaces(self, indent: int, start_mark: Any) -> list[str] | None:
        """The blanks and line breaks inside a plain scalar, folded; None where it ends at a document's end."""
        peek, forward = self.reader.peek, self.reader.forward
        length = 0
        while peek(length) in " \t":
            length += 1
        blanks = self.reader.prefix(length)
        forward(length)
        if peek() not in _BREAKS:
            return [blanks] if blanks else []
        breaks: list[str] = []
        while peek() in " \t\r\n":
            if peek() == "\t" and breaks and self.reader.column < indent:
                raise ScannerError(
                    "while scanning a plain scalar",
                    start_mark,
                    "found a tab character that violates indentation",
                    self.reader.get_mark(),
                )
            if peek() in " \t":
                forward()
                continue
            breaks.append(self.scan_line_break())
            self.allow_simple_key = True
            if self.reader.prefix(3) in {"---", "..."} and peek(3) in _END:
                return None
        return breaks[1:] or [" "]

    def scan_block_scalar_indentation(self) -> Any:
        """The blank lines a block starts with, and its indentation; a tab cannot be part of it."""
        found = super().scan_block_scalar_indentation()
        self._refuse_tab()
        return found

    def scan_block_scalar_breaks(self, indent: int) -> Any:
        """The blank lines inside a block."""
        found = super().scan_block_scalar_breaks(indent)
        if self.reader.column < indent:
            self._refuse_tab()
        return found

    def _refuse_tab(self) -> None:
        if self.reader.peek() == "\t":
            mark = self.reader.get_mark()
            problem = "found a tab character where an indentation space is expected"
            raise ScannerError("while scanning a block scalar", mark, problem, mark)

    def scan_anchor(self, token_class: Any) -> Any:
        """An anchor or alias, whose name has fewer characters to choose from."""
        token = super().scan_anchor(token_class)
        if not re.fullmatch(r"[0-9A-Za-z_-]+", token.value):
            mark = token.start_mark
            raise ScannerError("while scanning an anchor", mark, "found no alphabetic or numeric character", mark)
        return token

    def scan_plain(self) -> Any:
        """A plain scalar. Inside `{}` and `[]` a colon ends it only before a blank, as for kubectl and kustomize."""
        if not self.flow_level:
            return super().scan_plain()
        peek = self.reader.peek
        chunks: list[str] = []
        spaces: list[str] | None = []
        start = end = self.reader.get_mark()
        while spaces is not None and peek() != "#":
            length = 0
            while not (peek(length) in _END_IN_FLOW or (peek(length) == ":" and peek(length + 1) in _END)):
                length += 1
            if not length:
                break
            self.allow_simple_key = False
            chunks += [*spaces, self.reader.prefix(length)]
            self.reader.forward(length)
            end = self.reader.get_mark()
            spaces = self.scan_plain_spaces(self.indent + 1, start) or None
        return ScalarToken("".join(chunks), True, start, end)

    def scan_flow_scalar(self, style: str) -> Any:
        """A quoted scalar; escapes that are not characters are refused."""
        start = self.reader.get_mark()
        try:
            token = super().scan_flow_scalar(style)
            token.value.encode()
        except ValueError:
            raise ScannerError(
                "while parsing a quoted scalar", start, "found invalid Unicode character escape code", start
            ) from None
        return token

    def scan_directive(self) -> Any:
        """Directives are always refused."""
        mark = self.reader.get_mark()
        raise ScannerError("while scanning a directive", mark, "found a directive", mark)
